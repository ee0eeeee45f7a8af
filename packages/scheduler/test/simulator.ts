import {
  createState,
  type FinalStatus,
  type GraphDescription,
  type KnownStep,
  next,
  type SchedulerCommand,
  type SchedulerEvent,
  type SchedulerState,
} from "@zenlite/scheduler";
import type { Scenario, SimulatedStep } from "./scenarios.ts";

export interface SimulatedAttempt {
  readonly number: number;
  readonly launchedAt: number;
  endedAt: number | undefined;
  stoppedAt: number | undefined;
  stopCause: "timeout" | "halt" | undefined;
  completed: boolean;
}

export interface Trace {
  readonly attempts: readonly SimulatedAttempt[][];
  readonly outcomes: readonly FinalStatus[];
  readonly settledAt: readonly number[];
  readonly finish: string;
  readonly finishedAt: number;
  readonly commands: readonly { readonly at: number; readonly command: SchedulerCommand }[];
  readonly discarded: number;
}

/** Runs a scenario on a fake clock and checks, at every instant, what must hold at every instant. */
export function simulate(scenario: Scenario): Trace {
  const { steps, maxParallel, lookAhead } = scenario;
  const graph: GraphDescription = {
    steps: steps.map((step, index) => ({
      id: `step${index}`,
      parents: step.parents.map((parent) => `step${parent}`),
      retry: step.retry,
      lookup: step.lookup,
      ...(step.timeout > 0 ? { timeoutSeconds: step.timeout / 1000 } : {}),
    })),
    mode: scenario.mode,
    maxParallel,
    lookAhead,
  };
  let state: SchedulerState = createState(graph);
  let now = 0;
  let order = 0;
  const agenda: { at: number; order: number; happen(): void; cleared: boolean }[] = [];
  const timers = new Map<string, { cleared: boolean }>();
  const after = (delay: number, happen: () => void): { cleared: boolean } => {
    const entry = { at: now + delay, order: order++, happen, cleared: false };
    agenda.push(entry);
    return entry;
  };

  /** What dies with the driver. */
  const owned: { cleared: boolean }[] = [];
  const driverAfter = (delay: number, happen: () => void): { cleared: boolean } => {
    const entry = after(delay, happen);
    owned.push(entry);
    return entry;
  };

  const attempts = steps.map((): SimulatedAttempt[] => []);
  const outcomes = steps.map((): FinalStatus | undefined => undefined);
  const settledAt = steps.map(() => -1);
  const settling = new Set<number>();
  const resolved = new Set<number>();
  const delayed = new Set<number>();
  const prepared = new Set<number>();
  const everPrepared = new Set<number>();
  const commands: { at: number; command: SchedulerCommand }[] = [];
  let finish: string | undefined;
  let finishedAt = 0;
  let discarded = 0;

  const running = (): number => attempts.flat().filter((attempt) => attempt.endedAt === undefined).length;
  const current = (step: number): SimulatedAttempt => {
    const attempt = attempts[step]?.at(-1);
    expectThat(attempt !== undefined, `step ${step} has an attempt`);
    return attempt;
  };
  const good = (step: number): boolean => outcomes[step] === "completed" || outcomes[step] === "cached";
  const at = (step: number): SimulatedStep => {
    const found = steps[step];
    expectThat(found !== undefined, `step ${step} exists`);
    return found;
  };

  const queued = (step: number): boolean => at(step).parents.every(good) && (!at(step).lookup || resolved.has(step));

  const conclude = (step: number, status: FinalStatus): void => {
    expectThat(outcomes[step] === undefined, `step ${step} has one outcome only`);
    outcomes[step] = status;
    settledAt[step] = now;
  };
  const end = (step: number, attempt: SimulatedAttempt, result: "completed" | "failed" | "fatal"): void => {
    if (attempt.endedAt !== undefined) return;
    attempt.endedAt = now;
    attempt.completed = result === "completed";
    if (result === "completed") conclude(step, "completed");
    send({
      kind: "ended",
      step,
      number: attempt.number,
      verdict:
        result === "completed"
          ? { kind: "outcome", status: "completed" }
          : { kind: "failed", retryable: result === "failed", random: scenario.random },
    });
  };

  const perform = (command: SchedulerCommand): void => {
    expectThat(finish === undefined, "nothing is asked for after the end");
    commands.push({ at: now, command });
    switch (command.kind) {
      case "resolve": {
        const { step } = command;
        expectThat(
          at(step).lookup && at(step).parents.every(good),
          `step ${step} is looked up when its parents are done`,
        );
        driverAfter(at(step).lookupTime, () => {
          if (at(step).hit !== "hit") resolved.add(step);
          send({ kind: "resolved", step, found: at(step).hit });
        });
        return;
      }
      case "prepare": {
        const { step } = command;
        expectThat(!prepared.has(step) && outcomes[step] === undefined, `step ${step} is prepared once`);
        expectThat(
          at(step).parents.every(
            (parent) =>
              good(parent) || (attempts[parent]?.length ?? 0) > 0 || everPrepared.has(parent) || queued(parent),
          ),
          `step ${step} is near`,
        );
        prepared.add(step);
        everPrepared.add(step);
        expectThat(prepared.size <= lookAhead, `${prepared.size} steps wait prepared`);
        if (at(step).prepareFails)
          driverAfter(1, () => {
            if (prepared.delete(step)) send({ kind: "prepare-failed", step });
          });
        return;
      }
      case "discard":
        expectThat(prepared.delete(command.step), `step ${command.step} was prepared`);
        discarded++;
        return;
      case "launch": {
        const { step, number } = command;
        prepared.delete(step);
        delayed.delete(step);
        const plan = at(step).attempts[Math.min(number, at(step).attempts.length) - 1];
        expectThat(plan !== undefined, `attempt ${number} is planned`);
        expectThat(number === (attempts[step]?.length ?? 0) + 1, `attempts of step ${step} are counted from 1`);
        expectThat(number <= at(step).retry.count + 1, `step ${step} has at most ${at(step).retry.count} retries`);
        expectThat(at(step).parents.every(good), `the parents of step ${step} are done when it starts`);
        expectThat(!at(step).lookup || resolved.has(step), `step ${step} was looked up before it starts`);
        const attempt: SimulatedAttempt = {
          number,
          launchedAt: now,
          endedAt: undefined,
          stoppedAt: undefined,
          stopCause: undefined,
          completed: false,
        };
        attempts[step]?.push(attempt);
        expectThat(running() <= maxParallel, `${running()} steps run`);
        driverAfter(0, () => {
          if (attempt.endedAt === undefined) send({ kind: "started", step, number });
        });
        after(plan.duration, () => {
          if (attempt.stoppedAt === undefined) end(step, attempt, plan.result);
        });
        return;
      }
      case "stop": {
        const attempt = current(command.step);
        expectThat(attempt.endedAt === undefined, `step ${command.step} runs when it is stopped`);
        expectThat(attempt.stoppedAt === undefined || command.hurry, `step ${command.step} is stopped once`);
        attempt.stoppedAt ??= now;
        attempt.stopCause ??= command.cause;
        after(command.hurry ? 0 : at(command.step).stopTime, () => {
          // Not retryable by itself: after a timeout it is tried again all the same.
          end(command.step, attempt, at(command.step).completesWhenStopped ? "completed" : "fatal");
        });
        return;
      }
      case "set-timer": {
        const { step, timer, number } = command;
        if (timer === "retry") delayed.add(step);
        timers.set(
          `${timer} ${step}`,
          driverAfter(Math.round(command.seconds * 1000), () => {
            if (timer === "retry") delayed.delete(step);
            send({ kind: "timer", step, timer, number });
          }),
        );
        return;
      }
      case "clear-timer": {
        const timer = timers.get(`${command.timer} ${command.step}`);
        if (timer !== undefined) timer.cleared = true;
        if (command.timer === "retry") delayed.delete(command.step);
        return;
      }
      case "settle":
        expectThat(!settling.has(command.step), `step ${command.step} is settled once`);
        settling.add(command.step);
        driverAfter(scenario.settleTime, () => {
          conclude(command.step, command.status);
          send({ kind: "settled", step: command.step, status: command.status });
        });
        return;
      case "finish":
        finish = command.status;
        finishedAt = now;
        return;
    }
  };

  const send = (event: SchedulerEvent): void => {
    const answer = next(state, event);
    state = answer.state;
    for (const command of answer.commands) perform(command);
  };

  const restart = (): void => {
    if (finish !== undefined) return;
    for (const entry of owned) entry.cleared = true;
    for (const set of [settling, delayed, prepared, everPrepared]) set.clear();
    for (const [step, tried] of attempts.entries()) if (tried.length === 0) resolved.delete(step);
    const known = steps.map((_, step): KnownStep => {
      const tried = attempts[step] ?? [];
      const outcome = outcomes[step];
      if (outcome !== undefined) settling.add(step);
      return {
        step,
        attempts: tried.length,
        failures: tried.filter((attempt) => attempt.endedAt !== undefined && !attempt.completed).length,
        ...(outcome === undefined ? {} : { outcome }),
        ...(tried.some((attempt) => attempt.endedAt === undefined) ? { running: true } : {}),
      };
    });
    state = createState(graph);
    send({ kind: "begin", known });
  };

  after(0, () => send({ kind: "begin" }));
  if (scenario.restartAt !== undefined) after(scenario.restartAt, restart);
  if (scenario.cancelAt !== undefined) after(scenario.cancelAt, () => send({ kind: "cancel" }));
  if (scenario.hurryAt !== undefined) after(scenario.hurryAt, () => send({ kind: "hurry" }));

  while (agenda.length > 0) {
    agenda.sort((one, other) => one.at - other.at || one.order - other.order);
    const entry = agenda.shift();
    if (entry === undefined || entry.cleared) continue;
    if (entry.at > now && finish === undefined && state.phase === "running" && running() < maxParallel) {
      // Time is about to pass: nothing that could run may be left.
      const idle = steps.findIndex(
        (_step, index) =>
          outcomes[index] === undefined &&
          !settling.has(index) &&
          !delayed.has(index) &&
          queued(index) &&
          !attempts[index]?.some((attempt) => attempt.endedAt === undefined),
      );
      expectThat(idle === -1, `step ${idle} could run at ${now}, and a slot is free`);
    }
    now = Math.max(now, entry.at);
    entry.happen();
  }
  expectThat(finish !== undefined, "the run comes to its end");
  expectThat(prepared.size === 0, "everything prepared was used or discarded");
  expectThat(running() === 0, "nothing runs after the end");
  const final = outcomes.map((outcome, step) => {
    expectThat(outcome !== undefined, `step ${step} has an outcome`);
    return outcome;
  });
  return { attempts, outcomes: final, settledAt, finish, finishedAt, commands, discarded };
}

export function expectThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Violated: ${what}.`);
}
