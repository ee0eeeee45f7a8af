// A sweep's plan carried out, while other processes may work in the store.
import { type ArtifactStore, type Call, ZenliteError } from "@zenlite/core";
import { type LeaseOptions, observeLease } from "./lease.ts";
import { layout } from "./layout.ts";
import { inParallel } from "./parallel.ts";
import { listRuns, readRun } from "./run.ts";
import { phaseOf } from "./sweep-order.ts";
import { contentOf, type SweepItem, type SweepPlan } from "./sweep-plan.ts";

export interface Swept {
  readonly deleted: number;
  readonly bytes: number;
  /** What was planned and is left: a run that is under way needs it, or may. The next sweep looks again. */
  readonly held: readonly SweepItem[];
}

/** What one request deletes: S3 takes no more. */
const batch = 1000;

/**
 * Carries a plan out. Other processes may work in the store meanwhile: runs that began since, or go on, keep what they use.
 * Throws ZENLITE_SWEEP_OUTDATED, before anything is deleted, where a run of the plan was resumed since.
 */
export async function sweep(
  store: ArtifactStore,
  plan: SweepPlan,
  call: Call,
  options: LeaseOptions = {},
): Promise<Swept> {
  await checkAbandoned(store, plan, call);
  const done = { deleted: 0, bytes: 0 };
  const remove = async (items: readonly SweepItem[]): Promise<void> => {
    for (let start = 0; start < items.length; start += batch) {
      const part = items.slice(start, start + batch);
      await store.delete(
        part.map(({ key }) => key),
        { signal: call.signal },
      );
      done.deleted += part.length;
      for (const { bytes } of part) done.bytes += bytes;
    }
  };
  const phase = (number: number): SweepItem[] => plan.items.filter(({ key }) => phaseOf(key) === number);

  // From now on nobody finds an artifact by an entry that goes. Who found one before is among the runs looked at next.
  await remove(phase(0));
  const inUse = await keysInUse(store, plan, call, options);
  for (const number of [1, 2, 3, 4, 5]) await remove(phase(number).filter(({ key }) => !inUse.has(key)));
  return { ...done, held: plan.items.filter(({ key }) => phaseOf(key) > 0 && inUse.has(key)) };
}

async function checkAbandoned(store: ArtifactStore, plan: SweepPlan, call: Call): Promise<void> {
  await inParallel(Object.entries(plan.abandoned), async ([run, etag]) => {
    const lease = await store.stat(layout.lease(run), { signal: call.signal });
    if ((lease?.etag ?? null) === etag) return;
    throw new ZenliteError(
      "ZENLITE_SWEEP_OUTDATED",
      `The run ${run} was resumed since the sweep was planned; nothing was removed.`,
      {
        hint: "zenlite clean",
      },
    );
  });
}

/** What runs need that began since the plan was made, or go on: their outputs, their code, and what they may have just found. */
async function keysInUse(
  store: ArtifactStore,
  plan: SweepPlan,
  call: Call,
  options: LeaseOptions,
): Promise<Set<string>> {
  const known = new Set(plan.known);
  const fresh = (await listRuns(store, call)).filter((run) => !known.has(run));
  const inUse = new Set<string>();
  await inParallel([...fresh, ...plan.open], async (run) => {
    const records = await readRun(store, run, call);
    if (records === undefined) return;
    for (const { outputs } of records.outcomes) for (const { key } of Object.values(outputs)) inUse.add(key);
    const plans = records.created === undefined ? [] : [records.created.request.plan];
    for (const key of await contentOf(store, plans, call)) inUse.add(key);
    if (records.finished !== undefined) return;
    // A step of it may have found an entry that is gone now and not yet have written so.
    const idle = known.has(run) && (await observeLease(store, run, call, options)) === "stale";
    if (!idle) for (const key of plan.named) inUse.add(key);
  });
  return inUse;
}
