// Runs in a list: a few small reads for each, however many steps it has.
import type { ArtifactStore, Call, RunCreated, RunFinished, RunStatus } from "@zenlite/core";
import { observeLease } from "./lease.ts";
import { layout } from "./layout.ts";
import { readJson } from "./objects.ts";
import { listRuns } from "./run.ts";

export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly stack: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

/** The newest `limit` runs, newest first. A run whose first record is missing is left out. */
export async function readRunSummaries(store: ArtifactStore, options: { readonly limit: number }, call: Call): Promise<RunSummary[]> {
  const ids = (await listRuns(store, call)).slice(0, options.limit);
  const summaries = await Promise.all(ids.map((id) => readSummary(store, id, call)));
  return summaries.filter((summary) => summary !== undefined);
}

async function readSummary(store: ArtifactStore, id: string, call: Call): Promise<RunSummary | undefined> {
  const [created, finished] = await Promise.all([
    readJson<RunCreated>(store, layout.created(id), call),
    readJson<RunFinished>(store, layout.finished(id), call),
  ]);
  if (created === undefined) return undefined;
  return {
    id,
    pipeline: created.request.pipeline,
    stack: created.request.stack,
    status: finished?.status ?? (await openStatus(store, id, call)),
    createdAt: created.at,
    ...(finished === undefined ? {} : { finishedAt: finished.at }),
  };
}

async function openStatus(store: ArtifactStore, id: string, call: Call): Promise<RunStatus> {
  const liveness = await observeLease(store, id, call);
  if (liveness === "live") return "running";
  return liveness === "none" ? "created" : "interrupted";
}
