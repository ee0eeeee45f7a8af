// What nothing needs any more: found, not yet removed.
import type { ArtifactStore, Call, Digest, Plan, RunCreated, StepOutcome } from "@zenlite/core";
import { type CacheEntry, readEntry } from "./cache.ts";
import { type LeaseOptions, observeLease } from "./lease.ts";
import { layout } from "./layout.ts";
import { readJson } from "./objects.ts";
import { inParallel } from "./parallel.ts";
import { leftovers, type Place, placeOf } from "./place.ts";
import { deletionOrder } from "./sweep-order.ts";

export interface SweepOptions extends LeaseOptions {
  readonly now?: Date;
  /** Runs younger than this stay whatever else is said, and so does what they need. Default: a day. */
  readonly graceSeconds?: number;
  /** Runs of so many days stay. Default: 30. Not looked at where `keepRuns` is given. */
  readonly keepDays?: number;
  /** Instead: so many of the newest runs of each pipeline stay. */
  readonly keepRuns?: number;
  /** Plans that something starts later, such as a schedule: they stay with their code. */
  readonly plans?: readonly Digest[];
}

export interface SweepItem {
  readonly key: string;
  readonly bytes: number;
  /** For people. */
  readonly why: string;
}

/** What a sweep would remove. Plain data: it can be printed first, and carried out later. */
export interface SweepPlan {
  /** In the order of their deletion. */
  readonly items: readonly SweepItem[];
  readonly bytes: number;
  /** All runs that were there, so that the sweep knows which are new since. */
  readonly known: readonly string[];
  /** Runs that stay and are not finished: they may have come to need something since. */
  readonly open: readonly string[];
  /** Unfinished runs that go, with their leases' etags: a lease that changed was taken by somebody who resumes the run. */
  readonly abandoned: { readonly [run: string]: string | null };
  /** Artifacts that the cache entries to be removed name: a run that is under way may have just found them. */
  readonly named: readonly string[];
}

interface Listed {
  readonly key: string;
  readonly bytes: number;
  readonly place: Place;
}

interface RunFacts {
  readonly run: string;
  readonly kinds: ReadonlySet<Place["kind"]>;
  readonly outcomes: readonly string[];
  readonly created?: RunCreated;
  /** In milliseconds; infinite where nothing says. */
  readonly age: number;
}

interface Verdict extends RunFacts {
  /** Why the run goes; undefined where it stays. */
  readonly why: string | undefined;
}

/** Finds what no run that stays needs: by one listing, the records of the runs that stay, and the cache entries. Deletes nothing. */
export async function planSweep(store: ArtifactStore, call: Call, options: SweepOptions = {}): Promise<SweepPlan> {
  const objects: Listed[] = [];
  for (const prefix of ["", leftovers])
    for await (const { key, bytes } of store.list(prefix, { signal: call.signal })) {
      const place = placeOf(key);
      // What is none of ours stays, whoever put it there.
      if (place !== undefined) objects.push({ key, bytes, place });
    }

  const runs = await judgeRuns(store, await readFacts(store, objects, options, call), options, call);
  const kept = runs.filter(({ why }) => why === undefined);
  const outcomes = await inParallel(
    kept.flatMap((run) => run.outcomes),
    (key) => readJson<StepOutcome>(store, key, call),
  );
  const needed = await contentOf(
    store,
    [...kept.flatMap(({ created }) => created?.request.plan ?? []), ...(options.plans ?? [])],
    call,
  );
  for (const outcome of outcomes) for (const { key } of Object.values(outcome?.outputs ?? {})) needed.add(key);
  const entries = await inParallel(
    objects.filter(({ place }) => place.kind === "cache"),
    async ({ key }) => [key, await readEntry(store, key, call)] as const,
  );
  const abandoned = runs.filter(
    ({ why, kinds }) => why !== undefined && kinds.has("created") && !kinds.has("finished"),
  );
  const leases = await inParallel(abandoned, async ({ run }) => {
    const lease = await store.stat(layout.lease(run), { signal: call.signal });
    return [run, lease?.etag ?? null] as const;
  });
  return {
    ...decide(objects, runs, needed, new Map(entries), options),
    known: runs.filter(({ kinds }) => kinds.has("created")).map(({ run }) => run),
    open: kept.filter(({ kinds }) => !kinds.has("finished")).map(({ run }) => run),
    abandoned: Object.fromEntries(leases),
  };
}

/** The keys of the plans, and of the code, carried packages and runners that they name. */
export async function contentOf(store: ArtifactStore, digests: readonly Digest[], call: Call): Promise<Set<string>> {
  const plans = await inParallel(
    [...new Set(digests)],
    async (digest) => [digest, await readJson<Plan>(store, layout.plan(digest), call)] as const,
  );
  return new Set(
    plans.flatMap(([digest, plan]) => [layout.plan(digest), ...(plan === undefined ? [] : keysOfPlan(plan))]),
  );
}

function keysOfPlan({ code, runner }: Plan): string[] {
  const carried = code.carried === undefined ? [] : [layout.carried(code.carried)];
  return [layout.code(code.digest), ...carried, layout.runner(runner)];
}

async function readFacts(
  store: ArtifactStore,
  objects: readonly Listed[],
  options: SweepOptions,
  call: Call,
): Promise<RunFacts[]> {
  const now = (options.now ?? new Date()).getTime();
  const byRun = new Map<string, Listed[]>();
  for (const object of objects) {
    if (!("run" in object.place)) continue;
    const { run } = object.place;
    const others = byRun.get(run);
    if (others === undefined) byRun.set(run, [object]);
    else others.push(object);
  }
  return inParallel([...byRun], async ([run, own]) => {
    const kinds = new Set(own.map(({ place }) => place.kind));
    const created = kinds.has("created") ? await readJson<RunCreated>(store, layout.created(run), call) : undefined;
    const began = timeOfRunId(run) ?? (created === undefined ? -Infinity : Date.parse(created.at));
    const outcomes = own.filter(({ place }) => place.kind === "outcome").map(({ key }) => key);
    return { run, kinds, outcomes, age: now - began, ...(created === undefined ? {} : { created }) };
  });
}

async function judgeRuns(
  store: ArtifactStore,
  runs: readonly RunFacts[],
  options: SweepOptions,
  call: Call,
): Promise<Verdict[]> {
  const seen = new Map<string, number>();
  // Newest first, so that each pipeline's runs are counted from the newest on.
  const counted = [...runs]
    .sort((left, right) => (left.run < right.run ? 1 : -1))
    .map((facts) => {
      const pipeline = facts.created?.request.pipeline ?? "";
      const newer = seen.get(pipeline) ?? 0;
      if (facts.created !== undefined) seen.set(pipeline, newer + 1);
      return { ...facts, why: whyNot(facts, newer, options) };
    });
  return inParallel(counted, async (verdict) => {
    const { kinds, run, why } = verdict;
    if (why === undefined || !kinds.has("created") || kinds.has("finished") || !kinds.has("lease")) return verdict;
    const liveness = await observeLease(store, run, call, options);
    return liveness === "live" ? { ...verdict, why: undefined } : verdict;
  });
}

function whyNot({ run, kinds, age }: RunFacts, newer: number, options: SweepOptions): string | undefined {
  const { graceSeconds = 24 * 60 * 60, keepDays = 30, keepRuns } = options;
  if (age < graceSeconds * 1000) return undefined;
  // The record is the first that is written, and the first that a sweep removes.
  if (!kinds.has("created")) return `rest of the run ${run}, which was removed`;
  // Only the platform can say whether it still runs; whoever asks it writes the end.
  if (kinds.has("submitted") && !kinds.has("finished")) return undefined;
  if (keepRuns !== undefined)
    return newer < keepRuns ? undefined : `the run ${run} is not among the newest ${keepRuns} of its pipeline`;
  return age < keepDays * 24 * 60 * 60 * 1000 ? undefined : `the run ${run} is older than ${keepDays} days`;
}

/** Pure: what goes, given all that there is and what is needed. */
function decide(
  objects: readonly Listed[],
  runs: readonly Verdict[],
  needed: ReadonlySet<string>,
  entries: ReadonlyMap<string, CacheEntry | undefined>,
  options: SweepOptions,
): Pick<SweepPlan, "items" | "bytes" | "named"> {
  const verdicts = new Map(runs.map((verdict) => [verdict.run, verdict]));
  const grace = (options.graceSeconds ?? 24 * 60 * 60) * 1000;
  const why = ({ key, place }: Listed): string | undefined => {
    if (place.kind === "project" || place.kind === "cache" || needed.has(key)) return undefined;
    if (place.kind === "leftover") return "left by a writer that did not finish";
    if (!("run" in place)) return "no run that stays needs it";
    const verdict = verdicts.get(place.run);
    if (verdict?.why !== undefined) return verdict.why;
    // Until the run is finished an attempt may still become the one that counts.
    const over = verdict !== undefined && verdict.kinds.has("finished") && verdict.age >= grace;
    return over && place.kind === "artifact" ? `no outcome of the run ${place.run} names it` : undefined;
  };
  const going = new Map<string, SweepItem>();
  for (const object of objects) {
    const reason = why(object);
    if (reason !== undefined) going.set(object.key, { key: object.key, bytes: object.bytes, why: reason });
  }

  const staying = new Set(objects.map(({ key }) => key).filter((key) => !going.has(key)));
  const named = new Set<string>();
  for (const { key, bytes, place } of objects) {
    if (place.kind !== "cache") continue;
    const entry = entries.get(key);
    const outputs = Object.values(entry?.outputs ?? {}).map((manifest) => manifest.key);
    // Without outputs nothing but its run tells how long it is of use.
    const useful =
      outputs.length > 0
        ? outputs.every((output) => staying.has(output))
        : entry !== undefined && staying.has(layout.created(entry.run));
    if (useful) continue;
    going.set(key, {
      key,
      bytes,
      why: entry === undefined ? "a damaged cache entry" : "a cache entry whose outputs go or are gone",
    });
    for (const output of outputs) named.add(output);
  }
  const items = deletionOrder([...going.values()]);
  return {
    items,
    bytes: items.reduce((sum, item) => sum + item.bytes, 0),
    named: [...named].filter((key) => going.has(key)),
  };
}

/** When the run was made, in milliseconds since 1970, as its id says; undefined for an id of another form. */
function timeOfRunId(run: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{3})-/.exec(run);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, milli] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`);
  return Number.isNaN(time) ? undefined : time;
}
