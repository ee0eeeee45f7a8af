// Runs in a list: a few small reads for each, however many steps it has.
import type { ArtifactStore, Call, Digest, Plan, RunCreated, RunFinished, RunStatus } from "@zenlite/core";
import { foldRun } from "./fold.ts";
import { observeLease } from "./lease.ts";
import { layout } from "./layout.ts";
import { readJson } from "./objects.ts";
import { inParallel } from "./parallel.ts";
import { newestRuns, readRun } from "./run.ts";

export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly stack: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly finishedAt?: string;
  /** `done`: completed or cached. `total` is absent where the plan is gone. */
  readonly steps: { readonly done: number; readonly total?: number };
}

type PlanOf = (digest: Digest) => Promise<Plan | undefined>;

/** The newest `limit` runs, newest first. A run whose first record is missing is left out. */
export async function readRunSummaries(
  store: ArtifactStore,
  options: { readonly limit: number },
  call: Call,
): Promise<RunSummary[]> {
  const ids = await newestRuns(store, options.limit, call);
  const plans = new Map<Digest, Promise<Plan | undefined>>();
  // Many runs are of one plan: it is read once.
  const planOf: PlanOf = (digest) => {
    const plan = plans.get(digest) ?? readJson<Plan>(store, layout.plan(digest), call);
    plans.set(digest, plan);
    return plan;
  };
  const summaries = await inParallel(ids, (id) => readSummary(store, id, planOf, call));
  return summaries.filter((summary) => summary !== undefined);
}

async function readSummary(
  store: ArtifactStore,
  id: string,
  planOf: PlanOf,
  call: Call,
): Promise<RunSummary | undefined> {
  const [created, finished] = await Promise.all([
    readJson<RunCreated>(store, layout.created(id), call),
    readJson<RunFinished>(store, layout.finished(id), call),
  ]);
  if (created === undefined) return undefined;
  const { pipeline, stack } = created.request;
  const plan = await planOf(created.request.plan);
  const total = plan?.steps.length;
  const head = {
    id,
    pipeline,
    stack,
    createdAt: created.at,
    ...(finished === undefined ? {} : { finishedAt: finished.at }),
  };
  // Written after the last outcome, so nothing else need be read. Any other run is folded: its outcomes say how far it came.
  if (finished?.status === "completed" && total !== undefined)
    return { ...head, status: "completed", steps: { done: total, total } };
  const [records, liveness] = await Promise.all([
    readRun(store, id, call),
    finished === undefined ? observeLease(store, id, call) : ("stale" as const),
  ]);
  if (records?.created === undefined) return undefined;
  const view = foldRun(records, plan, liveness);
  const done = view.steps.filter(({ status }) => status === "completed" || status === "cached").length;
  return { ...head, status: view.status, steps: { done, ...(total === undefined ? {} : { total }) } };
}
