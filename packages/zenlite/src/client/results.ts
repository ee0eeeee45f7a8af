// What a pipeline returned, as lines for the end of a run.
import type { GraphOutputs, Manifest, StepOutcome } from "@zenlite/core";
import { layout, readJson } from "@zenlite/records";
import type { Finished } from "./execute.ts";
import { previewText } from "./preview.ts";
import type { Session } from "./session.ts";

export interface OutputLeaf {
  /** Names from the pipeline's returned structure, joined by dots. */
  readonly name: string;
  readonly step: string;
  readonly output: string;
}

/** Leaves of the pipeline's returned structure, in order. */
export function outputLeaves(outputs: GraphOutputs, path: readonly string[] = []): readonly OutputLeaf[] {
  return Object.entries(outputs).flatMap(([name, value]) =>
    isLeaf(value)
      ? [{ name: [...path, name].join("."), step: value.step, output: value.output }]
      : outputLeaves(value, [...path, name]),
  );
}

export function isLeaf(value: GraphOutputs[string]): value is { readonly step: string; readonly output: string } {
  return typeof value["step"] === "string" && typeof value["output"] === "string";
}

/** `accuracy  0.9583`, one line an output. */
export async function resultLines(session: Session, finished: Finished): Promise<readonly string[]> {
  const call = { signal: session.signal };
  const leaves = outputLeaves(finished.plan.outputs);
  const width = Math.max(0, ...leaves.map((leaf) => leaf.name.length));
  return Promise.all(
    leaves.map(async (leaf) => {
      const outcome = await readJson<StepOutcome>(session.store, layout.outcome(finished.run, leaf.step), call);
      const manifest: Manifest | undefined = outcome?.outputs[leaf.output];
      const text = manifest === undefined ? "(not stored)" : ((await previewText(session, manifest)) ?? `(${manifest.type}, ${manifest.bytes} bytes)`);
      return `  ${leaf.name.padEnd(width)}  ${text}`;
    }),
  );
}
