import { describe, expect, test } from "vitest";
import { call, cancelFromElsewhere, setStage, type Stage } from "./stage.ts";

const chain = [{ id: "a" }, { id: "b", from: ["a"] }, { id: "c", from: ["b"] }];

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
    expect(stage.clock.pending()).toBe(0);
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

  test("what was taken over for a launch that does not come is left alone", async () => {
    const stage = await setStage(chain, { lookAhead: 1 });
    const described = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const describe = stage.describe;
    const driven = stage.drive({
      describe: async (step, attempt, number, withWord) => {
        if (step.id === "b" && withWord) {
          asked.resolve();
          await described.promise;
        }
        return describe(step, attempt, number, withWord);
      },
    });
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b"]);
    await a.complete();
    await asked.promise;
    stage.lost.abort();
    expect(await driven).toEqual({ status: "lost" });
    described.resolve();
    await listing(stage);
    expect(stage.launcher.waiting()).toContain("b");
    expect(stage.launcher.launches).toEqual(["a"]);
  });

  test("lost while the last traces are taken away, it is lost all the same", async () => {
    const stage = await setStage(chain, { lookAhead: 1 });
    stage.launcher.stop = () => new Promise(() => undefined);
    const driven = stage.drive();
    const a = await stage.launcher.launched("a");
    await expect.poll(() => stage.launcher.waiting()).toEqual(["b"]);
    a.exit({ code: 1, reason: "exited" });
    await stage.told("step.finished", "c");
    stage.lost.abort();
    expect(await driven).toEqual({ status: "lost" });
  });

  test("lost before it began, it does nothing at all", async () => {
    const stage = await setStage(chain);
    stage.lost.abort();
    expect(await stage.drive()).toEqual({ status: "lost" });
    expect(await listing(stage)).toEqual([]);
  });
});

async function listing(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of stage.store.list("", call)) found.push(key);
  return found;
}
