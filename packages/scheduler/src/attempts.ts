import type { AttemptEnded, AttemptStarted, Failure, StepExit, StepHandle, StepOutcome } from "@zenlite/core";
import { layout, newNonce, readJson, recordHead, writeOnce } from "@zenlite/records";
import type { Driver } from "./driver.ts";
import { failureOf, failureOfExit, isRetryable } from "./failure.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Preparations } from "./preparations.ts";
import { followTail, type Tail } from "./tail.ts";

/** One try at a step, from its launch to its end. */
interface Attempt {
  readonly step: number;
  readonly number: number;
  /** True: launched by an earlier driver. */
  readonly adopted: boolean;
  id: string;
  startedAt: number;
  /** The first reason for which it was stopped. */
  stopCause: "timeout" | "halt" | undefined;
  /** Resolves with the compute; with undefined where it came to none. */
  readonly compute: PromiseWithResolvers<StepHandle | undefined>;
  tail: Tail | undefined;
}

export interface Attempts {
  launch(step: number, number: number): Promise<void>;
  adopt(step: number, number: number, handle: StepHandle): Promise<void>;
  stop(step: number, cause: "timeout" | "halt", hurry: boolean): void;
  /** Stops whatever still runs, when the drive itself has failed. */
  stopAll(): void;
}

export function openAttempts(driver: Driver, preparations: Preparations, outcomes: Outcomes): Attempts {
  const { options, clock, outbox, call } = driver;
  const { launcher, store, writer, epoch } = options;
  const run = options.request.id;
  const live = new Map<number, Attempt>();

  function begin(step: number, number: number, id: string, adopted: boolean): Attempt {
    const compute = Promise.withResolvers<StepHandle | undefined>();
    const attempt = {
      step,
      number,
      id,
      adopted,
      startedAt: clock.now(),
      stopCause: undefined,
      compute,
      tail: undefined,
    };
    live.set(step, attempt);
    return attempt;
  }

  /** Returns undefined where it was stopped before there was anything to stop. */
  async function start(attempt: Attempt): Promise<StepHandle | undefined> {
    const step = driver.stepAt(attempt.step);
    const preparation = preparations.take(attempt.step);
    const made = preparation === undefined ? undefined : await preparation.made;
    // A preparation that failed may have left something under its name: such an attempt keeps the fresh one it has.
    if (preparation !== undefined && made !== undefined) attempt.id = preparation.attempt;
    if (driver.isOver()) {
      if (made !== undefined) preparations.remove({ run, step: step.id, attempt: attempt.id, ref: made.ref });
      return undefined;
    }
    const record: AttemptStarted = {
      ...recordHead(run, writer, clock.date()),
      kind: "attempt.started",
      step: step.id,
      attempt: attempt.id,
      epoch,
    };
    // Before the launch, not beside it: else a fast step's outcome could be there without its start, and a driver that resumes could
    // not tell an attempt that had its word from compute that only waits.
    const [written, described] = await Promise.allSettled([
      writeOnce(store, layout.started(run, step.id, attempt.id), record, call),
      options.describe(step, attempt.id, attempt.number, true),
    ]);
    const ready = written.status === "fulfilled" && described.status === "fulfilled" && attempt.stopCause === undefined;
    if (!ready || driver.isOver()) {
      if (made !== undefined) preparations.remove({ run, step: step.id, attempt: attempt.id, ref: made.ref });
      if (written.status === "rejected") throw written.reason;
      if (described.status === "rejected") throw described.reason;
      return undefined;
    }
    attempt.startedAt = clock.now();
    sayStarted(attempt);
    try {
      return await launcher.launch(described.value, made?.ref, driver.starting);
    } catch (error) {
      driver.sweepLater();
      throw error;
    }
  }

  function sayStarted({ step, id, number }: Attempt): void {
    outbox.say(step, { event: "step.started", step: driver.stepAt(step).id, attempt: id, number });
  }

  async function follow(attempt: Attempt, handle: StepHandle): Promise<StepExit> {
    attempt.compute.resolve(handle);
    attempt.tail = followTail(driver, attempt.step, handle);
    driver.dispatch({ kind: "started", step: attempt.step, number: attempt.number });
    try {
      return await launcher.wait(handle, call);
    } catch (error) {
      // It may still run, and nobody would come to know.
      if (!driver.isOver()) await launcher.stop(handle, call).catch(() => driver.sweepLater());
      throw error;
    }
  }

  async function attend(attempt: Attempt, launch: () => Promise<StepHandle | undefined>): Promise<void> {
    let exit: StepExit = { code: null, reason: "stopped" };
    let error: Failure | undefined;
    let retryable = true;
    try {
      const handle = await launch();
      if (handle !== undefined) exit = await follow(attempt, handle);
    } catch (thrown) {
      error = failureOf(thrown);
      retryable = isRetryable(thrown);
      exit = { code: null, reason: "lost", detail: error.message };
    } finally {
      attempt.compute.resolve(undefined);
      // From here on there is nothing to stop: what comes too late does not change why it ended.
      live.delete(attempt.step);
    }
    if (!driver.isOver()) await conclude(attempt, exit, error, retryable);
  }

  async function conclude(
    attempt: Attempt,
    exit: StepExit,
    thrown: Failure | undefined,
    retryable: boolean,
  ): Promise<void> {
    const { step, number, adopted } = attempt;
    const { id } = driver.stepAt(step);
    const seconds = (clock.now() - attempt.startedAt) / 1000;
    const outcome = await readJson<StepOutcome>(store, layout.outcome(run, id), call);
    if (driver.isOver()) return;
    if (outcome !== undefined) {
      driver.outcomes.set(id, outcome);
      driver.last.set(step, { attempt: attempt.id, seconds });
      // The children first: nobody waits for the last lines of a log.
      driver.dispatch({ kind: "ended", step, number, verdict: { kind: "outcome", status: outcome.status } });
      const drained = attempt.tail?.drained();
      if (drained === undefined) outcomes.announce(step, outcome);
      else
        driver.beforeReturn(
          drained.then(() => outcomes.announce(step, outcome)),
          "ZENLITE_TAIL_ENDED",
          "The log broke off",
        );
      return;
    }
    // Stopped, and not by this driver: whoever did it may have said before that the run is cancelled.
    if (exit.reason === "stopped" && attempt.stopCause === undefined) await driver.lookForCancel();
    const { end, found } = await endOf(attempt, exit, thrown);
    await attempt.tail?.drained();
    if (driver.isOver()) return;
    const error = end.error ?? thrown ?? failureOfExit(driver.stepAt(step), end.exit);
    driver.last.set(step, {
      attempt: attempt.id,
      seconds,
      error: attempt.stopCause === "timeout" ? timedOut(attempt) : error,
    });
    const free = adopted && !found && thrown === undefined && exit.reason === "lost";
    driver.dispatch({
      kind: "ended",
      step,
      number,
      verdict: { kind: "failed", retryable, random: Math.random(), free },
    });
  }

  /** How the attempt ended, as the store has it from now on. `found`: its own process or supervisor had written it. */
  async function endOf(
    attempt: Attempt,
    exit: StepExit,
    thrown: Failure | undefined,
  ): Promise<{ readonly end: AttemptEnded; readonly found: boolean }> {
    const { id } = driver.stepAt(attempt.step);
    const place = layout.ended(run, id, attempt.id);
    const there = await readJson<AttemptEnded>(store, place, call);
    if (there !== undefined) return { end: there, found: true };
    const head = {
      ...recordHead(run, writer, clock.date()),
      kind: "attempt.ended",
      step: id,
      attempt: attempt.id,
    } as const;
    const end: AttemptEnded =
      attempt.stopCause === "timeout"
        ? { ...head, exit: { ...exit, reason: "timeout" }, error: timedOut(attempt) }
        : attempt.stopCause === "halt"
          ? { ...head, exit: { ...exit, reason: "stopped" } }
          : { ...head, exit, error: thrown ?? failureOfExit(driver.stepAt(attempt.step), exit) };
    if (driver.isOver() || (await writeOnce(store, place, end, call))) return { end, found: false };
    return { end: (await readJson<AttemptEnded>(store, place, call)) ?? end, found: true };
  }

  function timedOut(attempt: Attempt): Failure {
    return failureOfExit(driver.stepAt(attempt.step), { code: null, reason: "timeout" });
  }

  function stop(attempt: Attempt, hurry: boolean): void {
    const work = async (): Promise<void> => {
      const handle = await attempt.compute.promise;
      if (handle !== undefined) await launcher.stop(handle, hurry ? { ...call, graceSeconds: 0 } : call);
    };
    driver.beforeReturn(work(), "ZENLITE_STOP_FAILED", `Step "${driver.stepAt(attempt.step).id}" could not be stopped`);
  }

  return {
    launch(step, number) {
      const attempt = begin(step, number, newNonce(), false);
      return attend(attempt, () => start(attempt));
    },
    adopt(step, number, handle) {
      const attempt = begin(step, number, handle.attempt, true);
      sayStarted(attempt);
      return attend(attempt, () => Promise.resolve(handle));
    },
    stop(step, cause, hurry) {
      const attempt = live.get(step);
      if (attempt === undefined) return;
      attempt.stopCause ??= cause;
      stop(attempt, hurry);
    },
    stopAll() {
      for (const attempt of live.values()) stop(attempt, false);
    },
  };
}
