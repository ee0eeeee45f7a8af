// Tracing: running a pipeline's body once, with steps that note their call instead of running, gives the graph.
import { ZenliteError, type Graph, type GraphStep } from "@zenlite/core";
import { contract, copiesError, currentTracer, nestedError, thisPlace, withTracer, type Tracer } from "./ambient.ts";
import { readEarlier, readInputs } from "./inputs.ts";
import { materializerId } from "./materializer.ts";
import { readParameters } from "./parameters.ts";
import { makeReferences } from "./references.ts";
import { readOutputs } from "./outputs.ts";
import { pipelineSymbol, stepSymbol } from "./symbols.ts";
import type { PipelineDefinition, StepDefinition } from "./types.ts";

/** Finds the exported name (`<project-relative module>#<export>`) of a step or pipeline object. */
export type NameOf = (object: object) => string | undefined;

/** The definition that a step object carries, of whatever copy of this package. Throws ZENLITE_COPIES for another contract. */
export function stepOf(value: unknown): StepDefinition | undefined {
  return carried(value, stepSymbol) as StepDefinition | undefined;
}

/** The definition that a pipeline object carries, of whatever copy of this package. Throws ZENLITE_COPIES for another contract. */
export function pipelineOf(value: unknown): PipelineDefinition | undefined {
  return carried(value, pipelineSymbol) as PipelineDefinition | undefined;
}

function carried(value: unknown, symbol: symbol): object | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const definition: unknown = Reflect.get(value, symbol);
  if (typeof definition !== "object" || definition === null || !("contract" in definition)) return undefined;
  if (definition.contract !== contract) throw copiesError(undefined, String(definition.contract));
  return definition;
}

/**
 * The graph of a pipeline for given parameters. Pure, apart from the ambient slot while the body runs.
 * Throws ZENLITE_PIPELINE_ASYNC, ZENLITE_PIPELINE_RETURN, ZENLITE_PIPELINE_NESTED, ZENLITE_STEP_NOT_EXPORTED,
 * ZENLITE_PARAMETER_UNKNOWN, ZENLITE_PARAMETER_TYPE, ZENLITE_PARAMETER_NOT_DATA, ZENLITE_INPUTS_INVALID, ZENLITE_REF_NOT_A_VALUE.
 */
export function trace(pipeline: object, parameters: { readonly [name: string]: unknown }, nameOf: NameOf): Graph {
  const definition = pipelineOf(pipeline);
  if (definition === undefined)
    throw new ZenliteError("ZENLITE_PIPELINE_INVALID", "What is to be traced is no pipeline.", {
      hint: 'export const digits = pipeline("digits", () => { … })',
    });
  const running = currentTracer();
  if (running !== undefined) throw nestedError(definition.name, running.pipeline);

  const steps: GraphStep[] = [];
  const values = readParameters(definition, parameters);
  const tracer = makeTracer(definition.name, steps, nameOf);
  const returned = withTracer(tracer, () => definition.body(values.given as never));
  const outputs = readOutputs(returned, definition.name, tracer);
  values.checkRead();
  return {
    pipeline: definition.name,
    export: nameOf(pipeline) ?? "",
    parameters: values.values,
    steps,
    outputs,
    options: definition.options,
  };
}

function makeTracer(pipeline: string, steps: GraphStep[], nameOf: NameOf): Tracer {
  const names = new Map<object, string>();
  const taken = new Set<string>();
  const counts = new Map<string, number>();

  function exportOf(step: object, name: string): string {
    let found = names.get(step);
    if (found === undefined) {
      found = nameOf(step);
      if (found === undefined) throw notExported(name);
      names.set(step, found);
    }
    return found;
  }

  function newId(name: string): string {
    // The count goes on where it stopped: looking for a free number from 2 on would be quadratic.
    let count = (counts.get(name) ?? 0) + 1;
    let id = count === 1 ? name : `${name}_${count}`;
    while (taken.has(id)) id = `${name}_${(count += 1)}`;
    counts.set(name, count);
    taken.add(id);
    return id;
  }

  const tracer: Tracer = {
    pipeline,
    place: thisPlace(),
    call(step, definition, inputs, earlier) {
      const id = newId(definition.name);
      steps.push({
        id,
        name: definition.name,
        export: exportOf(step, definition.name),
        inputs: readInputs(id, inputs, tracer),
        after: [...new Set(earlier.map((item, index) => readEarlier(id, item, index, tracer)))],
        options: definition.options,
        materializers: definition.materializers.map(materializerId),
      });
      return makeReferences(id, tracer);
    },
  };
  return tracer;
}

function notExported(name: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_STEP_NOT_EXPORTED",
    `Step "${name}" is not exported from a module, so it cannot be found in the process that runs it.`,
    { hint: `export const ${name} = step("${name}", …), at the top level of a module.` },
  );
}
