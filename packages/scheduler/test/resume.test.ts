import { describe, expect, test } from "vitest";
import type { AttemptEnded, AttemptStarted, StepHandle } from "@zenlite/core";
import { layout, recordHead, writeOnce } from "@zenlite/records";
import { call, cancelFromElsewhere, setStage, type Stage } from "./stage.ts";

const chain = [{ id: "a" }, { id: "b", from: ["a"] }, { id: "c", from: ["b"] }];

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

  test("compute that only waits is not taken for the attempt that was started", async () => {
    const stage = await setStage([{ id: "a" }]);
    await writeStart(stage, "a", "first");
    const stopped: string[] = [];
    stage.launcher.stop = async ({ attempt }) => void stopped.push(attempt);
    const driven = stage.drive({ adopt: [{ run: stage.run, step: "a", attempt: "waits", ref: "prepared" }] });
    await (await stage.launcher.launched("a")).complete();
    expect(await driven).toEqual({ status: "completed" });
    expect(stopped).toEqual(["waits"]);
  });

  test("an attempt that was lost or stopped has used up no try", async () => {
    const stage = await setStage([{ id: "a" }]);
    for (const [attempt, reason] of [
      ["first", "lost"],
      ["second", "stopped"],
    ] as const) {
      await writeStart(stage, "a", attempt);
      const end = { kind: "attempt.ended", step: "a", attempt, exit: { code: null, reason } };
      await writeOnce(
        stage.store,
        layout.ended(stage.run, "a", attempt),
        { ...recordHead(stage.run, "earlier"), ...end },
        call,
      );
    }
    const driven = stage.drive();
    const third = await stage.launcher.launched("a");
    expect(JSON.parse(third.launch.word)).toMatchObject({ number: 3 });
    await third.complete();
    expect(await driven).toEqual({ status: "completed" });
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
