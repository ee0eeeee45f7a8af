// What a step is given: its parents' outcomes, and from them the values of its inputs.
import { join } from "node:path";
import { ZenliteError, type Call, type Input, type Manifest, type StepOutcome } from "@zenlite/core";
import type { AnyMaterializer } from "@zenlite/pipeline";
import { inputsOf, layout, readJson } from "@zenlite/records";
import { loadArtifact } from "./artifacts.ts";
import type { ExecuteOptions } from "./execute.ts";
import { mapLimited, transfers } from "./limit.ts";
import { materializersOf } from "./materializers/custom.ts";

/** The outcomes of the steps whose outputs are read. Throws ZENLITE_PARENT_NOT_DONE. */
export async function readParents(
  { word, store }: Pick<ExecuteOptions, "word" | "store">,
  call: Call,
): Promise<Map<string, StepOutcome>> {
  const parents = new Set(
    Object.values(word.step.inputs)
      .flatMap(inputsOf)
      .map(({ step }) => step),
  );
  const found = await mapLimited([...parents], transfers, async (parent): Promise<[string, StepOutcome]> => {
    const outcome = await readJson<StepOutcome>(store, layout.outcome(word.run, parent), call);
    if (outcome?.status === "completed" || outcome?.status === "cached") return [parent, outcome];
    throw new ZenliteError(
      "ZENLITE_PARENT_NOT_DONE",
      `Step "${word.step.id}" was started, but step "${parent}" has ${outcome?.status ?? "no"} outcome.`,
      {
        fault: "internal",
      },
    );
  });
  return new Map(found);
}

/** Every artifact is read anew for each step: what one step does to a value, no other sees. */
export async function loadInputs(
  options: ExecuteOptions,
  manifestOf: (step: string, output: string) => Manifest,
): Promise<object> {
  const { word, store, code, scratchFolder, signal } = options;
  let materializers: readonly AnyMaterializer[] | undefined;
  const load = async (input: Input, folder: string): Promise<unknown> => {
    if ("value" in input) return input.value;
    if ("list" in input)
      return mapLimited(input.list, transfers, (item, index) => load(item, join(folder, String(index))));
    const manifest = manifestOf(input.step, input.output);
    materializers ??= materializersOf(code);
    return loadArtifact(manifest, { store, materializers, call: { signal }, scratchFolder: folder });
  };
  const names = Object.keys(word.step.inputs);
  const folderOf = (index: number): string => join(scratchFolder, "inputs", String(index));
  const values = await mapLimited(Object.values(word.step.inputs), transfers, (input, index) =>
    load(input, folderOf(index)),
  );
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}
