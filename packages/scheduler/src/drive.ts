import { type Failure, messageOf, ZenliteError } from "@zenlite/core";
import { layout } from "@zenlite/records";
import { openAttempts } from "./attempts.ts";
import { type Beginning, clearAway, readBeginning } from "./beginning.ts";
import { systemClock } from "./clock.ts";
import type { Driver, DriveOptions, DriveResult } from "./driver.ts";
import { failureOf, failureOfExit } from "./failure.ts";
import { createState, next } from "./next.ts";
import { openOutbox } from "./outbox.ts";
import { openOutcomes } from "./outcomes.ts";
import { describeGraph, unsupported } from "./plan-graph.ts";
import { openPreparations } from "./preparations.ts";
import type { SchedulerCommand, SchedulerEvent } from "./protocol.ts";

/** How often to look whether somebody else cancelled the run. */
const cancelPollMilliseconds = 500;

/**
 * Drives a run from where its records stand to its end: asks `next` what to do and does it with launcher and store. What makes
 * driving itself impossible comes back as `failed` with the error; it rejects only for options that make no sense
 * (ZENLITE_GRAPH_INVALID).
 */
export async function drive(options: DriveOptions): Promise<DriveResult> {
  const { plan, request, launcher, store, signal, hurry, lost, clock = systemClock } = options;
  const { steps } = plan;
  const waiting = new AbortController();
  const hurried = new AbortController();
  const result = Promise.withResolvers<DriveResult>();
  const work = new Set<Promise<void>>();
  const timers = new Map<string, () => void>();
  const inbox: SchedulerEvent[] = [];
  let state = createState(describeGraph(options));
  let over = false;
  let dispatching = false;
  let sweep = false;
  let stopPolling = (): void => undefined;

  const driver: Driver = {
    options,
    graph: state.graph,
    clock,
    outbox: openOutbox(state.graph, request.id, clock, (event) => options.emit(event)),
    call: { signal: waiting.signal },
    starting: { signal: AbortSignal.any([waiting.signal, hurried.signal]) },
    outcomes: new Map(),
    last: new Map(),
    dispatch,
    isOver: () => over,
    stepAt(step) {
      const found = steps[step];
      if (found === undefined)
        throw new ZenliteError("ZENLITE_INTERNAL", `There is no step ${step}.`, { fault: "internal" });
      return found;
    },
    notice: (code, message) => driver.outbox.tell({ event: "notice", code, message }),
    sweepLater: () => {
      sweep = true;
    },
    beforeReturn(promise, code, what) {
      const settled = promise
        .catch((error: unknown) => {
          sweep = true;
          if (!lost.aborted) driver.notice(code, `${what}: ${messageOf(error)}`);
        })
        .catch(fail)
        .finally(() => work.delete(settled));
      work.add(settled);
    },
    lookForCancel,
  };
  const preparations = openPreparations(driver);
  const outcomes = openOutcomes(driver);
  const attempts = openAttempts(driver, preparations, outcomes);

  /** One event after the other: what a command brings about at once waits until the other commands are under way. */
  function dispatch(event: SchedulerEvent): void {
    if (over) return;
    inbox.push(event);
    if (dispatching) return;
    dispatching = true;
    try {
      for (let first = inbox.shift(); first !== undefined && !driver.isOver(); first = inbox.shift()) {
        const answer = next(state, first);
        ({ state } = answer);
        for (const command of answer.commands) perform(command);
      }
    } catch (error) {
      fail(error);
    } finally {
      dispatching = false;
    }
  }

  function perform(command: SchedulerCommand): void {
    switch (command.kind) {
      case "resolve":
        return run(outcomes.resolve(command.step));
      case "prepare":
        return preparations.prepare(command.step, command.number);
      case "discard":
        return preparations.discard(command.step);
      case "launch":
        return run(attempts.launch(command.step, command.number));
      case "stop":
        return attempts.stop(command.step, command.cause, command.hurry);
      case "set-timer": {
        const { step, timer, number, seconds } = command;
        if (timer === "retry") sayRetrying(step, seconds);
        const fire = (): void => {
          timers.delete(`${timer} ${step}`);
          dispatch({ kind: "timer", step, timer, number });
        };
        timers.set(`${timer} ${step}`, clock.after(seconds * 1000, fire));
        return;
      }
      case "clear-timer":
        timers.get(`${command.timer} ${command.step}`)?.();
        timers.delete(`${command.timer} ${command.step}`);
        return;
      case "settle":
        return run(outcomes.settle(command.step, command.status));
      case "finish":
        return leave({ status: command.status, ...(command.status === "failed" ? reason() : {}) });
    }
  }

  function sayRetrying(step: number, inSeconds: number): void {
    const { attempt = "", error } = driver.last.get(step) ?? {};
    driver.outbox.say(step, {
      event: "step.retrying",
      step: driver.stepAt(step).id,
      attempt,
      inSeconds,
      ...(error === undefined ? {} : { error }),
    });
  }

  function reason(): { readonly error?: Failure } {
    for (const { id } of steps) {
      const outcome = driver.outcomes.get(id);
      if (outcome?.status === "failed" && outcome.error !== undefined) return { error: outcome.error };
    }
    return {};
  }

  function run(promise: Promise<void>): void {
    promise.catch(fail);
  }

  function fail(error: unknown): void {
    leave({ status: "failed", error: failureOf(error, "ZENLITE_DRIVE_FAILED") });
  }

  function leave(how: DriveResult): void {
    if (over) return;
    over = true;
    result.resolve(how);
  }

  async function lookForCancel(): Promise<void> {
    // A store that does not answer now will be noticed by those who need it more.
    const found = await store.stat(layout.cancelled(request.id), driver.call).catch(() => undefined);
    if (found !== undefined) dispatch({ kind: "cancel" });
  }

  function poll(): void {
    const look = async (): Promise<void> => {
      await lookForCancel();
      if (!over && state.phase !== "cancelling") poll();
    };
    stopPolling = clock.after(cancelPollMilliseconds, () => run(look()), { background: true });
  }

  async function begin(): Promise<void> {
    const beginning = await readBeginning(store, request.id, steps, options.adopt ?? [], driver.call);
    if (over) return;
    for (const notice of unsupported(options)) driver.notice("ZENLITE_NOT_SUPPORTED", notice);
    takeOver(beginning);
    if (beginning.cancelled) dispatch({ kind: "cancel" });
    dispatch({ kind: "begin", known: beginning.known });
    poll();
  }

  function takeOver(beginning: Beginning): void {
    const { known, adopted, strays, vanished, failures } = beginning;
    for (const outcome of beginning.outcomes) driver.outcomes.set(outcome.step, outcome);
    for (const [step, { attempt, exit, error }] of failures)
      driver.last.set(step, { attempt, seconds: 0, error: error ?? failureOfExit(driver.stepAt(step), exit) });
    for (const { step, attempts: number } of known) {
      const outcome = driver.outcomes.get(driver.stepAt(step).id);
      if (outcome !== undefined) outcomes.announce(step, outcome);
      const handle = adopted.get(step);
      if (handle !== undefined) run(attempts.adopt(step, number, handle));
    }
    if (strays.length + vanished.length > 0)
      driver.beforeReturn(
        clearAway(driver, beginning),
        "ZENLITE_STOP_FAILED",
        "What an earlier driver left could not be stopped",
      );
  }

  /** Nothing of this drive is left behind: neither what waits prepared nor, where driving failed, what runs. */
  async function tidy(): Promise<void> {
    attempts.stopAll();
    preparations.discardAll();
    while (work.size > 0) await Promise.all(work);
    if (!sweep) return;
    const filter = { project: options.project, run: request.id };
    try {
      for await (const handle of launcher.find(filter, driver.call)) await launcher.stop(handle, driver.call);
    } catch (error) {
      if (!lost.aborted)
        driver.notice("ZENLITE_STOP_FAILED", `Compute of this run may be left: ${messageOf(error)} See: zenlite clean`);
    }
  }

  const listen = (to: AbortSignal | undefined, act: () => void): void => {
    if (to?.aborted === true) act();
    else to?.addEventListener("abort", act, { once: true, signal: waiting.signal });
  };
  const gaveUp = Promise.withResolvers<void>();
  listen(lost, () => {
    leave({ status: "lost" });
    gaveUp.resolve();
    waiting.abort(lost.reason);
  });
  listen(signal, () => dispatch({ kind: "cancel" }));
  listen(hurry, () => {
    // A launch that hangs is not waited for either; what it may have left is found by label.
    hurried.abort();
    dispatch({ kind: "hurry" });
  });
  run(begin());

  const ended = await result.promise;
  stopPolling();
  for (const clear of timers.values()) clear();
  if (!lost.aborted) await Promise.race([tidy(), gaveUp.promise]);
  waiting.abort();
  return lost.aborted ? { status: "lost" } : ended;
}
