import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StepOutcome } from "@zenlite/core";
import { expect, test } from "vitest";
import {
  foldRun,
  layout,
  listRuns,
  newestRuns,
  readJson,
  readRun,
  readRunSummaries,
  recordHead,
  type RunView,
  settle,
  takeLease,
  writeOnce,
} from "../src/index.ts";
import {
  call,
  conclude,
  counted,
  create,
  finish,
  makePlan,
  planStep,
  runIdAt,
  start,
  storeArtifact,
  temporaryStore,
} from "./support.ts";

const now = new Date();
const plan = makePlan(
  "digits",
  ["importer", "trainer"].map((id) => planStep(id)),
);

/** Many runs as a local store holds them, without waiting for the disk a thousand times. */
function writeRuns(folder: string, runs: readonly string[], keysOfRun: (run: string) => readonly string[]): void {
  for (const run of runs)
    for (const key of keysOfRun(run)) {
      const path = join(folder, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "{}");
    }
}

test("runs are listed newest first; what a sweep left of a removed run is none", async () => {
  await using place = await temporaryStore();
  const { store, folder } = place;
  const runs = [3, 2, 1].map((days) => runIdAt(now, days, "aaaaaa"));
  writeRuns(folder, runs, (run) => [layout.created(run), layout.cancelled(run), layout.outcome(run, "a")]);
  const removed = runIdAt(now, 40, "aaaaaa");
  writeRuns(folder, [removed], (run) => [layout.artifact(run, "trainer", "a", "model")]);
  expect(await listRuns(store, call)).toEqual([...runs].reverse());
  expect(await readRun(store, removed, call)).toBeUndefined();
  expect(await newestRuns(store, 2, call)).toEqual([...runs].reverse().slice(0, 2));
  expect(await newestRuns(store, 10, call)).toEqual([...runs].reverse());
});

test("1,000 runs are listed without reading an object; a run of thousands of keys is stepped over", async () => {
  await using place = await temporaryStore();
  const { folder } = place;
  const runs = Array.from({ length: 1000 }, (_, index) => runIdAt(now, (1000 - index) * 0.05, "aaaaaa"));
  writeRuns(folder, runs, (run) => [layout.created(run), layout.finished(run), layout.outcome(run, "a")]);
  const large = runs[500] ?? "";
  const logs = Array.from({ length: 3000 }, (_, index) => layout.log(large, "a", "attempt", index));
  writeRuns(folder, [large], () => logs);
  const store = counted(place.store);
  let keys = 0;
  const watched = {
    ...store,
    async *list(prefix: string, options: Parameters<typeof store.list>[1]) {
      for await (const listed of store.list(prefix, options)) {
        keys += 1;
        yield listed;
      }
    },
  };
  expect(await listRuns(watched, call)).toEqual([...runs].reverse());
  expect(store.calls.get("read")).toBeUndefined();
  expect(store.calls.get("list")).toBeLessThan(5);
  expect(keys).toBeLessThan(3500);

  // The newest are found without going through the old ones.
  keys = 0;
  expect(await newestRuns(watched, 5, call)).toEqual([...runs].reverse().slice(0, 5));
  expect(keys).toBeLessThan(500);
});

test("summaries: two small objects a completed run and one plan for all, however many steps they have", async () => {
  await using place = await temporaryStore();
  const runs = Array.from({ length: 6 }, (_, index) => runIdAt(now, 6 - index, "aaaaaa"));
  for (const run of runs) {
    await create(place.store, run, plan);
    for (const { id } of plan.steps) await conclude(place.store, run, { step: id, status: "completed", outputs: {} });
    await finish(place.store, run, "completed");
  }
  const store = counted(place.store);
  const summaries = await readRunSummaries(store, { limit: 4 }, call);
  expect(summaries.map(({ id }) => id)).toEqual([...runs].reverse().slice(0, 4));
  for (const summary of summaries)
    expect(summary).toMatchObject({
      pipeline: "digits",
      stack: "default",
      status: "completed",
      steps: { done: 2, total: 2 },
    });
  expect(store.calls.get("read")).toBeLessThanOrEqual(4 * 2 + 1);
});

test("summaries say of every run what its fold says", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const names = ["fresh", "driven", "broken", "failed", "cancel", "liar"];
  const [fresh = "", driven = "", broken = "", failed = "", cancelled = "", liar = ""] = names.map((_, index) =>
    runIdAt(now, 10 - index, "aaaaaa"),
  );
  for (const run of [fresh, driven, broken, failed, cancelled, liar]) await create(store, run, plan);
  await start(store, broken, "importer", "a");
  await conclude(store, failed, { step: "importer", status: "completed", outputs: {} });
  await conclude(store, failed, { step: "trainer", status: "failed", outputs: {} });
  await finish(store, failed, "failed");
  await finish(store, cancelled, "cancelled");
  const lease = await takeLease(store, driven, "driver", call);
  if ("held" in lease) throw new Error("nobody else is there");
  await using _driving = lease;
  const found = new Map((await readRunSummaries(store, { limit: 20 }, call)).map((summary) => [summary.id, summary]));
  expect(found.get(fresh)).toMatchObject({ status: "created", steps: { done: 0, total: 2 } });
  expect(found.get(driven)).toMatchObject({ status: "running" });
  expect(found.get(broken)).toMatchObject({ status: "interrupted" });
  expect(found.get(failed)).toMatchObject({ status: "failed", steps: { done: 1, total: 2 } });
  expect(found.get(cancelled)).toMatchObject({ status: "cancelled", steps: { done: 0, total: 2 } });
  expect(found.get(failed)?.finishedAt).toBeDefined();
  expect(found.get(fresh)?.finishedAt).toBeUndefined();
});

test("a run is read with all its records and nothing else", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const run = runIdAt(now, 1, "aaaaaa");
  expect(await readRun(store, run, call)).toBeUndefined();
  await create(store, run, plan);
  await start(store, run, "importer", "a");
  // An output and a log that look like records are none.
  await store.write(layout.artifact(run, "importer", "a", "outcome.json"), Buffer.from("no json"), {
    ...call,
    if: "always",
  });
  await store.write(layout.log(run, "importer", "a", 0), Buffer.from("a line"), { ...call, if: "always" });
  const outputs = { out: await storeArtifact(store, run, "importer", "a", "x") };
  await conclude(store, run, { step: "importer", status: "completed", attempt: "a", outputs });
  const records = await readRun(store, run, call);
  expect(records?.created?.request.pipeline).toBe("digits");
  expect(records?.attempts.map(({ attempt }) => attempt)).toEqual(["a"]);
  expect(records?.outcomes).toMatchObject([{ step: "importer", outputs }]);
  expect(records?.ends).toEqual([]);
});

async function settled(
  statuses: readonly StepOutcome["status"][],
  cancel: boolean,
): Promise<{ view: RunView; by: unknown }> {
  await using place = await temporaryStore();
  const { store } = place;
  const run = runIdAt(now, 1, "aaaaaa");
  await create(store, run, plan);
  await start(store, run, "importer", "a");
  for (const [index, status] of statuses.entries())
    await conclude(store, run, { step: plan.steps[index]?.id ?? "", status, outputs: {} });
  if (cancel) await writeOnce(store, layout.cancelled(run), { ...recordHead(run, "w"), kind: "run.cancel" }, call);
  await Promise.all([settle(store, run, "one", call), settle(store, run, "two", call)]);
  const end = await readJson<{ by: string }>(store, layout.finished(run), call);
  const records = await readRun(store, run, call);
  if (records === undefined) throw new Error("the run is gone");
  return { view: foldRun(records, plan, "stale"), by: end?.by };
}

test.each<[readonly StepOutcome["status"][], boolean, string, string | undefined]>([
  [["completed", "cached"], false, "completed", "reader"],
  [["completed", "failed"], false, "failed", "reader"],
  [["completed", "cancelled"], true, "cancelled", "reader"],
  [["completed"], true, "cancelled", "reader"],
  [["completed"], false, "interrupted", undefined],
  [[], false, "interrupted", undefined],
])("a dead run with the outcomes %j, cancelled %s, is settled as %s", async (statuses, cancel, status, by) => {
  const found = await settled(statuses, cancel);
  expect(found.view.status).toBe(status);
  expect(found.by).toBe(by);
});
