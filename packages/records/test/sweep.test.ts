import { type ArtifactStore, type Plan, type StepOutcome } from "@zenlite/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type CacheEntry,
  foldRun,
  layout,
  listRuns,
  planSweep,
  readJson,
  readRun,
  type RunView,
  sweep,
  takeLease,
} from "../src/index.ts";
import {
  call,
  conclude,
  create,
  enterCache,
  finish,
  keysOf,
  makePlan,
  openStore,
  planStep,
  publish,
  runIdAt,
  start,
  storeArtifact,
  temporaryStore,
} from "./support.ts";

const now = new Date("2026-11-21T12:00:00.000Z");
const day = 24 * 60 * 60 * 1000;

/** What a run of the random histories did at one of its steps. */
interface StepHistory {
  /** From this older run, if it still has the output in the cache. */
  readonly cached: boolean;
  readonly status: "completed" | "failed" | "open";
  readonly losers: number;
}

interface RunHistory {
  readonly daysAgo: number;
  readonly pipeline: "digits" | "letters";
  readonly code: string;
  readonly finished: boolean;
  readonly steps: readonly StepHistory[];
}

const stepHistory: fc.Arbitrary<StepHistory> = fc.record({
  cached: fc.boolean(),
  status: fc.constantFrom("completed", "completed", "completed", "failed", "open"),
  losers: fc.nat({ max: 2 }),
});
const runHistory: fc.Arbitrary<RunHistory> = fc.record({
  // In hundredths, so that hardly two runs have the same id.
  daysAgo: fc.integer({ min: 0, max: 6000 }).map((hundredths) => hundredths / 100),
  pipeline: fc.constantFrom("digits", "letters"),
  code: fc.constantFrom("a", "b", "c"),
  finished: fc.boolean(),
  steps: fc.array(stepHistory, { minLength: 1, maxLength: 3 }),
});
const histories = fc.uniqueArray(runHistory, { maxLength: 8, selector: ({ daysAgo }) => daysAgo });

/** Writes the runs in the order of their time, each finding in the cache what an older one stored. */
async function play(store: ArtifactStore, runs: readonly RunHistory[]): Promise<void> {
  const cache = new Map<string, { readonly run: string; readonly outcome: Pick<StepOutcome, "outputs"> }>();
  for (const { daysAgo, pipeline, code, finished, steps } of [...runs].sort(
    (left, right) => right.daysAgo - left.daysAgo,
  )) {
    const run = runIdAt(now, daysAgo, "aaaaaa");
    const planSteps = steps.map((_, index) => planStep(`${pipeline}${index}`));
    await create(store, run, makePlan(pipeline, planSteps, code));
    for (const [index, step] of planSteps.entries()) {
      const { cached, status, losers } = steps[index] ?? { cached: false, status: "open", losers: 0 };
      const found = cache.get(step.id);
      if (cached && found !== undefined) {
        await conclude(store, run, { step: step.id, status: "cached", from: found.run, ...found.outcome });
        continue;
      }
      for (let loser = 0; loser < losers; loser += 1) {
        await start(store, run, step.id, `loser${loser}`);
        await storeArtifact(store, run, step.id, `loser${loser}`, "half");
      }
      if (status === "open") continue;
      await start(store, run, step.id, "winner");
      const outputs =
        status === "completed" ? { out: await storeArtifact(store, run, step.id, "winner", `${run} ${step.id}`) } : {};
      await conclude(store, run, { step: step.id, status, attempt: "winner", outputs });
      if (status !== "completed") continue;
      await enterCache(store, run, step, outputs);
      cache.set(step.id, { run, outcome: { outputs } });
    }
    if (finished)
      await finish(store, run, steps.every(({ status }) => status === "completed") ? "completed" : "failed");
  }
}

async function view(store: ArtifactStore, run: string): Promise<RunView> {
  const records = await readRun(store, run, call);
  if (records?.created === undefined) throw new Error(`no run ${run}`);
  return foldRun(records, await readJson<Plan>(store, layout.plan(records.created.request.plan), call), "stale");
}

/** Everything that something in the store refers to and that is not there. */
async function dangling(store: ArtifactStore): Promise<string[]> {
  const keys = new Set(await keysOf(store));
  const missing: string[] = [];
  const need = (from: string, key: string): void => void (keys.has(key) || missing.push(`${from} → ${key}`));
  for (const key of keys) {
    if (key.startsWith("cache/"))
      for (const output of Object.values((await readJson<CacheEntry>(store, key, call))?.outputs ?? {}))
        need(key, output.key);
    if (!key.startsWith("plans/")) continue;
    const plan = await readJson<Plan>(store, key, call);
    if (plan === undefined) continue;
    for (const content of [layout.code(plan.code.digest), layout.runner(plan.runner)]) need(key, content);
    if (plan.code.carried !== undefined) need(key, layout.carried(plan.code.carried));
  }
  for (const run of await listRuns(store, call)) {
    const records = await readRun(store, run, call);
    if (records?.created !== undefined) need(run, layout.plan(records.created.request.plan));
    for (const { outputs, step } of records?.outcomes ?? [])
      for (const output of Object.values(outputs)) need(`${run} ${step}`, output.key);
  }
  return missing;
}

const policies = fc
  .oneof(fc.record({ keepDays: fc.constantFrom(0, 10, 30) }), fc.record({ keepRuns: fc.constantFrom(0, 1, 3) }))
  .map((policy) => ({ ...policy, now }));

test("after a sweep every run that stays is what it was with all it needs, and the next finds only what was held back", async () => {
  await fc.assert(
    fc.asyncProperty(histories, policies, async (runs, policy) => {
      await using place = await temporaryStore();
      const { store } = place;
      await play(store, runs);
      expect(await dangling(store)).toEqual([]);
      const before = new Map<string, RunView>();
      for (const run of await listRuns(store, call)) before.set(run, await view(store, run));

      const plan = await planSweep(store, call, policy);
      const swept = await sweep(store, plan, call);
      const held = swept.held.map(({ key }) => key);
      expect(swept.deleted).toBe(plan.items.length - held.length);
      expect(swept.bytes).toBe(plan.bytes - swept.held.reduce((sum, { bytes }) => sum + bytes, 0));
      // Held back is only what an unfinished run may have found in the cache just before its entry went.
      if (runs.every(({ finished }) => finished)) expect(held).toEqual([]);
      for (const key of held) expect(plan.named).toContain(key);

      const stayed = await listRuns(store, call);
      const ages = new Map(runs.map(({ daysAgo }) => [runIdAt(now, daysAgo, "aaaaaa"), daysAgo]));
      for (const [run, age] of ages)
        if (age < 1 || ("keepDays" in policy && age < policy.keepDays)) expect(stayed).toContain(run);
      for (const run of stayed) expect(await view(store, run)).toEqual(before.get(run));
      expect(await dangling(store)).toEqual([]);
      const second = await planSweep(store, call, policy);
      expect(second.items.map(({ key }) => key)).toEqual(held);
      await sweep(store, second, call);
      expect((await planSweep(store, call, policy)).items).toEqual([]);
      expect(await dangling(store)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("a sweep that is killed at any moment leaves no dangling reference, and the next ones end its work", async () => {
  await fc.assert(
    fc.asyncProperty(histories, policies, fc.nat(), async (runs, policy, moment) => {
      await using place = await temporaryStore();
      const { store } = place;
      await play(store, runs);
      const plan = await planSweep(store, call, policy);
      const survivors = new Set(await keysOf(store));
      for (const { key } of plan.items) survivors.delete(key);
      let left = plan.items.length === 0 ? 0 : moment % plan.items.length;
      const killed: ArtifactStore = {
        ...store,
        async delete(keys, options) {
          const part = keys.slice(0, left);
          left -= part.length;
          await store.delete(part, options);
          if (part.length < keys.length) throw new Error("killed");
        },
      };
      const end = await sweep(killed, plan, call).catch((error: unknown) => error);
      // It comes to its end only where it held so much back that the moment was never reached.
      if (end instanceof Error) expect(end.message).toBe("killed");
      else if (plan.items.length > 0) expect(end).toMatchObject({ held: expect.arrayContaining([expect.anything()]) });

      expect(await dangling(store)).toEqual([]);
      for (const run of await listRuns(store, call)) expect((await view(store, run)).id).toBe(run);
      // Twice, as the first may hold back what an unfinished run could have found.
      for (let round = 0; round < 2; round += 1) await sweep(store, await planSweep(store, call, policy), call);
      expect(new Set(await keysOf(store))).toEqual(survivors);
    }),
    { numRuns: 60 },
  );
});

test("artifacts of an old run stay for the runs that found them in the cache, and so does their entry", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const step = planStep("trainer");
  const plan = makePlan("digits", [step]);
  const [old, young] = [runIdAt(now, 90, "oldold"), runIdAt(now, 2, "youngy")];
  await create(store, old, plan);
  const outputs = { out: await storeArtifact(store, old, "trainer", "one", "the model") };
  await conclude(store, old, { step: "trainer", status: "completed", attempt: "one", outputs });
  const key = await enterCache(store, old, step, outputs);
  await finish(store, old, "completed");
  await create(store, young, plan);
  await conclude(store, young, { step: "trainer", status: "cached", from: old, outputs });
  await finish(store, young, "completed");

  await sweep(store, await planSweep(store, call, { now }), call);
  expect(await listRuns(store, call)).toEqual([young]);
  expect(await keysOf(store, layout.run(old))).toEqual([layout.artifact(old, "trainer", "one", "out")]);
  expect(await keysOf(store, "cache/")).toEqual([layout.cacheEntry(key, old, "trainer")]);
});

test("a run that somebody drives stays however old it is; an abandoned one of that age goes", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const plan = makePlan("digits", [planStep("trainer")]);
  const [driven, abandoned] = [runIdAt(now, 90, "driven"), runIdAt(now, 91, "abando")];
  for (const run of [driven, abandoned]) await create(store, run, plan);
  const lease = await takeLease(store, driven, "driver", call);
  if ("held" in lease) throw new Error("nobody else is there");
  await using _driving = lease;
  await sweep(store, await planSweep(store, call, { now }), call);
  expect(await listRuns(store, call)).toEqual([driven]);
});

test("a run that was resumed since the sweep was planned stops it before anything is deleted", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const run = runIdAt(now, 90, "resume");
  await create(store, run, makePlan("digits", [planStep("trainer")]));
  const plan = await planSweep(store, call, { now });
  const before = await keysOf(store);
  const lease = await takeLease(store, run, "driver", call);
  if ("held" in lease) throw new Error("nobody else is there");
  await using _driving = lease;
  await expect(sweep(store, plan, call)).rejects.toMatchObject({
    code: "ZENLITE_SWEEP_OUTDATED",
    message: expect.stringContaining(run),
  });
  expect((await keysOf(store)).filter((key) => key !== layout.lease(run))).toEqual(before);
});

test("a run that begins between planning and sweeping keeps what it uses and what it may just have found", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const step = planStep("trainer");
  const plan = makePlan("digits", [step]);
  const [old, fresh] = [runIdAt(now, 90, "oldold"), runIdAt(now, 0, "freshy")];
  await create(store, old, plan);
  const outputs = { out: await storeArtifact(store, old, "trainer", "one", "the model") };
  await conclude(store, old, { step: "trainer", status: "completed", attempt: "one", outputs });
  await enterCache(store, old, step, outputs);
  await finish(store, old, "completed");

  const planned = await planSweep(store, call, { now });
  expect(planned.items.map(({ key }) => key)).toContain(layout.code(plan.code.digest));
  // The same plan: nothing is written anew. It has found the entry and not yet written so.
  await create(store, fresh, plan);
  const swept = await sweep(store, planned, call);
  expect(swept.held.map(({ key }) => key)).toContain(outputs.out.key);
  await conclude(store, fresh, { step: "trainer", status: "cached", from: old, outputs });
  expect(await dangling(store)).toEqual([]);
  expect(await listRuns(store, call)).toEqual([fresh]);
});

test("plans of a schedule stay with their code; what is not of the layout is never touched", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const scheduled = await publish(store, makePlan("nightly", [planStep("a")], "scheduled"));
  await publish(store, makePlan("once", [planStep("a")], "forgotten"));
  for (const key of ["notes/mine.txt", "runs.txt", "code/readme.md", "project.json"])
    await store.write(key, Buffer.from("mine"), { ...call, if: "absent" });
  await sweep(store, await planSweep(store, call, { now, plans: [scheduled] }), call);
  const keys = await keysOf(store);
  expect(keys).toEqual(
    expect.arrayContaining(["notes/mine.txt", "runs.txt", "code/readme.md", "project.json", layout.plan(scheduled)]),
  );
  expect(keys.filter((key) => key.startsWith("plans/"))).toHaveLength(1);
  expect(await dangling(store)).toEqual([]);
});

test("the plan is printable data that says why, in the order of deletion, with the bytes", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const run = runIdAt(now, 40, "oldold");
  await create(store, run, makePlan("digits", [planStep("trainer")]));
  await conclude(store, run, {
    step: "trainer",
    status: "completed",
    outputs: { out: await storeArtifact(store, run, "trainer", "a", "12345") },
  });
  await finish(store, run, "completed");
  const plan = await planSweep(store, call, { now });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(plan.bytes).toBe(plan.items.reduce((sum, { bytes }) => sum + bytes, 0));
  const keys = plan.items.map(({ key }) => key);
  expect(keys[0]).toBe(layout.created(run));
  expect(keys.indexOf(layout.outcome(run, "trainer"))).toBeLessThan(
    keys.indexOf(layout.artifact(run, "trainer", "a", "out")),
  );
  expect(keys.at(-1)).toMatch(/^(code|carried|runner)\//);
  expect(plan.items.find(({ key }) => key === layout.created(run))?.why).toBe(`the run ${run} is older than 30 days`);
  // Another process finds the same.
  expect(await planSweep(await openStore(place.folder), call, { now: new Date(now.getTime() + day / 2) })).toEqual(
    plan,
  );
});
