// The results of a finished run: typed handles that read, verify and rebuild values when they are asked for.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ZenliteError, suggestion, type GraphOutputs, type Manifest } from "@zenlite/core";
import { isLeaf, stepOf, type Artifact, type Run } from "@zenlite/pipeline";
import { loadArtifact, materializersOf } from "@zenlite/runtime";
import type { Finished } from "./execute.ts";
import { namedOutputs, readOutcomes } from "./results.ts";
import { openSession, type SessionOptions } from "./session.ts";

export async function openResults<R>(options: Omit<SessionOptions, "signal">, finished: Finished): Promise<Run<R>> {
  const { signal } = new AbortController();
  const { run, plan } = finished;
  // Outcomes are small and read now; the store is opened again when a value is loaded, so that a result need not be closed.
  await using session = await openSession({ ...options, signal });
  const outcomes = await readOutcomes(
    session,
    finished,
    plan.steps.map(({ id }) => id),
  );
  const artifact = (step: string, output: string): Artifact<unknown> => {
    const manifest = outcomes.get(step)?.outputs[output];
    if (manifest === undefined)
      throw new ZenliteError("ZENLITE_ARTIFACT_UNKNOWN", `Run ${run} has no artifact "${step}.${output}".`, {
        hint: `zenlite runs show ${run}`,
      });
    return { uri: manifest.key, load: () => load(options, finished, manifest) };
  };
  const tree = (outputs: GraphOutputs): { readonly [name: string]: unknown } =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name,
        isLeaf(value) ? artifact(value.step, value.output) : tree(value),
      ]),
    );
  const result = {
    id: run,
    status: finished.status,
    outputs: tree(namedOutputs(finished, outcomes)),
    of(step: object, id?: string): object {
      const definition = stepOf(step);
      const calls = plan.steps.filter((each) => each.name === definition?.name).map((each) => each.id);
      const chosen = id ?? calls[0];
      if (chosen === undefined || !calls.includes(chosen))
        throw new ZenliteError(
          "ZENLITE_STEP_UNKNOWN",
          `Run ${run} has no call "${chosen ?? definition?.name ?? "?"}" of that step.${suggestion(chosen ?? "", calls)}`,
          { hint: `zenlite runs show ${run}` },
        );
      return Object.fromEntries(
        Object.keys(outcomes.get(chosen)?.outputs ?? {}).map((output) => [output, artifact(chosen, output)]),
      );
    },
  };
  // The plan was traced from this very pipeline: its outputs have the shape that the types say.
  return result as unknown as Run<R>;
}

async function load(options: Omit<SessionOptions, "signal">, finished: Finished, manifest: Manifest): Promise<unknown> {
  const { signal } = new AbortController();
  await using session = await openSession({ ...options, signal });
  const code: { readonly [name: string]: unknown } = await import(
    pathToFileURL(join(finished.codeFolder, "code.mjs")).href
  );
  // Files and streams outlive this call, so their folder does too: it lies where the system keeps what is temporary.
  const scratchFolder = await mkdtemp(join(tmpdir(), "zenlite-result-"));
  return await loadArtifact(manifest, {
    store: session.store,
    materializers: materializersOf(code),
    call: { signal },
    scratchFolder,
  });
}
