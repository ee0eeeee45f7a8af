import * as fc from "fast-check";
import type { ExecutionMode } from "@zenlite/core";

/** What one step does when the simulated world is asked. Times are whole milliseconds. */
export interface SimulatedStep {
  readonly parents: readonly number[];
  readonly lookup: boolean;
  readonly hit: "hit" | "miss" | "failed";
  readonly lookupTime: number;
  /** The n-th attempt; after the last one every attempt is like it. */
  readonly attempts: readonly { readonly duration: number; readonly result: "completed" | "failed" | "fatal" }[];
  /** Time until a stopped attempt is gone. */
  readonly stopTime: number;
  /** True: an attempt that is being stopped completes all the same. */
  readonly completesWhenStopped: boolean;
  readonly prepareFails: boolean;
  readonly retry: {
    readonly count: number;
    readonly delaySeconds: number;
    readonly backoff: number;
    readonly jitter: "none" | "full";
  };
  readonly timeout: number;
}

export interface Scenario {
  readonly steps: readonly SimulatedStep[];
  readonly mode: ExecutionMode;
  readonly maxParallel: number;
  readonly lookAhead: number;
  readonly settleTime: number;
  readonly cancelAt: number | undefined;
  readonly hurryAt: number | undefined;
  /** The driver dies, and another goes on at once with what the records say. */
  readonly restartAt?: number;
  readonly random: number;
}

const attempt = fc.record({
  duration: fc.integer({ min: 0, max: 50 }),
  result: fc.oneof(
    { weight: 8, arbitrary: fc.constant("completed" as const) },
    { weight: 2, arbitrary: fc.constant("failed" as const) },
    { weight: 1, arbitrary: fc.constant("fatal" as const) },
  ),
});

const stepOf = (quiet: boolean) =>
  fc.record({
    picks: fc.array(fc.nat(), { maxLength: 4, size: "max" }),
    lookup: fc.boolean(),
    hit: quiet
      ? fc.constant("miss" as const)
      : fc.oneof(
          { weight: 3, arbitrary: fc.constant("miss" as const) },
          { weight: 2, arbitrary: fc.constant("hit" as const) },
          { weight: 1, arbitrary: fc.constant("failed" as const) },
        ),
    lookupTime: quiet ? fc.constant(0) : fc.nat(5),
    attempts: quiet
      ? fc.tuple(fc.record({ duration: fc.nat(50), result: fc.constant("completed" as const) }))
      : fc.array(attempt, { minLength: 1, maxLength: 4, size: "max" }),
    stopTime: fc.nat(10),
    completesWhenStopped: fc.boolean(),
    prepareFails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    retry: fc.record({
      count: fc.nat(3),
      delaySeconds: fc.constantFrom(0, 0.005, 0.02),
      backoff: fc.constantFrom(1, 2),
      jitter: fc.constantFrom("none" as const, "full" as const),
    }),
    timeout: quiet ? fc.constant(0) : fc.constantFrom(0, 0, 0, 20, 40),
  });

const modes = fc.constantFrom<ExecutionMode>("fail_fast", "stop_on_failure", "continue_on_failure");

/** `quiet`: nothing fails, is cached, is cancelled or takes time beside the steps themselves. */
export function scenarios(quiet = false): fc.Arbitrary<Scenario> {
  return fc
    .record({
      steps: fc.array(stepOf(quiet), { minLength: 0, maxLength: 60, size: "max" }),
      mode: modes,
      maxParallel: quiet ? fc.constant(Infinity) : fc.constantFrom(1, 2, 3, 7, Infinity),
      lookAhead: fc.constantFrom(0, 1, 4, 9),
      settleTime: quiet ? fc.constant(0) : fc.nat(3),
      cancelAt: quiet ? fc.constant(undefined) : fc.option(fc.nat(300), { nil: undefined, freq: 2 }),
      hurryAt: quiet ? fc.constant(undefined) : fc.option(fc.nat(400), { nil: undefined, freq: 1 }),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    })
    .map(withParents);
}

function withParents<Drawn extends { readonly steps: readonly DrawnStep[] }>(
  drawn: Drawn,
): Drawn & { steps: SimulatedStep[] } {
  const link = ({ picks, ...step }: DrawnStep, index: number): SimulatedStep => ({
    ...step,
    parents: index === 0 ? [] : [...new Set(picks.map((pick) => pick % index))],
  });
  return { ...drawn, steps: drawn.steps.map(link) };
}

type DrawnStep = Omit<SimulatedStep, "parents"> & { readonly picks: readonly number[] };
