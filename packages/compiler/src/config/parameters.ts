// The pipeline's parameters: defaults, then the run configuration, then the call or the command line.
import { ZenliteError, combineErrors, suggestion, type Json, type JsonObject } from "@zenlite/core";
import { asData, mismatch, readTyped, withKey } from "./data.ts";
import { invalidAt } from "./problems.ts";
import type { RunConfig } from "./run-config.ts";

/** `--set name=value` or `--set step.name=value`. */
export interface Override {
  readonly name: string;
  readonly value: string;
}

export interface StepOverride {
  readonly step: string;
  readonly input: string;
  /** As it was typed. */
  readonly text: string;
}

export interface PipelineParameters {
  readonly pipeline: string;
  /** `undefined`: the pipeline declares none; tracing finds out which names its body reads. */
  readonly defaults: JsonObject | undefined;
}

export interface GivenParameters {
  readonly config: RunConfig | undefined;
  /** Of `pipeline.run({ parameters })`. */
  readonly values: { readonly [name: string]: unknown };
  readonly overrides: readonly Override[];
}

/** Throws with every mistake: an unknown name, a wrong type, a value that is no data. */
export function resolveParameters(
  { pipeline, defaults }: PipelineParameters,
  given: GivenParameters,
): { readonly parameters: JsonObject; readonly stepOverrides: readonly StepOverride[] } {
  const known = Object.keys(defaults ?? {});
  const modelOf = (name: string): Json | undefined =>
    defaults !== undefined && Object.hasOwn(defaults, name) ? defaults[name] : undefined;
  const isKnown = (name: string): boolean => defaults === undefined || Object.hasOwn(defaults, name);
  const unknown = (name: string): string =>
    known.length === 0
      ? `pipeline "${pipeline}" takes no parameters.`
      : `pipeline "${pipeline}" has no parameter "${name}".${suggestion(name, known)}`;
  const errors: ZenliteError[] = [];
  let parameters: JsonObject = { ...defaults };

  for (const [name, value] of Object.entries(given.config?.parameters ?? {})) {
    const model = modelOf(name);
    const problem = isKnown(name) ? (model === undefined ? undefined : mismatch(model, value)) : unknown(name);
    if (problem === undefined) parameters = withKey(parameters, name, value);
    else if (given.config !== undefined)
      errors.push(
        invalidAt(given.config.locate, ["parameters", name], problem, undefined, isKnown(name) ? "value" : "key"),
      );
  }

  for (const [name, value] of Object.entries(given.values)) {
    if (value === undefined) continue;
    const model = modelOf(name);
    const problem = isKnown(name)
      ? (asData(value) ?? (model === undefined ? undefined : mismatch(model, value as Json)))
      : unknown(name);
    if (problem === undefined) parameters = withKey(parameters, name, value as Json);
    else errors.push(parameterError(`Parameter "${name}": ${problem}`, known));
  }

  const stepOverrides: StepOverride[] = [];
  for (const { name, value: text } of given.overrides) {
    const dot = name.indexOf(".");
    if (dot > 0 && !known.includes(name))
      stepOverrides.push({ step: name.slice(0, dot), input: name.slice(dot + 1), text });
    else if (!isKnown(name)) errors.push(parameterError(`--set ${name}: ${unknown(name)}`, known));
    else {
      const read = readTyped(text, modelOf(name));
      if ("value" in read) parameters = withKey(parameters, name, read.value);
      else errors.push(parameterError(`--set ${name}=${text}: ${read.problem}.`, known));
    }
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw combineErrors([first, ...rest]);
  return { parameters, stepOverrides };
}

function parameterError(message: string, known: readonly string[]): ZenliteError {
  return new ZenliteError(
    "ZENLITE_PARAMETER_INVALID",
    message.endsWith(".") || message.endsWith("?") ? message : `${message}.`,
    {
      hint:
        known.length === 0
          ? "An input of a step is set with --set <step>.<input>=<value>."
          : `Parameters of the pipeline: ${known.join(", ")}. An input of a step is set with --set <step>.<input>=<value>.`,
    },
  );
}
