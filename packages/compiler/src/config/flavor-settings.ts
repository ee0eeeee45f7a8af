// `settings.<type>[.<flavor>]`: which flavor a key is meant for, and what that flavor's schema says to it.
import {
  isJsonObject,
  isZenliteError,
  suggestion,
  type ComponentType,
  type Flavor,
  type JsonObject,
} from "@zenlite/core";
import {
  listErrors,
  publishedFlavors,
  toCamel,
  toSnake,
  validateSettings,
  within,
  type FieldPath,
} from "@zenlite/core/config";
import type { ComponentSettings } from "./layer.ts";
import type { Problems } from "./problems.ts";

export interface FlavorLookup {
  /** The stack's own component of a type. */
  active(type: ComponentType): Flavor | undefined;
  /** A flavor that is installed; `undefined` where it is not. */
  find(type: ComponentType, name: string): Promise<Flavor | undefined>;
}

/** Flavors that exist, installed here or not: a configuration shared by several stacks may name them all. */
function existing(type: ComponentType): readonly string[] {
  return type === "orchestrator" || type === "artifact-store"
    ? ["local", ...publishedFlavors(type)]
    : publishedFlavors(type);
}

/** What is said to the active orchestrator, keys in camelCase; all else is checked where that can be done. */
export async function readComponentSettings(
  written: readonly ComponentSettings[],
  lookup: FlavorLookup,
  problems: Problems,
): Promise<JsonObject | undefined> {
  let result: JsonObject | undefined;
  for (const entry of written) {
    const active = lookup.active(entry.type);
    for (const part of await splitByFlavor(entry, active, lookup)) {
      const flavor = part.flavor === undefined ? active : await findFlavor(entry.type, part.flavor, active, lookup);
      if (flavor === undefined) {
        if (part.flavor === undefined)
          problems.invalid(part.path, `the stack has no ${entry.type}, so these settings are for nobody`);
        else if (!isPublished(entry.type, part.flavor))
          problems.invalid(
            part.path,
            `unknown ${entry.type} flavor "${part.flavor}".${suggestion(part.flavor, existing(entry.type))}`,
          );
        continue;
      }
      const checked = await checkSettings(flavor, part.value, part.path, problems);
      if (flavor !== active) continue;
      if (entry.type === "orchestrator") result = { ...result, ...checked };
      else if (Object.keys(checked).length > 0)
        problems.invalid(
          part.path,
          `settings of the ${entry.type} cannot be changed by a run: write them in the component's config`,
        );
    }
  }
  return result;
}

interface Part {
  readonly flavor?: string;
  readonly value: JsonObject;
  readonly path: FieldPath;
}

async function splitByFlavor(
  entry: ComponentSettings,
  active: Flavor | undefined,
  lookup: FlavorLookup,
): Promise<Part[]> {
  if (entry.flavor !== undefined) return [{ flavor: entry.flavor, value: entry.value, path: entry.path }];
  const rest: [string, JsonObject[string]][] = [];
  const parts: Part[] = [];
  for (const [key, value] of Object.entries(entry.value)) {
    const named =
      isJsonObject(value) &&
      !hasSetting(active, key) &&
      (isPublished(entry.type, key) || (await findFlavor(entry.type, key, active, lookup)) !== undefined);
    if (named && isJsonObject(value)) parts.push({ flavor: key, value, path: [...entry.path, key] });
    else rest.push([key, value]);
  }
  if (rest.length > 0) parts.unshift({ value: Object.fromEntries(rest), path: entry.path });
  return parts;
}

async function findFlavor(
  type: ComponentType,
  name: string,
  active: Flavor | undefined,
  lookup: FlavorLookup,
): Promise<Flavor | undefined> {
  if (active !== undefined && plain(active.name) === plain(name)) return active;
  return (await lookup.find(type, name)) ?? (await lookup.find(type, name.replaceAll("_", "-")));
}

function isPublished(type: ComponentType, name: string): boolean {
  return existing(type).some((known) => plain(known) === plain(name));
}

/** As the schema returned them, but only keys that were written: defaults must not hide the component's config. */
async function checkSettings(
  flavor: Flavor,
  value: JsonObject,
  path: FieldPath,
  problems: Problems,
): Promise<JsonObject> {
  try {
    const checked = await validateSettings(flavor, value, within(problems.locate, path));
    const written = new Set(Object.keys(value).flatMap((key) => [key, toCamel(key), toSnake(key)]));
    return Object.fromEntries(Object.entries(checked).filter(([key]) => written.has(key)));
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    problems.add(listErrors(error));
    return {};
  }
}

function hasSetting(flavor: Flavor | undefined, key: string): boolean {
  const schema = flavor?.settings?.["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  const properties = isJsonObject(schema) ? schema["properties"] : undefined;
  return isJsonObject(properties) && [key, toCamel(key), toSnake(key)].some((name) => Object.hasOwn(properties, name));
}

/** `aws-step`, `aws_step` and `awsStep` name one flavor. */
function plain(name: string): string {
  return toSnake(name.replaceAll("-", "_"));
}
