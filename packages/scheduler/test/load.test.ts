import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { cacheKey, keyParts, layout, recordHead, writeOnce } from "@zenlite/records";
import type { StepExit, StepLauncher, StepOutcome } from "@zenlite/core";
import { systemClock } from "@zenlite/scheduler";
import { memoryStore } from "./memory-store.ts";
import { call, setStage } from "./stage.ts";

/** Steps that are done as soon as they are launched. */
function instantLauncher(): StepLauncher {
  const exits = new Map<string, Promise<StepExit>>();
  return {
    drives: "steps",
    async launch({ run, step, attempt, artifactStore }) {
      const outcome: StepOutcome = {
        ...recordHead(run, attempt),
        kind: "step.outcome",
        step,
        attempt,
        status: "completed",
        outputs: {},
      };
      const exit = writeOnce(artifactStore, layout.outcome(run, step), outcome, call);
      exits.set(
        attempt,
        exit.then(() => ({ code: 0, reason: "exited" })),
      );
      return { run, step, attempt, ref: null };
    },
    wait: async ({ attempt }) => (await exits.get(attempt)) ?? { code: null, reason: "lost" },
    stop: () => Promise.resolve(),
    async *find() {},
  };
}

test("a chain of 1,000 steps; what a step of it costs is printed", async () => {
  async function perStep(length: number): Promise<number> {
    const steps = Array.from({ length }, (_, index) => ({
      id: `step${index}`,
      from: index === 0 ? [] : [`step${index - 1}`],
    }));
    const stage = await setStage(steps, { store: memoryStore() });
    const start = performance.now();
    const result = await stage.drive({ launcher: instantLauncher(), clock: systemClock });
    const milliseconds = (performance.now() - start) / length;
    expect(result).toEqual({ status: "completed" });
    expect(stage.events).toHaveLength(2 * length);
    return milliseconds;
  }
  const figures: Record<number, number[]> = { 100: [], 1000: [] };
  for (let round = 0; round < 6; round++)
    for (const length of [1000, 100]) figures[length]?.push(await perStep(length));
  const [hundred = 0, thousand = 0] = [100, 1000].map(
    (length) => figures[length]?.slice(1).toSorted((a, b) => a - b)[2],
  );
  process.stdout.write(
    `chain, in memory: ${(thousand * 1000).toFixed(0)} µs a step of 1,000, ${(hundred * 1000).toFixed(0)} µs of 100, ` +
      `ratio ${(thousand / hundred).toFixed(2)}\n`,
  );
});

test("a wide graph asks the store for a few things at a time", async () => {
  const steps = Array.from({ length: 300 }, (_, index) => ({ id: `step${index}`, cache: true }));
  const store = memoryStore();
  const stage = await setStage(steps, { store });
  for (const step of stage.plan.steps) {
    const parts = keyParts(step, () => {
      throw new Error("no inputs");
    });
    const key = cacheKey(parts);
    const entry = { format: 1, run: "earlier", step: step.id, key, parts, outputs: {}, at: "" };
    await writeOnce(store, layout.cacheEntry(key, "earlier", step.id), entry, call);
  }
  let most = 0;
  let now = 0;
  const counting = {
    ...store,
    write: async (...[key, body, options]: Parameters<typeof store.write>) => {
      most = Math.max(most, ++now);
      try {
        // Long enough that the next ones come meanwhile.
        for (let turn = 0; turn < 5; turn++) await setImmediate();
        return await store.write(key, body, options);
      } finally {
        now--;
      }
    },
  };
  expect(await stage.drive({ store: counting })).toEqual({ status: "completed" });
  expect(stage.events).toHaveLength(300);
  expect(most).toBeLessThanOrEqual(16);
});

test("a long wait is as long as it was asked for, and can be taken back", () => {
  vi.useFakeTimers();
  try {
    const day = 86_400_000;
    const called: string[] = [];
    systemClock.after(40 * day, () => called.push("after 40 days"));
    systemClock.after(41 * day, () => called.push("taken back"))();
    const late = systemClock.after(60 * day, () => called.push("taken back late"));
    vi.advanceTimersByTime(40 * day - 1);
    expect(called).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(called).toEqual(["after 40 days"]);
    late();
    vi.advanceTimersByTime(30 * day);
    expect(called).toEqual(["after 40 days"]);
  } finally {
    vi.useRealTimers();
  }
});
