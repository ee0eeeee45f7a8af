import { describe, expect, test } from "vitest";
import type { AttemptEnded, AttemptStarted, StepHandle } from "@zenlite/core";
import { layout, recordHead, writeOnce } from "@zenlite/records";
import { call, setStage, type Stage } from "./stage.ts";

const chain = [{ id: "a" }, { id: "b", from: ["a"] }, { id: "c", from: ["b"] }];

async function cancelFromElsewhere(stage: Stage): Promise<void> {
  await writeOnce(
    stage.store,
    layout.cancelled(stage.run),
    { ...recordHead(stage.run, "somebody else"), kind: "run.cancel" },
    call,
  );
}

describe("cancellation", () => {
  test("what runs is stopped, what waits never starts", async () => {
    const stage = await setStage(chain, { lookAhead: 1 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    stage.cancel.abort();
    expect(await a.stopped).toBeUndefined();
    expect(await driven).toEqual({ status: "cancelled" });
    for (const step of ["a", "b", "c"]) expect(await stage.outcome(step)).toMatchObject({ status: "cancelled" });
    expect(stage.launcher.launches).toEqual(["a"]);
    expect(stage.launcher.waiting()).toEqual([]);
    expect(stage.story()).toEqual(["started a", "cancelled a", "cancelled b", "cancelled c"]);
  });

  test("a record that somebody else wrote is seen within half a second", async () => {
    const stage = await setStage(chain);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await stage.clock.timerOf(500);
    await cancelFromElsewhere(stage);
    stage.clock.advance(500);
    await a.stopped;
    expect(await driven).toEqual({ status: "cancelled" });
  });

  test("it is looked for again and again, and not any more when the run is over", async () => {
    const stage = await setStage([{ id: "a" }]);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    for (let look = 0; look < 3; look++) {
      await stage.clock.timerOf(500);
      stage.clock.advance(500);
    }
    await stage.clock.timerOf(500);
    await a.complete();
    expect(await driven).toEqual({ status: "completed" });
    await cancelFromElsewhere(stage);
    stage.clock.advance(10_000);
    expect(stage.story()).toEqual(["started a", "completed a"]);
  });

  test("a step stopped from outside after a cancel record is cancelled, not failed", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 3 } }]);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await cancelFromElsewhere(stage);
    a.exit({ code: 143, reason: "stopped" });
    expect(await driven).toEqual({ status: "cancelled" });
    expect(await stage.outcome("a")).toMatchObject({ status: "cancelled" });
  });

  test("a step stopped from outside for no known reason has failed", async () => {
    const stage = await setStage([{ id: "a" }]);
    const driven = stage.drive();
    (await stage.launcher.launched("a")).exit({ code: 143, reason: "stopped" });
    expect(await driven).toMatchObject({ status: "failed", error: { code: "ZENLITE_STEP_STOPPED" } });
  });

  test("a step that completes while it is being stopped is completed", async () => {
    const stage = await setStage([{ id: "a" }]);
    stage.launcher.script.onStop = (compute) => compute.complete();
    const driven = stage.drive();
    await stage.launcher.launched("a");
    stage.cancel.abort();
    expect(await driven).toEqual({ status: "completed" });
  });

  test("in a hurry what is being stopped is stopped without grace", async () => {
    const stage = await setStage([{ id: "a" }]);
    const graces: unknown[] = [];
    stage.launcher.stop = async (handle, { graceSeconds }) => {
      graces.push(graceSeconds);
      const compute = await launched;
      if (graceSeconds === 0) compute.exit({ code: 137, reason: "stopped" });
      expect(handle.attempt).toBe(compute.launch.attempt);
    };
    const driven = stage.drive();
    const launched = stage.launcher.launched("a");
    await launched;
    stage.cancel.abort();
    await expect.poll(() => graces).toEqual([undefined]);
    stage.hurry.abort();
    expect(await driven).toEqual({ status: "cancelled" });
    expect(graces).toEqual([undefined, 0]);
  });

  test("in a hurry a launch that hangs is not waited for", async () => {
    const stage = await setStage([{ id: "a" }]);
    const hanging = Promise.withResolvers<void>();
    stage.launcher.script.beforeLaunch = (_launch, { signal }) =>
      Promise.race([
        hanging.promise,
        new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ]);
    const driven = stage.drive();
    await stage.told("step.started");
    stage.hurry.abort();
    expect(await driven).toEqual({ status: "cancelled" });
    expect(await stage.outcome("a")).not.toHaveProperty("error");
    hanging.resolve();
  });

  test("cancelled before it began, it starts nothing", async () => {
    const stage = await setStage(chain, { lookAhead: 2 });
    stage.cancel.abort();
    expect(await stage.drive()).toEqual({ status: "cancelled" });
    expect(stage.launcher.launches).toEqual([]);
    expect((await stage.records())?.outcomes).toHaveLength(3);
  });
});

describe("a lease that is lost", () => {
  test("nothing more is stopped, written or waited for", async () => {
    const stage = await setStage(chain, { lookAhead: 1 });
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b"]);
    const before = await listing(stage);
    stage.lost.abort();
    expect(await driven).toEqual({ status: "lost" });
    a.exit({ code: 1, reason: "exited" });
    stage.clock.advance(10_000);
    // Two listings: whatever could still have been under way has had its chance.
    await listing(stage);
    expect(stage.launcher.waiting()).toEqual(["b"]);
    expect(await listing(stage)).toEqual(before);
    expect(stage.story()).toEqual(["started a"]);
  });

  test("lost before it began, it does nothing at all", async () => {
    const stage = await setStage(chain);
    stage.lost.abort();
    expect(await stage.drive()).toEqual({ status: "lost" });
    expect(await listing(stage)).toEqual([]);
  });
});

describe("going on with a run", () => {
  async function writeStart(stage: Stage, step: string, attempt: string, epoch = 1): Promise<void> {
    const record: AttemptStarted = {
      ...recordHead(stage.run, "earlier"),
      kind: "attempt.started",
      step,
      attempt,
      epoch,
    };
    await writeOnce(stage.store, layout.started(stage.run, step, attempt), record, call);
  }

  test("completed steps are not repeated, and what still runs is waited for", async () => {
    const stage = await setStage(chain);
    const earlier = stage.drive();
    await (await stage.launcher.launched("a")).complete();
    const b = await stage.launcher.launched("b");
    stage.lost.abort();
    expect(await earlier).toEqual({ status: "lost" });

    const later = stage.drive({ lost: new AbortController().signal, adopt: [b.handle] });
    b.print("still here");
    await stage.told("log");
    await b.complete();
    await (await stage.launcher.launched("c")).complete();
    expect(await later).toEqual({ status: "completed" });
    expect(stage.launcher.launches).toEqual(["a", "b", "c"]);
    const records = await stage.records();
    expect(records?.attempts.map((attempt) => [attempt.step, attempt.epoch]).sort()).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 2],
    ]);
    expect(stage.story()).toEqual([
      "started a",
      "completed a",
      "started b",
      "completed a",
      "started b",
      "log b still here",
      "completed b",
      "started c",
      "completed c",
    ]);
  });

  test("compute that is gone is tried again, and costs no retry", async () => {
    const stage = await setStage([{ id: "a" }]);
    await writeStart(stage, "a", "first");
    const handle: StepHandle = { run: stage.run, step: "a", attempt: "first", ref: "gone" };
    const driven = stage.drive({ adopt: [handle] });
    const second = await stage.launcher.launched("a");
    expect(JSON.parse(second.launch.word)).toMatchObject({ number: 2 });
    await second.complete();
    expect(await driven).toEqual({ status: "completed" });
    expect((await stage.records())?.ends).toMatchObject([{ attempt: "first", exit: { reason: "lost" } }]);
  });

  test("an attempt that failed while nobody drove has used up its try", async () => {
    const stage = await setStage([{ id: "a" }]);
    await writeStart(stage, "a", "first");
    const end: AttemptEnded = {
      ...recordHead(stage.run, "its process"),
      kind: "attempt.ended",
      step: "a",
      attempt: "first",
      exit: { code: 1, reason: "exited" },
      error: { code: "ZENLITE_STEP_FAILED", message: "no luck" },
    };
    await writeOnce(stage.store, layout.ended(stage.run, "a", "first"), end, call);
    const driven = stage.drive({ adopt: [{ run: stage.run, step: "a", attempt: "first", ref: "gone" }] });
    expect(await driven).toEqual({ status: "failed", error: end.error });
  });

  test("an attempt of which nothing is left gets its end, and the step another one", async () => {
    const stage = await setStage([{ id: "a" }]);
    await writeStart(stage, "a", "first");
    const driven = stage.drive();
    await (await stage.launcher.launched("a")).complete();
    expect(await driven).toEqual({ status: "completed" });
    expect((await stage.records())?.ends).toMatchObject([{ attempt: "first", exit: { reason: "lost" } }]);
  });

  test("what only waited, and what an older attempt left, is stopped", async () => {
    const stage = await setStage(chain, { lookAhead: 1 });
    const earlier = stage.drive();
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b"]);
    stage.lost.abort();
    await earlier;
    // A second driver began another attempt of the same step before it died, too.
    await writeStart(stage, "a", "second", 2);
    const left: StepHandle[] = [];
    for await (const handle of stage.launcher.find({ project: "project", run: stage.run }, call)) left.push(handle);
    const second: StepHandle = { run: stage.run, step: "a", attempt: "second", ref: "gone" };
    const later = stage.drive({ lost: new AbortController().signal, adopt: [...left, second], lookAhead: 0 });
    await a.stopped;
    const third = await stage.launcher.launched("a");
    await third.complete();
    await (await stage.launcher.launched("b")).complete();
    await (await stage.launcher.launched("c")).complete();
    expect(await later).toEqual({ status: "completed" });
    expect(stage.launcher.waiting()).toEqual([]);
    expect(stage.launcher.running()).toEqual([]);
  });

  test("a run that was cancelled while nobody drove is cancelled, its compute too", async () => {
    const stage = await setStage(chain);
    const earlier = stage.drive();
    const a = await stage.launcher.launched("a");
    stage.lost.abort();
    await earlier;
    await cancelFromElsewhere(stage);
    const later = stage.drive({ lost: new AbortController().signal, adopt: [a.handle] });
    await a.stopped;
    expect(await later).toEqual({ status: "cancelled" });
    expect((await stage.records())?.outcomes.map((outcome) => outcome.status)).toEqual([
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
  });
});

async function listing(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of stage.store.list("", call)) found.push(key);
  return found;
}
