// step(): a typed function of named inputs to named outputs.
import { ZenliteError, type StepOptions } from "@zenlite/core";
import { contract, currentTracer } from "./ambient.ts";
import type { StepContext } from "./context.ts";
import { inertContext } from "./inert-context.ts";
import { materializerId } from "./materializer.ts";
import { checkDefinition } from "./options.ts";
import { stepSymbol } from "./symbols.ts";
import type { Step, StepDefinition, StepSettings } from "./types.ts";

/**
 * Makes a step. Export it: `export const trainer = step("trainer", async ({ xTrain }: { xTrain: Matrix }) => ({ model }))`.
 * Each key of a returned object is one artifact; anything else is one artifact named `output`.
 * Throws ZENLITE_STEP_INVALID.
 */
export function step<O, I extends object = {}>(name: string, run: (inputs: I, context: StepContext) => O): Step<I, O>;
export function step<O, I extends object = {}>(
  name: string,
  options: StepSettings,
  run: (inputs: I, context: StepContext) => O,
): Step<I, O>;
export function step(name: string, ...rest: readonly unknown[]): unknown {
  const [options, run] = rest.length > 1 ? rest : [{}, rest[0]];
  checkDefinition("step", name, options, run);
  const { materializers = [], ...data } = options as StepSettings;
  checkMaterializers(name, materializers);
  const definition: StepDefinition = {
    contract,
    name,
    options: data satisfies StepOptions,
    materializers,
    run: run as StepDefinition["run"],
  };

  const call = (inputs: readonly unknown[], earlier: readonly unknown[]): unknown => {
    const tracer = currentTracer();
    if (tracer === undefined) throw outside(name);
    return tracer.call(object, definition, inputs, earlier);
  };
  const object = (...inputs: readonly unknown[]): unknown => call(inputs, []);
  Object.defineProperty(object, "name", { value: name });
  return Object.assign(object, {
    // Apart from the inputs, so that no name of an input is taken, and before them, as it is read: "trainer after checks, of xTrain".
    after:
      (...earlier: readonly unknown[]) =>
      (...inputs: readonly unknown[]) =>
        call(inputs, earlier),
    run: (inputs: never, given?: Partial<StepContext>) => definition.run(inputs, inertContext(name, given)),
    stepName: name,
    [stepSymbol]: definition,
  });
}

function outside(name: string): ZenliteError {
  return new ZenliteError("ZENLITE_STEP_OUTSIDE_PIPELINE", `Step "${name}" is called outside of a pipeline's body.`, {
    hint: `To run its function: ${name}.run({ … }). To run it in a pipeline: pipeline("…", () => ${name}({ … })).`,
  });
}

function checkMaterializers(name: string, materializers: StepSettings["materializers"] & object): void {
  const seen = new Set<string>();
  for (const [index, candidate] of materializers.entries()) {
    const problem =
      typeof candidate?.matches !== "function" || typeof candidate.save !== "function"
        ? "is no materializer"
        : seen.has(materializerId(candidate))
          ? `is a second ${materializerId(candidate)}`
          : undefined;
    if (problem !== undefined)
      throw new ZenliteError("ZENLITE_STEP_INVALID", `step "${name}": materializers[${index}] ${problem}.`, {
        hint: "materializers: [materializer({ name, matches, save, load })]",
      });
    seen.add(materializerId(candidate));
  }
}
