// Why a step ran or came from the cache: its key's named parts held against those of the run before.
import type { Manifest, Plan, PlanStep, StepStatus } from "@zenlite/core";
import {
  cacheKey,
  explainMiss,
  findCached,
  keyParts,
  layout,
  listRuns,
  parentsOf,
  readJson,
  readRun,
  type CacheEntry,
  type KeyParts,
} from "@zenlite/records";
import { readPlan, viewRun } from "./resume.ts";
import type { Session } from "./session.ts";

export interface Explanation {
  readonly step: string;
  readonly status: StepStatus;
  readonly why: readonly string[];
}

/** How many earlier runs are looked through for the same step. */
const lookBack = 20;

/** Each step of a finished or running run, in the plan's order. */
export async function explainRun(session: Session, run: string): Promise<readonly Explanation[]> {
  const view = await viewRun(session, run);
  const plan = await readPlan(session, view.request);
  const earlier = await earlierKeys(session, view.pipeline, run);
  return Promise.all(
    view.steps.map(async (step): Promise<Explanation> => {
      const head = { step: step.id, status: step.status };
      const planned = plan?.steps.find(({ id }) => id === step.id);
      if (step.status === "cached") return { ...head, why: [`same key as in run ${step.outcome?.from ?? "unknown"}`] };
      if (step.status !== "completed")
        return { ...head, why: [step.outcome?.error?.message ?? `it is ${step.status}`] };
      if (planned?.cache === false) return { ...head, why: ["its cache is off"] };
      const { force } = view.request;
      if (force === true) return { ...head, why: ["--no-cache"] };
      if (force.includes(step.id)) return { ...head, why: [`--force ${step.id}`] };
      const key = step.outcome?.key;
      const parts = key === undefined ? undefined : await entryParts(session, key, run, step.id);
      const before = await earlier(step.id);
      if (parts === undefined || before === undefined)
        return { ...head, why: ["no earlier run of this step is in the cache"] };
      const changes = explainMiss(parts, before.parts);
      return { ...head, why: changes.length > 0 ? changes : [`the artifacts of run ${before.run} were gone`] };
    }),
  );
}

/** What a run of this plan would do now, without running anything. */
export async function predictRun(
  session: Session,
  plan: Plan,
  options: { readonly cache: boolean; readonly force: readonly string[] },
): Promise<readonly (Explanation & { readonly certain: boolean })[]> {
  const call = { signal: session.signal };
  const earlier = await earlierKeys(session, plan.pipeline, undefined);
  const known = new Map<string, { readonly [output: string]: Manifest }>();
  const predictions: (Explanation & { certain: boolean })[] = [];
  const willRun = (step: PlanStep, why: readonly string[], certain = true): void => {
    predictions.push({ step: step.id, status: "waiting", why, certain });
  };
  for (const step of plan.steps) {
    if (!options.cache) willRun(step, ["--no-cache"]);
    else if (options.force.includes(step.id)) willRun(step, [`--force ${step.id}`]);
    else if (!step.cache) willRun(step, ["its cache is off"]);
    else {
      const open = parentsOf(step).filter((parent) => !known.has(parent));
      if (open.length > 0) {
        willRun(
          step,
          [`runs unless ${open.join(" and ")} give${open.length === 1 ? "s" : ""} the same outputs as before`],
          false,
        );
        continue;
      }
      const parts = keyParts(step, (parent, output) => manifestOf(known, parent, output));
      const entry = await findCached(session.store, cacheKey(parts), call);
      if (entry !== undefined) {
        known.set(step.id, entry.outputs);
        predictions.push({ step: step.id, status: "cached", why: [`same key as in run ${entry.run}`], certain: true });
        continue;
      }
      const before = await earlier(step.id);
      willRun(
        step,
        before === undefined ? ["no earlier run of this step is in the cache"] : explainMiss(parts, before.parts),
      );
    }
  }
  return predictions;
}

function manifestOf(
  known: ReadonlyMap<string, { readonly [output: string]: Manifest }>,
  step: string,
  output: string,
): Manifest {
  const manifest = known.get(step)?.[output];
  // Only asked for parents that are known; an output that the cached run did not have would be another plan.
  if (manifest === undefined) throw new Error(`no manifest of ${step}.${output}`);
  return manifest;
}

async function entryParts(
  session: Session,
  key: NonNullable<CacheEntry["key"]>,
  run: string,
  step: string,
): Promise<KeyParts | undefined> {
  return (await readJson<CacheEntry>(session.store, layout.cacheEntry(key, run, step), { signal: session.signal }))
    ?.parts;
}

/** Looks up the newest earlier key of a step; runs are read once, when they are first needed. */
async function earlierKeys(
  session: Session,
  pipeline: string,
  before: string | undefined,
): Promise<(step: string) => Promise<{ readonly run: string; readonly parts: KeyParts } | undefined>> {
  const call = { signal: session.signal };
  const ids = (await listRuns(session.store, call))
    .filter((id) => before === undefined || id < before)
    .slice(0, lookBack);
  const read = new Map<string, ReturnType<typeof readRun>>();
  return async (step) => {
    for (const id of ids) {
      if (!read.has(id)) read.set(id, readRun(session.store, id, call));
      const records = await read.get(id);
      if (records?.created?.request.pipeline !== pipeline) continue;
      const outcome = records.outcomes.find((each) => each.step === step);
      if (outcome?.key === undefined) continue;
      const parts = await entryParts(session, outcome.key, outcome.from ?? id, step);
      if (parts !== undefined) return { run: id, parts };
    }
    return undefined;
  };
}
