import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { FinalStatus } from "@zenlite/scheduler";
import { type Scenario, scenarios } from "./scenarios.ts";
import { simulate, type Trace } from "./simulator.ts";

const runs = { numRuns: 500 };

test("whatever happens: parents first, slots and look-ahead kept, no slot idle, one outcome a step, and an end", () => {
  // The simulator checks each of these at every instant; what is left is what only the whole shows.
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const trace = simulate(scenario);
      expect(trace.outcomes).toHaveLength(scenario.steps.length);
      for (const { command } of trace.commands)
        if (command.kind === "set-timer" && command.timer === "retry")
          expect(command.seconds).toBeLessThanOrEqual(longestDelay(scenario, command.step, command.number));
    }),
    runs,
  );
});

test("every outcome is the one that the mode, the results and the moment of the halt ask for", () => {
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const trace = simulate(scenario);
      checkOutcomes(scenario, trace);
    }),
    runs,
  );
});

test("with continue_on_failure the outcomes follow from the graph alone, whatever the slots", () => {
  fc.assert(
    fc.property(scenarios(), (drawn) => {
      const scenario = { ...drawn, mode: "continue_on_failure" as const, cancelAt: undefined, hurryAt: undefined };
      const expected: FinalStatus[] = [];
      for (const step of scenario.steps) {
        const parents = step.parents.map((parent) => expected[parent]);
        if (!parents.every((status) => status === "completed" || status === "cached")) expected.push("skipped");
        else if (step.lookup && step.hit === "hit") expected.push("cached");
        else expected.push(attemptsAlone(step));
      }
      const trace = simulate(scenario);
      expect(trace.outcomes).toEqual(expected);
      expect(trace.finish).toBe(expected.some((status) => status === "failed") ? "failed" : "completed");
    }),
    runs,
  );
});

test("a driver that goes on after another died brings every step to the outcome it would have had", () => {
  const moment = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(scenarios(), moment, (drawn, restartAt) => {
      const lasting = (step: Step): Step => ({
        ...step,
        timeout: 0,
        attempts: step.attempts.map(({ duration, result }) => ({
          duration,
          result: result === "fatal" ? "failed" : result,
        })),
      });
      const scenario = {
        ...drawn,
        steps: drawn.steps.map(lasting),
        mode: "continue_on_failure" as const,
        cancelAt: undefined,
        hurryAt: undefined,
      };
      const undisturbed = simulate(scenario);
      const { outcomes, finish } = simulate({ ...scenario, restartAt });
      expect({ outcomes, finish }).toEqual({ outcomes: undisturbed.outcomes, finish: undisturbed.finish });
    }),
    runs,
  );
});

test("with a slot for every step the run takes exactly as long as its critical path", () => {
  fc.assert(
    fc.property(scenarios(true), (scenario) => {
      const ends: number[] = [];
      for (const step of scenario.steps)
        ends.push(Math.max(0, ...step.parents.map((parent) => ends[parent] ?? 0)) + (step.attempts[0]?.duration ?? 0));
      const trace = simulate(scenario);
      expect(trace.finish).toBe("completed");
      expect(trace.finishedAt).toBe(Math.max(0, ...ends));
      expect(trace.attempts.map(([attempt]) => attempt?.endedAt)).toEqual(ends);
    }),
    runs,
  );
});

test("where every step is in the cache nothing is prepared and nothing is launched", () => {
  fc.assert(
    fc.property(scenarios(), (drawn) => {
      const steps = drawn.steps.map((step) => ({ ...step, lookup: true, hit: "hit" as const }));
      const trace = simulate({ ...drawn, steps, cancelAt: undefined, hurryAt: undefined });
      expect(trace.finish).toBe("completed");
      expect(new Set(trace.commands.map(({ command }) => command.kind))).toEqual(
        new Set(steps.length === 0 ? ["finish"] : ["resolve", "settle", "finish"]),
      );
    }),
    { numRuns: 100 },
  );
});

type Step = Scenario["steps"][number];

function longestDelay(scenario: Scenario, step: number, number: number): number {
  const retry = scenario.steps[step]?.retry;
  return retry === undefined ? 0 : retry.delaySeconds * retry.backoff ** (number - 1);
}

/** What becomes of a step whose attempts nobody disturbs. */
function attemptsAlone(step: Step): FinalStatus {
  for (let number = 1; number <= step.retry.count + 1; number++) {
    const plan = step.attempts[Math.min(number, step.attempts.length) - 1];
    if (plan === undefined) break;
    const late = step.timeout > 0 && plan.duration > step.timeout;
    if (late ? step.completesWhenStopped : plan.result === "completed") return "completed";
    if (!late && plan.result === "fatal") return "failed";
  }
  return "failed";
}

function hasBadAncestor(scenario: Scenario, trace: Trace, step: number): boolean {
  return (scenario.steps[step]?.parents ?? []).some(
    (parent) => ["failed", "skipped"].includes(trace.outcomes[parent] ?? "") || hasBadAncestor(scenario, trace, parent),
  );
}

function waitedForRetry(trace: Trace, step: number): boolean {
  const last = trace.commands.findLast(
    ({ command }) =>
      "step" in command && command.step === step && command.kind !== "settle" && command.kind !== "discard",
  );
  return last?.command.kind === "clear-timer" && last.command.timer === "retry";
}

/** An oracle that knows nothing of the scheduler's inside: it judges by what was seen of attempts and of time. */
function checkOutcomes(scenario: Scenario, trace: Trace): void {
  const failedAt = trace.outcomes.flatMap((status, step) => (status === "failed" ? [trace.settledAt[step] ?? 0] : []));
  const halts = scenario.mode !== "continue_on_failure";
  const failureHalt = halts ? Math.min(...failedAt, Infinity) : Infinity;
  const cancelled = Math.min(scenario.cancelAt ?? Infinity, scenario.hurryAt ?? Infinity);
  const halt = Math.min(failureHalt, cancelled);
  // In the very millisecond of the halt either order is right; those scenarios are judged by their invariants alone.
  const tie = failureHalt === cancelled && halt !== Infinity;
  const allGood = trace.outcomes.every((status) => status === "completed" || status === "cached");
  if (allGood) expect(trace.finish).toBe("completed");
  else if (!tie)
    expect(trace.finish).toBe(cancelled < failureHalt && cancelled <= trace.finishedAt ? "cancelled" : "failed");

  for (const [index, step] of scenario.steps.entries()) {
    const status = trace.outcomes[index];
    const attempts = trace.attempts[index] ?? [];
    const last = attempts.at(-1);
    for (const attempt of attempts) expect(attempt.launchedAt).toBeLessThanOrEqual(halt);
    expect(attempts.filter((attempt) => attempt.completed)).toHaveLength(status === "completed" ? 1 : 0);
    if (last?.completed === true) expect(status).toBe("completed");
    if (status === "cached") expect(step.hit).toBe("hit");
    if (status === "skipped") {
      expect(attempts).toHaveLength(0);
      const badParent = step.parents.some((parent) => !["completed", "cached"].includes(trace.outcomes[parent] ?? ""));
      expect(badParent || failureHalt < Infinity).toBe(true);
    }
    if (status === "cancelled" && last === undefined)
      expect(cancelled).toBeLessThanOrEqual(trace.settledAt[index] ?? 0);
    if (status === "failed") {
      const stopsRunning = scenario.mode === "fail_fast" || cancelled < Infinity;
      expect(last?.stopCause === "halt" && stopsRunning).toBe(false);
      // All retries are used up, unless the attempt could not be retried or the run was ending.
      const planned = step.attempts[Math.min(attempts.length, step.attempts.length) - 1];
      const exhausted = attempts.length === step.retry.count + 1;
      const fatal = planned?.result === "fatal";
      expect(exhausted || fatal || halt <= (trace.settledAt[index] ?? 0)).toBe(true);
    }
    // Running over the moment from which running steps are stopped: stopped then, and cancelled unless it completed all the same.
    const stopsFrom = Math.min(scenario.mode === "fail_fast" ? failureHalt : Infinity, cancelled);
    if (last !== undefined && (last.endedAt ?? 0) > stopsFrom) {
      expect(last.stoppedAt).toBeLessThanOrEqual(stopsFrom);
      expect(status).toBe(last.completed ? "completed" : "cancelled");
    } else if (last !== undefined && (last.endedAt ?? 0) > halt && (last.endedAt ?? 0) < stopsFrom) {
      expect(status).toBe(last.completed ? "completed" : "failed");
    }
    // Never tried and without an outcome of its own: the halt decides, and before it a bad ancestor.
    if (last === undefined && status !== "cached" && !tie) {
      if (failureHalt < cancelled) expect(status).toBe("skipped");
      else if (!hasBadAncestor(scenario, trace, index)) expect(status).toBe("cancelled");
    }
    // Between two attempts when the halt came.
    if (
      last !== undefined &&
      (last.endedAt ?? 0) < halt &&
      (trace.settledAt[index] ?? 0) >= halt + scenario.settleTime &&
      !tie
    ) {
      if (waitedForRetry(trace, index)) expect(status).toBe(failureHalt < stopsFrom ? "failed" : "cancelled");
    }
    // Nobody is stopped while the run goes on, but for a timeout.
    if (last?.stopCause === "halt") expect(last.stoppedAt).toBeGreaterThanOrEqual(halt);
    if (halt === Infinity && last !== undefined) expect(["completed", "failed"]).toContain(status);
  }
}
