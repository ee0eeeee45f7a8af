// The broker's calendar: when it asks for credentials, whom it tells, and what it does when there are none. By hand-moved clock.
import type { ArtifactStore, Credentials, StepExit, StepHandle, StepLaunch, StepLauncher } from "@zenlite/core";
import { expect, test } from "vitest";
import { openBroker, type BrokerClock, type CredentialsBroker } from "../src/client/credentials.ts";

const minute = 60_000;
const call = { signal: new AbortController().signal };

/** Stands still until it is moved; what a timer sets going has happened when `advance` resolves. */
function manualClock(): BrokerClock & { advance(milliseconds: number): Promise<void>; pending(): number } {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pending: () => timers.size,
    async advance(milliseconds) {
      for (const until = now + milliseconds; ;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((left, right) => left.at - right.at);
        now = next?.at ?? until;
        if (next === undefined) return;
        timers.delete(next);
        next.run();
        // Every promise of the broker's settles within one turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

interface Bench {
  readonly clock: ReturnType<typeof manualClock>;
  readonly broker: CredentialsBroker;
  /** What steps were told: attempt and key. */
  readonly told: string[];
  readonly notices: string[];
  readonly asked: () => number;
  /** Launches one with its word, as the scheduler does. */
  launch(attempt: string): Promise<StepHandle>;
  end(attempt: string): void;
}

/** `answers`: what the store gives, one after the other; the last one again and again. A number: seconds that it lasts from then on. */
function openBench(answers: readonly (number | "same" | Error)[], more: Partial<StepLauncher> = {}): Bench {
  const clock = manualClock();
  const told: string[] = [];
  const notices: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<StepExit>>();
  let count = 0;
  let last: Credentials | undefined;
  const store = {
    credentials: async () => {
      const answer = answers[Math.min(count, answers.length - 1)] ?? 0;
      count += 1;
      if (answer instanceof Error) throw answer;
      if (answer !== "same" || last === undefined)
        last = {
          kind: "test",
          value: { key: `planted-key-${count}` },
          expiresAt: new Date(clock.now() + Number(answer) * 1000).toISOString(),
        };
      return last;
    },
  } as Partial<ArtifactStore> as ArtifactStore;
  const launcher = {
    drives: "steps",
    launch: async ({ run, step, attempt }: StepLaunch) => {
      ends.set(attempt, Promise.withResolvers());
      return { run, step, attempt, ref: null };
    },
    wait: async ({ attempt }: StepHandle) => ends.get(attempt)?.promise ?? { code: null, reason: "lost" },
    stop: async () => {},
    tell: async ({ attempt }: StepHandle, line: string) => {
      const said = JSON.parse(line) as { kind: string; credentials: Credentials };
      told.push(`${attempt} ${said.kind} ${said.credentials.value["key"]}`);
    },
    find: async function* () {},
    ...more,
  } as StepLauncher;
  const broker = openBroker(launcher, store, { ...call, clock, notice: (message) => void notices.push(message) });
  return {
    clock,
    broker,
    told,
    notices,
    asked: () => count,
    async launch(attempt) {
      await broker.credentials(attempt);
      const handle = await broker.launcher.launch({ run: "r", step: "s", attempt } as StepLaunch, undefined, call);
      void broker.launcher.wait(handle, call);
      return handle;
    },
    end(attempt) {
      ends.get(attempt)?.resolve({ code: 0, reason: "exited" });
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("credentials are asked for once for many steps, and again 5 minutes before they expire: every live step is told", async () => {
  const { clock, launch, end, told, asked } = openBench([3600]);
  await Promise.all([launch("a"), launch("b"), launch("c")]);
  expect(asked()).toBe(1);
  end("b");
  await settled();
  await clock.advance(55 * minute - 1);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(["a credentials planted-key-2", "c credentials planted-key-2"]);
  await clock.advance(55 * minute);
  expect(told.slice(2)).toEqual(["a credentials planted-key-3", "c credentials planted-key-3"]);
});

test("short ones are renewed when a fifth of their life is left", async () => {
  const { clock, launch, told } = openBench([10]);
  await launch("a");
  await clock.advance(7999);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(["a credentials planted-key-2"]);
});

test("nobody is asked while nothing runs; the next word has new ones", async () => {
  const { clock, launch, end, asked, broker } = openBench([60]);
  await launch("a");
  end("a");
  await settled();
  expect(clock.pending()).toBe(0);
  await clock.advance(10 * minute);
  expect(asked()).toBe(1);
  expect((await broker.credentials("b"))?.value).toEqual({ key: "planted-key-2" });
});

test("a step whose start took so long that its word is old is told at once", async () => {
  const { clock, broker, launch, told } = openBench([10]);
  await launch("a");
  await broker.credentials("slow");
  await clock.advance(8000);
  told.length = 0;
  await broker.launcher.launch({ run: "r", step: "s", attempt: "slow" } as StepLaunch, undefined, call);
  expect(told).toEqual(["slow credentials planted-key-2"]);
});

test("a vendor's cache that still gives the old ones is asked again, a little later each time", async () => {
  const { clock, launch, told, notices } = openBench([100, "same", "same", 100]);
  await launch("a");
  // 80 s: the same, 4 s later too, then new ones.
  await clock.advance(80_000 + 4000 + 3200 - 1);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(["a credentials planted-key-4"]);
  expect(notices).toEqual([]);
});

test("what cannot be renewed is said once, without the keys, and tried again even when it has expired", async () => {
  const denied = new Error("no session for planted-key-1");
  const { clock, launch, told, notices, asked } = openBench([60, ...Array.from({ length: 15 }, () => denied), 3600]);
  await launch("a");
  await clock.advance(60_000);
  expect(notices).toEqual([
    "The artifact store's credentials could not be renewed; they expire at 2026-01-01T00:01:00.000Z: no session for ***",
  ]);
  expect(told).toEqual([]);
  // They have expired by now, and every 10 s somebody could have signed in again.
  expect(asked()).toBeLessThan(16);
  await clock.advance(3 * minute);
  expect(told).toEqual(["a credentials planted-key-17"]);
  expect(notices).toHaveLength(1);
});

test("a word gets those that still last where newer ones are refused, and the refusal where none last", async () => {
  const denied = new Error("denied");
  const { clock, broker } = openBench([60, denied]);
  await broker.credentials("a");
  await clock.advance(50_000);
  expect((await broker.credentials("b"))?.value).toEqual({ key: "planted-key-1" });
  await clock.advance(10_000);
  await expect(broker.credentials("c")).rejects.toBe(denied);
});

test("a launcher that cannot be told is complained of once", async () => {
  const { clock, launch, notices } = openBench([60], { tell: undefined as never });
  await launch("a");
  await clock.advance(10 * minute);
  expect(notices).toEqual([expect.stringContaining("cannot pass on renewed credentials")]);
});

test("what has ended, was stopped or failed to start is told nothing, and a closed broker asks nobody", async () => {
  const { clock, broker, launch, told, asked } = openBench([60]);
  const [first] = await Promise.all([launch("a"), launch("b")]);
  await broker.launcher.stop(first, call);
  await clock.advance(50_000);
  expect(told).toEqual(["b credentials planted-key-2"]);
  broker[Symbol.dispose]();
  await clock.advance(10 * minute);
  expect(asked()).toBe(2);
});

test("a store without credentials leaves the launcher as it is", async () => {
  const launcher = { drives: "steps" } as StepLauncher;
  using broker = openBroker(launcher, {} as ArtifactStore, { ...call, notice: () => {} });
  expect(broker.launcher).toBe(launcher);
  expect(await broker.credentials("a")).toBeUndefined();
});
