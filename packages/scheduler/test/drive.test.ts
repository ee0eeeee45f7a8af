import { ZenliteError } from "@zenlite/core";
import { describe, expect, test } from "vitest";
import { layout } from "@zenlite/records";
import { call, setStage, type Stage, type StepSketch } from "./stage.ts";

const diamond: readonly StepSketch[] = [
  { id: "a" },
  { id: "b", from: ["a"] },
  { id: "c", from: ["a"] },
  { id: "d", from: ["b", "c"] },
];

/** Completes every step as it is launched. */
async function completeAll(stage: Stage, ...steps: string[]): Promise<void> {
  await Promise.all(steps.map(async (step) => (await stage.launcher.launched(step)).complete()));
}

describe("a run", () => {
  test("goes through its graph, each step in an attempt of its own", async () => {
    const stage = await setStage(diamond);
    stage.launcher.script.beforeLaunch = async ({ step, attempt }) => {
      // The record of the start is there before the step can do anything.
      expect(await stage.store.stat(layout.started(stage.run, step, attempt), call)).toBeDefined();
    };
    const driven = stage.drive();
    await (await stage.launcher.launched("a")).complete();
    const [b, c] = await Promise.all([stage.launcher.launched("b"), stage.launcher.launched("c")]);
    expect(stage.launcher.running()).toEqual(["b", "c"]);
    await c.complete();
    await b.complete();
    await (await stage.launcher.launched("d")).complete();
    expect(await driven).toEqual({ status: "completed" });

    expect(stage.story()).toEqual([
      "started a",
      "completed a",
      "started b",
      "started c",
      "completed c",
      "completed b",
      "started d",
      "completed d",
    ]);
    const records = await stage.records();
    expect(new Set(records?.attempts.map((attempt) => attempt.attempt)).size).toBe(4);
    expect(records?.attempts.every((attempt) => attempt.epoch === 1)).toBe(true);
    expect(records?.ends).toEqual([]);
    expect(stage.clock.pending()).toBe(0);
  });

  test("runs no more than maxParallel at once", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b" }, { id: "c" }], { maxParallel: 2 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await stage.launcher.launched("b").then((b) => b.complete());
    const c = await stage.launcher.launched("c");
    expect(stage.launcher.running()).toEqual(["a", "c"]);
    await a.complete();
    await c.complete();
    expect((await driven).status).toBe("completed");
  });

  test("hands out the word at launch only, with the number of the attempt", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }], { lookAhead: 1 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    expect(JSON.parse(a.launch.word)).toEqual({ attempt: a.launch.attempt, number: 1 });
    await a.complete();
    await completeAll(stage, "b");
    expect((await driven).status).toBe("completed");
  });
});

describe("the cache", () => {
  const steps = [
    { id: "a", cache: true },
    { id: "b", from: ["a"], cache: true },
  ];

  /** Runs the steps once and writes the cache entries as their processes would. */
  async function filledStage(): Promise<Stage> {
    const { cacheKey, keyParts, writeOnce } = await import("@zenlite/records");
    const stage = await setStage(steps);
    const driven = stage.drive();
    await completeAll(stage, "a", "b");
    expect((await driven).status).toBe("completed");
    const outcomes = new Map((await stage.records())?.outcomes.map((outcome) => [outcome.step, outcome]));
    for (const step of stage.plan.steps) {
      const parts = keyParts(step, (from, output) => outcomes.get(from)?.outputs[output] ?? never());
      const key = cacheKey(parts);
      const entry = {
        format: 1,
        run: stage.run,
        step: step.id,
        key,
        parts,
        outputs: outcomes.get(step.id)?.outputs,
        at: "",
      };
      await writeOnce(stage.store, layout.cacheEntry(key, stage.run, step.id), entry, call);
    }
    return stage;
  }

  test("a run that is all there launches nothing, and its outcomes say where they are from", async () => {
    const first = await filledStage();
    const second = await setStage(steps, { store: first.store, lookAhead: 4 });
    expect(await second.drive()).toEqual({ status: "completed" });
    expect(second.launcher.launches).toEqual([]);
    expect(second.story()).toEqual(["cached a", "cached b"]);
    expect(await second.outcome("b")).toMatchObject({
      status: "cached",
      from: first.run,
      key: expect.stringMatching(/^sha256:/),
      outputs: (await first.outcome("b"))?.["outputs"],
    });
    expect(await second.outcome("b")).not.toHaveProperty("attempt");
  });

  test("a step that is forced runs, and what was prepared for a step that is there is taken away", async () => {
    const first = await filledStage();
    const second = await setStage(steps, { store: first.store, lookAhead: 4, force: ["a"] });
    const driven = second.drive();
    const a = await second.launcher.launched("a");
    await expect.poll(() => second.launcher.waiting()).toEqual(["b"]);
    await a.complete();
    expect(await driven).toEqual({ status: "completed" });
    expect(second.story()).toEqual(["started a", "completed a", "cached b"]);
    expect(second.launcher.waiting()).toEqual([]);
  });

  test("a cache that cannot be read is a miss, and said", async () => {
    const first = await filledStage();
    const broken = {
      ...first.store,
      list: (prefix: string, options: Parameters<typeof first.store.list>[1]) => {
        if (prefix.startsWith("cache/")) throw new ZenliteError("ZENLITE_STORE_DOWN", "no answer");
        return first.store.list(prefix, options);
      },
    };
    const second = await setStage(steps, { store: broken });
    const driven = second.drive();
    await completeAll(second, "a", "b");
    expect(await driven).toEqual({ status: "completed" });
    expect(second.story()).toContain("notice ZENLITE_CACHE_UNREAD");
  });
});

describe("look-ahead", () => {
  test("a prepared step is launched with what was prepared, under the same name", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }, { id: "c", from: ["b"] }], { lookAhead: 2 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b", "c"]);
    await a.complete();
    const b = await stage.launcher.launched("b");
    expect(b.prepared).toEqual({ prepared: b.launch.attempt });
    await b.complete();
    await completeAll(stage, "c");
    expect(await driven).toEqual({ status: "completed" });
  });

  test("what waits is taken away when the run fails", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }, { id: "c", from: ["b"] }], { lookAhead: 2 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b", "c"]);
    a.exit({ code: 1, reason: "exited" });
    expect((await driven).status).toBe("failed");
    expect(stage.launcher.waiting()).toEqual([]);
    expect(stage.launcher.launches).toEqual(["a"]);
  });
});

test("it returns when all that waited has gone, not before", async () => {
  const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }], { lookAhead: 1 });
  const gone = Promise.withResolvers<void>();
  stage.launcher.stop = () => gone.promise;
  let returned = false;
  const driven = stage.drive().finally(() => {
    returned = true;
  });
  const a = await stage.launcher.launched("a");
  await expect.poll(() => stage.launcher.waiting()).toEqual(["b"]);
  a.exit({ code: 1, reason: "exited" });
  await stage.told("step.finished", "b");
  await stage.records();
  expect(returned).toBe(false);
  gone.resolve();
  expect((await driven).status).toBe("failed");
});

describe("logs", () => {
  test("lines are told while the step runs, and all of them before its end; the child does not wait for them", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }]);
    const release = Promise.withResolvers<void>();
    stage.launcher.script.tailEnds = release.promise;
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    a.print("one");
    await stage.told("log");
    await a.complete();
    // The last lines are still on their way when the child runs already.
    const b = await stage.launcher.launched("b");
    b.print("from the child");
    a.print("two");
    await b.complete();
    release.resolve();
    expect(await driven).toEqual({ status: "completed" });
    expect(stage.story()).toEqual([
      "started a",
      "log a one",
      "log a two",
      "completed a",
      "started b",
      "log b from the child",
      "completed b",
    ]);
  });

  test("lines of an attempt that failed come before the news of its retry", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 1 } }]);
    const release = Promise.withResolvers<void>();
    stage.launcher.script.tailEnds = release.promise;
    const driven = stage.drive();
    const first = await stage.launcher.launched("a");
    first.exit({ code: 1, reason: "exited" });
    first.print("why it failed");
    release.resolve();
    await stage.clock.timerOf(0);
    stage.clock.advance(0);
    await completeAll(stage, "a");
    expect((await driven).status).toBe("completed");
    expect(stage.story()).toEqual(["started a", "log a why it failed", "retrying a", "started a", "completed a"]);
  });

  test("a live log that never ends does not hold up the run for ever", async () => {
    const stage = await setStage([{ id: "a" }]);
    stage.launcher.script.tailEnds = new Promise(() => undefined);
    const driven = stage.drive();
    await completeAll(stage, "a");
    await stage.clock.timerOf(5000);
    stage.clock.advance(5000);
    expect(await driven).toEqual({ status: "completed" });
    expect(stage.story()).toEqual(["started a", "completed a"]);
  });
});

function never(): never {
  throw new Error("Not there.");
}
