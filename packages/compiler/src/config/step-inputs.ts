// Values of single calls, set from outside: only what the pipeline wrote as a value can be replaced.
import {
  ZenliteError,
  combineErrors,
  suggestion,
  type Graph,
  type GraphStep,
  type Input,
  type Json,
} from "@zenlite/core";
import type { FieldPath } from "@zenlite/core/config";
import { mismatch, readTyped } from "./data.ts";
import type { StepOverride } from "./parameters.ts";
import { invalidAt } from "./problems.ts";
import type { RunConfig } from "./run-config.ts";

export type StepInputs = { readonly [name: string]: Input };

/** The inputs of every step that something was set for. Throws with every mistake. */
export function overrideInputs(
  graph: Graph,
  config: RunConfig | undefined,
  overrides: readonly StepOverride[],
): ReadonlyMap<string, StepInputs> {
  const steps = new Map(graph.steps.map((step) => [step.id, step]));
  const result = new Map<string, StepInputs>();
  const errors: ZenliteError[] = [];
  const set = (step: GraphStep, input: string, value: Json): void => {
    result.set(step.id, { ...(result.get(step.id) ?? step.inputs), [input]: { value } });
  };
  const unknownStep = (id: string): string =>
    `pipeline "${graph.pipeline}" has no step "${id}".${suggestion(id, [...steps.keys()])}`;

  for (const [id, layer] of config?.steps ?? []) {
    const step = steps.get(id);
    const wrong = (path: FieldPath, problem: string, hint?: string): void => {
      if (config !== undefined)
        errors.push(invalidAt(config.locate, path, problem, hint, path.length === 2 ? "key" : "value"));
    };
    if (step === undefined) {
      wrong(["steps", id], unknownStep(id));
      continue;
    }
    for (const [input, value] of Object.entries(layer.parameters)) {
      const found = literalOf(step, input);
      const path = ["steps", id, "parameters", input];
      if ("problem" in found) {
        wrong(path, found.problem, found.hint);
        continue;
      }
      const problem = mismatch(found.value, value);
      if (problem === undefined) set(step, input, value);
      else wrong(path, problem);
    }
  }

  for (const { step: id, input, text } of overrides) {
    const step = steps.get(id);
    const fail = (problem: string, hint: string): void => {
      const message = `--set ${id}.${input}: ${problem}${/[.?]$/.test(problem) ? "" : "."}`;
      errors.push(new ZenliteError("ZENLITE_PARAMETER_INVALID", message, { hint }));
    };
    if (step === undefined) {
      fail(unknownStep(id), "A parameter of the pipeline is set with --set <name>=<value>.");
      continue;
    }
    const found = literalOf(step, input);
    if ("problem" in found) fail(found.problem, found.hint);
    else {
      const read = readTyped(text, found.value);
      if ("value" in read) set(step, input, read.value);
      else fail(read.problem, `--set ${id}.${input}=${JSON.stringify(found.value)}`);
    }
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw combineErrors([first, ...rest]);
  return result;
}

function literalOf(
  step: GraphStep,
  name: string,
): { readonly value: Json } | { readonly problem: string; readonly hint: string } {
  const input = Object.hasOwn(step.inputs, name) ? step.inputs[name] : undefined;
  if (input === undefined) {
    const known = Object.keys(step.inputs);
    return {
      problem: `step "${step.id}" is not given an input "${name}" in the pipeline.${suggestion(name, known)}`,
      hint: `Write it in the pipeline's body, then it can be set: ${step.name}({ …, ${name}: <value> })`,
    };
  }
  const value = valueOf(input);
  if (value !== undefined) return { value };
  return {
    problem: `input "${name}" of step "${step.id}" comes from ${sourcesOf(input).slice(0, 3).join(", ")}, so it cannot be set`,
    hint: `Pass a value in the pipeline's body instead: ${step.name}({ …, ${name}: <value> })`,
  };
}

/** The value of an input without any output of a step in it. */
function valueOf(input: Input): Json | undefined {
  if ("value" in input) return input.value;
  if (!("list" in input)) return undefined;
  const values: Json[] = [];
  for (const item of input.list) {
    const value = valueOf(item);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function sourcesOf(input: Input): string[] {
  if ("step" in input) return [`${input.step}.${input.output}`];
  return "list" in input ? input.list.flatMap(sourcesOf) : [];
}
