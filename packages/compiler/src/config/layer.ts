// What one source (options in code, a run configuration) says about a pipeline or a step, read and checked.
import {
  componentTypes,
  isJsonObject,
  type ComponentType,
  type ExecutionMode,
  type Json,
  type JsonObject,
} from "@zenlite/core";
import type { PipelineOptions, Resources, Retry, StepOptions } from "@zenlite/core";
import { toSnake, type FieldPath } from "@zenlite/core/config";
import type { Problems } from "./problems.ts";
import { dockerNode, readByNode, resourcesNode } from "./run-config-schema.ts";
import { parseMemory, parseSeconds, show } from "./units.ts";

export interface Layer {
  readonly cache?: boolean;
  readonly retry?: Partial<Retry>;
  readonly timeoutSeconds?: number;
  readonly resources?: Resources;
  readonly environment?: { readonly [name: string]: string };
  readonly secrets?: { readonly [name: string]: string };
  readonly parentImage?: string;
  readonly mode?: ExecutionMode;
  readonly maxParallel?: number;
  readonly strictResources?: boolean;
  /** Settings of components, before their flavors have checked them. */
  readonly components: readonly ComponentSettings[];
  readonly requirements: readonly Named[];
  readonly integrations: readonly Named[];
}

/** A mapping under `settings.<type>`; whether its keys are flavors or settings is for the flavors to say. */
export interface ComponentSettings {
  readonly type: ComponentType;
  /** Written as `<type>.<flavor>`. */
  readonly flavor?: string;
  readonly value: JsonObject;
  readonly path: FieldPath;
}

interface Named {
  readonly name: string;
  readonly path: FieldPath;
}

/** The options of `step()` and `pipeline()` in the shape of a run configuration, so that one function reads both. */
export function optionsAsConfig(options: StepOptions & PipelineOptions): { readonly [key: string]: unknown } {
  const { cache, retry, timeoutSeconds, mode, ...same } = options;
  const { count, delaySeconds, ...retrySame } = retry ?? {};
  return {
    ...same,
    ...(cache === undefined ? {} : { enable_cache: cache }),
    ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds }),
    ...(mode === undefined ? {} : { execution_mode: mode }),
    ...(retry === undefined
      ? {}
      : {
          retry: {
            ...retrySame,
            ...(count === undefined ? {} : { max_retries: count }),
            ...(delaySeconds === undefined ? {} : { delay: delaySeconds }),
          },
        }),
  };
}

/** Reads a mapping that `readByNode` has approved. */
export function readLayer(config: JsonObject, path: FieldPath, problems: Problems): Layer {
  const settings = readSettings(config["settings"], [...path, "settings"], problems);
  const topResources = readResources(config["resources"], [...path, "resources"], problems);
  if (topResources !== undefined && settings.resources !== undefined)
    problems.invalid([...path, "resources"], `"resources" and "settings.resources" say the same: write one.`);
  const resources = topResources ?? settings.resources;
  const retry = readRetry(config["retry"], [...path, "retry"], problems);
  const timeoutSeconds = readTimeout(config["timeout"], [...path, "timeout"], problems);
  const environment = readTexts(config["environment"], [...path, "environment"], problems);
  const secrets = readSecrets(config["secrets"], [...path, "secrets"], problems);
  const cache = config["enable_cache"];
  const mode = config["execution_mode"];
  const maxParallel = config["max_parallel"];
  const strict = config["strict_resources"];
  return {
    ...(typeof cache === "boolean" ? { cache } : {}),
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(resources === undefined ? {} : { resources }),
    ...(environment === undefined && settings.environment === undefined
      ? {}
      : { environment: { ...settings.environment, ...environment } }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(settings.parentImage === undefined ? {} : { parentImage: settings.parentImage }),
    ...(mode === "fail_fast" || mode === "stop_on_failure" || mode === "continue_on_failure" ? { mode } : {}),
    ...(typeof maxParallel === "number" ? { maxParallel } : {}),
    ...(typeof strict === "boolean" ? { strictResources: strict } : {}),
    components: settings.components,
    requirements: settings.requirements,
    integrations: settings.integrations,
  };
}

interface Settings {
  readonly resources?: Resources;
  readonly environment?: { readonly [name: string]: string };
  readonly parentImage?: string;
  readonly components: readonly ComponentSettings[];
  readonly requirements: readonly Named[];
  readonly integrations: readonly Named[];
}

function readSettings(value: Json | undefined, path: FieldPath, problems: Problems): Settings {
  const components: ComponentSettings[] = [];
  let read: Omit<Settings, "components"> = { requirements: [], integrations: [] };
  for (const [key, written] of Object.entries(isJsonObject(value) ? value : {})) {
    const at = [...path, key];
    const nested = written ?? {};
    if (key === "docker") read = { ...read, ...readDocker(nested, at, problems) };
    else if (key === "resources") {
      const resources = readResources(readByNode(resourcesNode, nested, at, problems), at, problems);
      if (resources !== undefined) read = { ...read, resources };
    } else {
      // ZenML writes `settings: { "orchestrator.docker": … }`, and nested mappings mean the same.
      const [typeName = "", ...flavor] = key.split(".");
      const type = componentTypes.find((known) => inSnake(known) === inSnake(typeName));
      if (type === undefined) problems.unknownKey(at, ["docker", "resources", ...componentTypes.map(inSnake)]);
      else if (!isJsonObject(nested)) problems.invalid(at, `expected a mapping, got ${show(nested)}`);
      else
        components.push({
          type,
          ...(flavor.length === 0 ? {} : { flavor: flavor.join(".") }),
          value: nested,
          path: at,
        });
    }
  }
  return { ...read, components };
}

function readDocker(value: Json, path: FieldPath, problems: Problems): Omit<Settings, "components"> {
  const docker = readByNode(dockerNode, value, path, problems);
  const parentImage = docker["parent_image"];
  const environment = readTexts(docker["environment"], [...path, "environment"], problems);
  return {
    ...(typeof parentImage === "string" ? { parentImage } : {}),
    ...(environment === undefined ? {} : { environment }),
    requirements: readNames(docker["requirements"], [...path, "requirements"]),
    integrations: readNames(docker["required_integrations"], [...path, "required_integrations"]),
  };
}

function inSnake(key: string): string {
  return toSnake(key.replaceAll("-", "_"));
}

function readNames(value: Json | undefined, path: FieldPath): Named[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((name: unknown, index) => (typeof name === "string" ? [{ name, path: [...path, index] }] : []));
}

function readResources(value: Json | undefined, path: FieldPath, problems: Problems): Resources | undefined {
  if (!isJsonObject(value)) return undefined;
  const cpuCount = value["cpu_count"];
  const memory = value["memory"];
  let memoryBytes: number | undefined;
  if (memory !== undefined) {
    const parsed = parseMemory(memory);
    if ("problem" in parsed) problems.invalid([...path, "memory"], parsed.problem);
    else memoryBytes = parsed.amount;
  }
  return {
    ...(typeof cpuCount === "number" ? { cpuCount } : {}),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function readRetry(value: Json | undefined, path: FieldPath, problems: Problems): Partial<Retry> | undefined {
  if (!isJsonObject(value)) return undefined;
  const { max_retries: count, delay, backoff, jitter } = value;
  const delaySeconds = delay === undefined ? undefined : readAmount(delay, [...path, "delay"], problems);
  return {
    ...(typeof count === "number" ? { count } : {}),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(typeof backoff === "number" ? { backoff } : {}),
    ...(jitter === "none" || jitter === "full" ? { jitter } : {}),
  };
}

function readTimeout(value: Json | undefined, path: FieldPath, problems: Problems): number | undefined {
  if (value === undefined) return undefined;
  const seconds = readAmount(value, path, problems);
  if (seconds !== 0) return seconds;
  problems.invalid(path, "a timeout of 0 seconds ends every attempt: leave it out for none.");
  return undefined;
}

function readAmount(value: Json, path: FieldPath, problems: Problems): number | undefined {
  const parsed = parseSeconds(value);
  if ("amount" in parsed) return parsed.amount;
  problems.invalid(path, parsed.problem);
  return undefined;
}

/** YAML reads `PORT: 8080` as a number; a process sees text. */
function readTexts(
  value: Json | undefined,
  path: FieldPath,
  problems: Problems,
): { readonly [name: string]: string } | undefined {
  if (!isJsonObject(value)) {
    if (value !== undefined) problems.invalid(path, `expected a mapping, got ${show(value)}`);
    return undefined;
  }
  const entries: [string, string][] = [];
  for (const [name, text] of Object.entries(value)) {
    if (name === "" || /[=\0]/.test(name))
      problems.invalid([...path, name], `${JSON.stringify(name)} is no name of an environment variable.`);
    else if (typeof text === "string" || typeof text === "number" || typeof text === "boolean")
      entries.push([name, String(text)]);
    else problems.invalid([...path, name], `expected a text, got ${show(text)}`);
  }
  return Object.fromEntries(entries);
}

function readSecrets(
  value: Json | undefined,
  path: FieldPath,
  problems: Problems,
): { readonly [name: string]: string } | undefined {
  const texts = readTexts(value, path, problems);
  for (const [name, reference] of Object.entries(texts ?? {}))
    if (!/\$\{(?:secret|env):[^}]+\}/.test(reference))
      // The value itself is not repeated: it may be the secret.
      problems.invalid(
        [...path, name],
        `secret "${name}" is written out; a plan must not hold it.`,
        `${name}: "\${secret:name.key}" or "\${env:${name}}"`,
      );
  return texts;
}
