import type {
  AttemptEnded,
  Call,
  Failure,
  Manifest,
  StepExit,
  StepHandle,
  StepLaunch,
  StepLauncher,
  StepOutcome,
} from "@zenlite/core";
import { digestOf, layout, recordHead, writeOnce } from "@zenlite/records";

const call: Call = { signal: new AbortController().signal };

/** One attempt's compute in the hands of the test: it does what a step's process does, when it is told to. */
export interface Compute {
  readonly launch: StepLaunch;
  readonly handle: StepHandle;
  /** What `prepare` had given, where the attempt was prepared. */
  readonly prepared: unknown;
  /** Resolves when `stop` is called, with the grace that was given. */
  readonly stopped: Promise<number | undefined>;
  print(line: string): void;
  /** Stores an output, then the outcome, then ends. */
  complete(value?: string): Promise<void>;
  /** Stores the outcome and does not end. */
  store(value?: string): Promise<void>;
  /** As a step whose function throws: the end is written by the process. */
  fail(error: Failure): Promise<void>;
  /** Ends without a word to the store. */
  exit(exit: StepExit): void;
  /** `wait` fails, as it does when the engine goes away. */
  breakWait(error: Error): void;
}

export interface ScriptedLauncher extends StepLauncher {
  /** The next attempt of the step that is launched, or one that was and has not been asked for. */
  launched(step: string): Promise<Compute>;
  /** Launches so far, in order: step ids. */
  readonly launches: readonly string[];
  /** Attempts that wait prepared now: step ids. */
  waiting(): string[];
  /** Attempts that run now: step ids. */
  running(): string[];
  readonly script: Script;
}

export interface Script {
  /** Thrown by the next launches of a step, one each. */
  readonly launchErrors: Map<string, Error[]>;
  readonly prepareErrors: Map<string, Error>;
  /** What becomes of an attempt that is stopped. Default: it goes. */
  onStop?: (compute: Compute) => Promise<void> | void;
  /** Called before an attempt is launched. */
  beforeLaunch?: (launch: StepLaunch, call: Call) => Promise<void>;
  /** True: a tail goes on after its attempt has ended, until this says so. */
  tailEnds?: Promise<void>;
}

/** A launcher whose steps run by hand. */
export function scriptedLauncher(): ScriptedLauncher {
  const script: Script = { launchErrors: new Map(), prepareErrors: new Map() };
  const launches: string[] = [];
  const computes = new Map<string, Running>();
  const prepared = new Map<string, StepHandle>();
  const unclaimed = new Map<string, Compute[]>();
  const claims = new Map<string, ((compute: Compute) => void)[]>();

  const find = (handle: StepHandle): Running => {
    const found = computes.get(handle.attempt);
    if (found === undefined) throw new Error(`No compute ${handle.attempt}.`);
    return found;
  };

  return {
    drives: "steps",
    script,
    launches,
    waiting: () => [...prepared.values()].map((handle) => handle.step),
    running: () =>
      [...computes.values()].filter((running) => !running.over()).map(({ compute }) => compute.handle.step),
    launched(step) {
      const there = unclaimed.get(step)?.shift();
      if (there !== undefined) return Promise.resolve(there);
      const { promise, resolve } = Promise.withResolvers<Compute>();
      claims.set(step, [...(claims.get(step) ?? []), resolve]);
      return promise;
    },

    async prepare({ run, step, attempt, word }) {
      if (word !== "") throw new Error("A step that is prepared has no word yet.");
      const error = script.prepareErrors.get(step);
      if (error !== undefined) throw error;
      const ref = { prepared: attempt };
      prepared.set(attempt, { run, step, attempt, ref });
      return ref;
    },

    async launch(launch, ref, { signal }) {
      await script.beforeLaunch?.(launch, { signal });
      signal.throwIfAborted();
      launches.push(launch.step);
      const error = script.launchErrors.get(launch.step)?.shift();
      if (error !== undefined) throw error;
      if (ref !== undefined && !prepared.delete(launch.attempt)) throw new Error("What was prepared is gone.");
      const running = compute(launch, ref, script.tailEnds);
      computes.set(launch.attempt, running);
      const claim = claims.get(launch.step)?.shift();
      if (claim === undefined) unclaimed.set(launch.step, [...(unclaimed.get(launch.step) ?? []), running.compute]);
      else claim(running.compute);
      return running.compute.handle;
    },

    async wait(handle, { signal }) {
      const running = computes.get(handle.attempt);
      if (running === undefined) return { code: null, reason: "lost", detail: "nobody knows it" };
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
      return Promise.race([running.ended, aborted.promise]);
    },

    async stop(handle, { graceSeconds }) {
      if (prepared.delete(handle.attempt)) return;
      const running = computes.get(handle.attempt);
      if (running === undefined || running.over()) return;
      running.stop(graceSeconds);
      if (script.onStop === undefined) running.compute.exit({ code: null, reason: "stopped" });
      else await script.onStop(running.compute);
      await running.ended.catch(() => undefined);
    },

    async *tail(handle, { signal }) {
      yield* find(handle).lines(signal);
    },

    async *find() {
      yield* prepared.values();
      for (const running of computes.values()) if (!running.over()) yield running.compute.handle;
    },
  };
}

interface Running {
  readonly compute: Compute;
  readonly ended: Promise<StepExit>;
  over(): boolean;
  stop(graceSeconds: number | undefined): void;
  lines(signal: AbortSignal): AsyncIterable<string>;
}

function compute(launch: StepLaunch, prepared: unknown, tailEnds: Promise<void> | undefined): Running {
  const { run, step, attempt, artifactStore: store } = launch;
  const ended = Promise.withResolvers<StepExit>();
  const stopped = Promise.withResolvers<number | undefined>();
  const printed: string[] = [];
  let wake = Promise.withResolvers<void>();
  let over = false;
  // Nobody may be waiting when it breaks.
  ended.promise.catch(() => undefined);
  const head = recordHead(run, `process of ${attempt}`);
  const wakeAll = (): void => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const exit = (how: StepExit): void => {
    over = true;
    ended.resolve(how);
    wakeAll();
  };
  const compute: Compute = {
    launch,
    prepared,
    handle: { run, step, attempt, ref: { compute: attempt } },
    stopped: stopped.promise,
    print(line) {
      printed.push(line);
      wakeAll();
    },
    async store(value = step) {
      const key = layout.artifact(run, step, attempt, "output");
      const bytes = new TextEncoder().encode(value);
      await store.write(key, bytes, { ...call, if: "always" });
      const output: Manifest = {
        format: 1,
        materializer: "text@1",
        type: "string",
        bytes: bytes.length,
        digest: digestOf(bytes),
        key,
      };
      const outcome: StepOutcome = {
        ...head,
        kind: "step.outcome",
        step,
        attempt,
        status: "completed",
        outputs: { output },
      };
      await writeOnce(store, layout.outcome(run, step), outcome, call);
    },
    async complete(value) {
      await compute.store(value);
      exit({ code: 0, reason: "exited" });
    },
    async fail(error) {
      const how: StepExit = { code: 1, reason: "exited" };
      const end: AttemptEnded = { ...head, kind: "attempt.ended", step, attempt, exit: how, error };
      await writeOnce(store, layout.ended(run, step, attempt), end, call);
      exit(how);
    },
    exit,
    breakWait(error) {
      ended.reject(error);
    },
  };
  return {
    compute,
    ended: ended.promise,
    over: () => over,
    stop: (graceSeconds) => stopped.resolve(graceSeconds),
    async *lines(signal) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      let seen = 0;
      for (;;) {
        const woken = wake.promise;
        for (; seen < printed.length; seen++) yield printed[seen] ?? "";
        if (over || signal.aborted) break;
        await Promise.race([woken, aborted]);
      }
      await Promise.race([tailEnds, aborted]);
      for (; seen < printed.length; seen++) yield printed[seen] ?? "";
    },
  };
}
