import { describe, expect, test } from "vitest";
import { type ArtifactStore, type StepHandle, ZenliteError } from "@zenlite/core";
import { layout } from "@zenlite/records";
import { everything, setStage } from "./stage.ts";

describe("failures", () => {
  const failure = { code: "ZENLITE_STEP_FAILED", message: "no luck", at: "steps.ts:3:7" };

  test("fail_fast: what runs is stopped, what depends or waits is skipped, and the reason is handed back", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b" }, { id: "c", from: ["a"] }]);
    const driven = stage.drive();
    const [a, b] = await Promise.all([stage.launcher.launched("a"), stage.launcher.launched("b")]);
    await a.fail(failure);
    expect(await b.stopped).toBeUndefined();
    expect(await driven).toEqual({ status: "failed", error: failure });
    expect(await stage.outcome("a")).toMatchObject({ status: "failed", attempt: a.launch.attempt, error: failure });
    expect(await stage.outcome("b")).toMatchObject({ status: "cancelled", attempt: b.launch.attempt });
    expect(await stage.outcome("c")).toMatchObject({ status: "skipped" });
    const ends = new Map((await stage.records())?.ends.map((end) => [end.step, end]));
    expect(ends.get("a")).toMatchObject({ exit: { code: 1, reason: "exited" }, error: failure });
    expect(ends.get("b")).toMatchObject({ exit: { reason: "stopped" } });
  });

  test("a retry is another attempt with another name, after its delay", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 2, delaySeconds: 3 } }]);
    const driven = stage.drive();
    const attempts: string[] = [];
    for (let number = 1; number <= 2; number++) {
      const compute = await stage.launcher.launched("a");
      expect(JSON.parse(compute.launch.word)).toMatchObject({ number });
      attempts.push(compute.launch.attempt);
      await compute.fail(failure);
      await stage.clock.timerOf(3000);
      stage.clock.advance(3000);
    }
    const last = await stage.launcher.launched("a");
    attempts.push(last.launch.attempt);
    await last.complete();
    expect(await driven).toEqual({ status: "completed" });
    expect(new Set(attempts).size).toBe(3);
    expect(stage.story()).toEqual(["started a", "retrying a", "started a", "retrying a", "started a", "completed a"]);
    expect(stage.events.find((event) => event.event === "step.retrying")).toMatchObject({
      attempt: attempts[0],
      inSeconds: 3,
      error: failure,
    });
    expect(await stage.outcome("a")).toMatchObject({ attempt: attempts[2] });
  });

  test("an attempt that went without a word gets its end written, and a message that says what happened", async () => {
    const stage = await setStage([{ id: "a" }]);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    a.exit({ code: 137, reason: "out-of-memory", detail: "the limit was 512 MiB" });
    const error = {
      code: "ZENLITE_STEP_OUT_OF_MEMORY",
      message: 'Step "a" ran out of memory: the limit was 512 MiB.',
      hint: expect.stringContaining("resources.memory"),
    };
    expect(await driven).toEqual({ status: "failed", error });
    expect((await stage.records())?.ends).toMatchObject([{ exit: { code: 137, reason: "out-of-memory" }, error }]);
  });

  test("a process that leaves with code 0 before its step returned has failed", async () => {
    const stage = await setStage([{ id: "a" }]);
    const driven = stage.drive();
    (await stage.launcher.launched("a")).exit({ code: 0, reason: "exited" });
    expect((await driven).error?.code).toBe("ZENLITE_STEP_LEFT_EARLY");
  });

  test("an outcome in the store counts, whatever the exit says", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 1 } }]);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await a.store();
    a.exit({ code: 137, reason: "lost" });
    expect(await driven).toEqual({ status: "completed" });
    expect(stage.launcher.launches).toEqual(["a"]);
  });

  test("an outcome that comes at the very last, from an attempt believed lost, still counts", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }]);
    let late: (() => Promise<void>) | undefined;
    const store: ArtifactStore = {
      ...stage.store,
      write: async (key, body, options) => {
        if (key === layout.outcome(stage.run, "a")) await late?.();
        return stage.store.write(key, body, options);
      },
    };
    const driven = stage.drive({ store });
    const a = await stage.launcher.launched("a");
    late = a.store;
    a.exit({ code: 137, reason: "lost" });
    await (await stage.launcher.launched("b")).complete();
    expect(await driven).toEqual({ status: "completed" });
    expect(stage.story()).toContain("completed a");
  });

  test("at its timeout an attempt is stopped, has failed, and is tried again", async () => {
    const stage = await setStage([{ id: "a", timeoutSeconds: 60, retry: { count: 1 } }]);
    const driven = stage.drive();
    const first = await stage.launcher.launched("a");
    await stage.clock.timerOf(60_000);
    stage.clock.advance(60_000);
    await first.stopped;
    await stage.clock.timerOf(0);
    stage.clock.advance(0);
    const second = await stage.launcher.launched("a");
    await stage.clock.timerOf(60_000);
    stage.clock.advance(60_000);
    await second.stopped;
    expect(await driven).toMatchObject({ status: "failed", error: { code: "ZENLITE_STEP_TIMEOUT" } });
    const ends = (await stage.records())?.ends;
    expect(ends).toHaveLength(2);
    expect(ends?.every((end) => end.exit.reason === "timeout")).toBe(true);
    expect(stage.clock.pending()).toBe(0);
  });

  test("what the orchestrator cannot do is left out, and said once", async () => {
    const stage = await setStage([{ id: "a", timeoutSeconds: 60, retry: { count: 3 } }]);
    const driven = stage.drive({ supports: { ...everything, retry: false, timeout: false } });
    await (await stage.launcher.launched("a")).fail(failure);
    expect((await driven).status).toBe("failed");
    expect(stage.story()).toEqual([
      "notice ZENLITE_NOT_SUPPORTED",
      "notice ZENLITE_NOT_SUPPORTED",
      "started a",
      "failed a",
    ]);
  });
});

describe("errors of the launcher", () => {
  const gone = new ZenliteError("ZENLITE_ENGINE_GONE", "The engine does not answer.", {
    hint: "systemctl start docker",
    fault: "environment",
  });
  const told = { code: "ZENLITE_ENGINE_GONE", message: "The engine does not answer.", hint: "systemctl start docker" };

  test("a launch that fails is an attempt that failed, and is tried again", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 1 } }]);
    stage.launcher.script.launchErrors.set("a", [gone, gone]);
    const driven = stage.drive();
    await stage.clock.timerOf(0);
    stage.clock.advance(0);
    expect(await driven).toEqual({ status: "failed", error: told });
    expect(stage.launcher.launches).toEqual(["a", "a"]);
    expect((await stage.records())?.ends.map((end) => end.error)).toEqual([told, told]);
  });

  test("what a launch that failed has left running is found by its label, and stopped", async () => {
    const stage = await setStage([{ id: "a" }]);
    const left: StepHandle = { run: stage.run, step: "a", attempt: "half-made", ref: null };
    const stopped: string[] = [];
    stage.launcher.script.launchErrors.set("a", [gone]);
    stage.launcher.find = async function* (filter) {
      expect(filter).toEqual({ project: "project", run: stage.run });
      yield left;
    };
    stage.launcher.stop = async ({ attempt }) => void stopped.push(attempt);
    expect((await stage.drive()).status).toBe("failed");
    expect(stopped).toEqual(["half-made"]);
  });

  test("a wait that breaks is an attempt that failed; its compute is stopped", async () => {
    const stage = await setStage([{ id: "a" }]);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    a.breakWait(gone);
    await a.stopped;
    expect(await driven).toEqual({ status: "failed", error: told });
    expect(stage.launcher.running()).toEqual([]);
  });

  test("a secret that is not set is the user's mistake: no retry makes it good", async () => {
    const stage = await setStage([{ id: "a", retry: { count: 5 } }]);
    const missing = new ZenliteError("ZENLITE_SECRET_MISSING", "openai.key is not set", { fault: "user" });
    const driven = stage.drive({ describe: () => Promise.reject(missing) });
    expect(await driven).toMatchObject({ status: "failed", error: { code: "ZENLITE_SECRET_MISSING" } });
    expect(stage.launcher.launches).toEqual([]);
    expect((await stage.records())?.attempts).toHaveLength(1);
  });

  test("a step that cannot be started ahead is started when its turn comes, under another name", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", from: ["a"] }], { lookAhead: 1 });
    stage.launcher.script.prepareErrors.set("b", gone);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await stage.told("notice");
    await a.complete();
    const b = await stage.launcher.launched("b");
    expect(b.prepared).toBeUndefined();
    await b.complete();
    expect(await driven).toEqual({ status: "completed" });
  });

  test("a store that takes no records ends the run with the reason, and nothing is left behind", async () => {
    const stage = await setStage([{ id: "a" }, { id: "b", timeoutSeconds: 60 }, { id: "c", from: ["a"] }], {
      lookAhead: 2,
    });
    const full = new ZenliteError("ZENLITE_DISK_FULL", "No space left on the device.", { fault: "environment" });
    const broken = {
      ...stage.store,
      write: (...[key, body, options]: Parameters<typeof stage.store.write>) =>
        key.endsWith("/outcome.json") || key.endsWith("/ended.json")
          ? Promise.reject(full)
          : stage.store.write(key, body, options),
    };
    const driven = stage.drive({ store: broken });
    const [a, b] = await Promise.all([stage.launcher.launched("a"), stage.launcher.launched("b")]);
    await expect.poll(() => stage.launcher.waiting()).toEqual(["c"]);
    a.exit({ code: 1, reason: "exited" });
    await b.stopped;
    expect(await driven).toMatchObject({ status: "failed", error: { code: "ZENLITE_DISK_FULL" } });
    expect(stage.launcher.running()).toEqual([]);
    expect(stage.launcher.waiting()).toEqual([]);
    expect(stage.clock.pending()).toBe(0);
  });
});
