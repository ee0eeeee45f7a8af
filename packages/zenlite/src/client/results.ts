// What a pipeline returned, as lines for the end of a run.
import type { GraphOutputs, Manifest, StepOutcome } from "@zenlite/core";
import { layout, readJson } from "@zenlite/records";
import { expandOutputs, isLeaf } from "@zenlite/pipeline";
import type { Finished } from "./execute.ts";
import { previewText } from "./preview.ts";
import type { Session } from "./session.ts";

interface OutputLeaf {
  /** Names from the pipeline's returned structure, joined by dots. */
  readonly name: string;
  readonly step: string;
  readonly output: string;
}

/** Leaves of the pipeline's returned structure, in order. */
function outputLeaves(outputs: GraphOutputs, path: readonly string[] = []): readonly OutputLeaf[] {
  return Object.entries(outputs).flatMap(([name, value]) =>
    isLeaf(value)
      ? [{ name: [...path, name].join("."), step: value.step, output: value.output }]
      : outputLeaves(value, [...path, name]),
  );
}

/** The outcomes of these steps, by step. */
export async function readOutcomes(
  session: Session,
  finished: Finished,
  steps: readonly string[],
): Promise<ReadonlyMap<string, StepOutcome>> {
  const call = { signal: session.signal };
  const read = await Promise.all(
    steps.map((step) => readJson<StepOutcome>(session.store, layout.outcome(finished.run, step), call)),
  );
  return new Map(read.filter((outcome) => outcome !== undefined).map((outcome) => [outcome.step, outcome]));
}

/** The pipeline's returned structure with every leaf one artifact. */
export function namedOutputs(finished: Finished, outcomes: ReadonlyMap<string, StepOutcome>): GraphOutputs {
  return expandOutputs(finished.plan.outputs, (step) => {
    const outcome = outcomes.get(step);
    return outcome === undefined ? undefined : Object.keys(outcome.outputs);
  });
}

/** `accuracy  0.9583`, one line an output. */
export async function resultLines(session: Session, finished: Finished): Promise<readonly string[]> {
  const returned = new Set(outputLeaves(finished.plan.outputs).map(({ step }) => step));
  const outcomes = await readOutcomes(session, finished, [...returned]);
  const leaves = outputLeaves(namedOutputs(finished, outcomes));
  const width = Math.max(0, ...leaves.map((leaf) => leaf.name.length));
  return Promise.all(
    leaves.map(async (leaf) => {
      const manifest: Manifest | undefined = outcomes.get(leaf.step)?.outputs[leaf.output];
      const text =
        manifest === undefined
          ? "(not stored)"
          : ((await previewText(session, manifest)) ?? `(${manifest.type}, ${manifest.bytes} bytes)`);
      return `  ${leaf.name.padEnd(width)}  ${text}`;
    }),
  );
}
