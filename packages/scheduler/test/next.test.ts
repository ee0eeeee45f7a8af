import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExecutionMode, Retry } from "@zenlite/core";
import {
  createState,
  type GraphStepDescription,
  next,
  type SchedulerCommand,
  type SchedulerEvent,
  type SchedulerState,
} from "@zenlite/scheduler";

const once: Retry = { count: 0, delaySeconds: 0, backoff: 1, jitter: "none" };

interface Settings {
  readonly mode?: ExecutionMode;
  readonly maxParallel?: number;
  readonly lookAhead?: number;
}

function stateOf(
  steps: readonly (Partial<GraphStepDescription> & { readonly id: string })[],
  settings: Settings = {},
): SchedulerState {
  return createState({
    mode: settings.mode ?? "fail_fast",
    maxParallel: settings.maxParallel ?? 4,
    lookAhead: settings.lookAhead ?? 0,
    steps: steps.map((step) => ({ parents: [], retry: once, lookup: false, ...step })),
  });
}

/** Feeds events and returns what the last of them asked for. */
function feed(
  state: SchedulerState,
  ...events: SchedulerEvent[]
): { state: SchedulerState; commands: readonly SchedulerCommand[] } {
  let commands: readonly SchedulerCommand[] = [];
  for (const event of events) ({ state, commands } = next(state, event));
  return { state, commands };
}

const begin: SchedulerEvent = { kind: "begin" };
const completed = (step: number, number = 1): SchedulerEvent => ({
  kind: "ended",
  step,
  number,
  verdict: { kind: "outcome", status: "completed" },
});
const failed = (step: number, number = 1, random = 0.5): SchedulerEvent => ({
  kind: "ended",
  step,
  number,
  verdict: { kind: "failed", retryable: true, random },
});

describe("retries", () => {
  /** The waits before each further attempt of a step that always fails. */
  function waits(retry: Retry, random = 0.5): number[] {
    const found: number[] = [];
    let { state, commands } = feed(stateOf([{ id: "a", retry }]), begin);
    for (let number = 1; ; number++) {
      expect(commands).toContainEqual({ kind: "launch", step: 0, number });
      ({ state, commands } = feed(state, failed(0, number, random)));
      const [command] = commands;
      if (command?.kind !== "set-timer") break;
      found.push(command.seconds);
      ({ state, commands } = feed(state, { kind: "timer", step: 0, timer: "retry", number }));
    }
    expect(commands).toEqual([{ kind: "settle", step: 0, status: "failed" }]);
    return found;
  }

  test("three retries of three seconds wait three seconds each, also with the backoff left at nothing", () => {
    const retry: Retry = { count: 3, delaySeconds: 3, backoff: 1, jitter: "none" };
    expect(waits(retry)).toEqual([3, 3, 3]);
    // 3 s, 0 s, 0 s is what others make of it.
    expect(waits({ ...retry, backoff: 0 })).toEqual([3, 3, 3]);
  });

  test("the wait grows by the backoff and never beyond a day", () => {
    expect(waits({ count: 4, delaySeconds: 3, backoff: 2, jitter: "none" })).toEqual([3, 6, 12, 24]);
    expect(waits({ count: 2, delaySeconds: 86_000, backoff: 10, jitter: "none" })).toEqual([86_000, 86_400]);
  });

  test("full jitter draws from nothing up to the wait", () => {
    const retry: Retry = { count: 2, delaySeconds: 8, backoff: 2, jitter: "full" };
    expect(waits(retry, 0)).toEqual([0, 0]);
    expect(waits(retry, 0.25)).toEqual([2, 4]);
  });

  test("a step that waits for its retry holds no slot", () => {
    const retry: Retry = { count: 1, delaySeconds: 5, backoff: 1, jitter: "none" };
    const { commands } = feed(stateOf([{ id: "a", retry }, { id: "b" }], { maxParallel: 1 }), begin, failed(0));
    expect(commands).toContainEqual({ kind: "launch", step: 1, number: 1 });
  });

  test("compute that went away with an earlier driver is tried again at once and uses up nothing", () => {
    const known = [{ step: 0, attempts: 1, failures: 0, running: true }];
    const lost: SchedulerEvent = {
      kind: "ended",
      step: 0,
      number: 1,
      verdict: { kind: "failed", retryable: true, random: 0, free: true },
    };
    const answer = feed(stateOf([{ id: "a" }]), { kind: "begin", known }, lost);
    expect(answer.commands).toEqual([{ kind: "launch", step: 0, number: 2 }]);
    expect(feed(answer.state, failed(0, 2)).commands).toEqual([{ kind: "settle", step: 0, status: "failed" }]);
  });
});

describe("timeouts", () => {
  const steps = [{ id: "a", timeoutSeconds: 7, retry: { ...once, count: 1 } }];
  const fired: SchedulerEvent = { kind: "timer", step: 0, timer: "timeout", number: 1 };

  test("an attempt is stopped when its time is up, and tried again", () => {
    const started = feed(stateOf(steps), begin, { kind: "started", step: 0, number: 1 });
    expect(started.commands).toEqual([{ kind: "set-timer", step: 0, timer: "timeout", number: 1, seconds: 7 }]);
    const stopped = feed(started.state, fired);
    expect(stopped.commands).toEqual([{ kind: "stop", step: 0, cause: "timeout", hurry: false }]);
    expect(feed(stopped.state, failed(0)).commands).toContainEqual(
      expect.objectContaining({ kind: "set-timer", timer: "retry" }),
    );
  });

  test("a timer that fires after its attempt has ended changes nothing", () => {
    const retried = feed(stateOf(steps), begin, { kind: "started", step: 0, number: 1 }, failed(0), {
      kind: "timer",
      step: 0,
      timer: "retry",
      number: 1,
    });
    expect(retried.commands).toContainEqual({ kind: "launch", step: 0, number: 2 });
    expect(feed(retried.state, fired).commands).toEqual([]);
  });
});

describe("look-ahead", () => {
  const chain = ["a", "b", "c", "d", "e", "f"].map((id, index, ids) => ({
    id,
    parents: index === 0 ? [] : [ids[index - 1] ?? ""],
  }));
  const prepares = (commands: readonly SchedulerCommand[]): number[] =>
    commands.flatMap((command) => (command.kind === "prepare" ? [command.step] : []));

  test("in a chain the next steps are prepared, and one more each time one of them starts", () => {
    const begun = feed(stateOf(chain, { lookAhead: 3 }), begin);
    expect(begun.commands[0]).toEqual({ kind: "launch", step: 0, number: 1 });
    expect(prepares(begun.commands)).toEqual([1, 2, 3]);
    expect(feed(begun.state, completed(0)).commands).toEqual([
      { kind: "launch", step: 1, number: 1 },
      { kind: "prepare", step: 4, number: 1 },
    ]);
  });

  test("a step whose parents all run goes before one whose parents are only prepared", () => {
    // Two chains, the first wholly earlier in the plan.
    const steps = [...chain.slice(0, 4), { id: "x" }, { id: "y", parents: ["x"] }, { id: "z", parents: ["y"] }];
    const { commands } = feed(stateOf(steps, { lookAhead: 3 }), begin);
    expect(prepares(commands)).toEqual([1, 5, 2]);
  });

  test("steps that wait for a slot are prepared", () => {
    const steps = ["a", "b", "c", "d", "e"].map((id) => ({ id }));
    const { commands } = feed(stateOf(steps, { lookAhead: 2, maxParallel: 2 }), begin);
    expect(commands.map((command) => command.kind)).toEqual(["launch", "launch", "prepare", "prepare"]);
    expect(prepares(commands)).toEqual([2, 3]);
  });

  test("a prepared step that turns out to be in the cache is discarded", () => {
    const steps = [{ id: "a" }, { id: "b", parents: ["a"], lookup: true }, { id: "c", parents: ["b"], lookup: true }];
    const begun = feed(stateOf(steps, { lookAhead: 2 }), begin);
    expect(prepares(begun.commands)).toEqual([1, 2]);
    const hit = feed(begun.state, completed(0), { kind: "resolved", step: 1, found: "hit" });
    expect(hit.commands.slice(0, 2)).toEqual([
      { kind: "discard", step: 1 },
      { kind: "settle", step: 1, status: "cached" },
    ]);
  });

  test("what cannot be prepared is launched without, and another step takes its place", () => {
    const begun = feed(stateOf(chain, { lookAhead: 1 }), begin);
    const answer = feed(begun.state, { kind: "prepare-failed", step: 1 });
    expect(prepares(answer.commands)).toEqual([2]);
    expect(feed(answer.state, completed(0)).commands[0]).toEqual({ kind: "launch", step: 1, number: 1 });
  });
});

describe("the end of a run", () => {
  const chain = ["a", "b", "c", "d"].map((id, index, ids) => ({
    id,
    parents: index === 0 ? [] : [ids[index - 1] ?? ""],
  }));

  test("all that came to depend on a failed step is skipped in one go", () => {
    const settled: SchedulerEvent = { kind: "settled", step: 0, status: "failed" };
    const answer = feed(stateOf(chain, { mode: "continue_on_failure" }), begin, failed(0), settled);
    expect(answer.commands).toEqual([1, 2, 3].map((step) => ({ kind: "settle", step, status: "skipped" })));
  });

  test("an outcome that somebody else wrote first is believed", () => {
    const { commands } = feed(stateOf(chain), begin, failed(0), { kind: "settled", step: 0, status: "completed" });
    expect(commands).toEqual([{ kind: "launch", step: 1, number: 1 }]);
  });

  test("hurry cancels, and stops with haste what runs and what is being stopped already", () => {
    const steps = [{ id: "a" }, { id: "b", timeoutSeconds: 1 }, { id: "c", parents: ["a"] }];
    const expired: SchedulerEvent = { kind: "timer", step: 1, timer: "timeout", number: 1 };
    const { state, commands } = feed(stateOf(steps), begin, expired, { kind: "hurry" });
    expect(commands).toEqual([
      { kind: "stop", step: 0, cause: "halt", hurry: true },
      { kind: "settle", step: 2, status: "cancelled" },
      { kind: "stop", step: 1, cause: "halt", hurry: true },
    ]);
    expect(feed(state, failed(0), failed(1), { kind: "hurry" }).commands).toEqual([]);
  });

  test("a cancel before the beginning starts nothing", () => {
    const { commands } = feed(stateOf(chain), { kind: "cancel" }, begin);
    expect(commands).toEqual([0, 1, 2, 3].map((step) => ({ kind: "settle", step, status: "cancelled" })));
  });

  test("a cancelled run in which everything had completed is completed", () => {
    const { commands } = feed(stateOf([{ id: "a" }]), begin, { kind: "cancel" }, completed(0));
    expect(commands.at(-1)).toEqual({ kind: "finish", status: "completed" });
  });

  test("a graph without steps is completed", () => {
    expect(feed(stateOf([]), begin).commands).toEqual([{ kind: "finish", status: "completed" }]);
  });
});

describe("going on with a run that an earlier driver left", () => {
  const steps = [
    { id: "a" },
    { id: "b", parents: ["a"], retry: { ...once, count: 2 } },
    { id: "c", parents: ["a"] },
    { id: "d", parents: ["b", "c"] },
  ];

  test("outcomes are kept, what was adopted is waited for, and attempts are counted on", () => {
    const known = [
      { step: 0, attempts: 1, failures: 0, outcome: "completed" as const },
      { step: 1, attempts: 2, failures: 2 },
      { step: 2, attempts: 1, failures: 0, running: true },
    ];
    const begun = feed(stateOf(steps), { kind: "begin", known });
    expect(begun.commands).toEqual([{ kind: "launch", step: 1, number: 3 }]);
    expect(feed(begun.state, failed(1, 3)).commands).toEqual([{ kind: "settle", step: 1, status: "failed" }]);
    expect(feed(begun.state, completed(1, 3), completed(2)).commands).toEqual([{ kind: "launch", step: 3, number: 1 }]);
  });

  test("a step whose last try failed is not tried once more", () => {
    const known = [{ step: 0, attempts: 1, failures: 1 }];
    expect(feed(stateOf(steps), { kind: "begin", known }).commands).toEqual([
      { kind: "settle", step: 0, status: "failed" },
    ]);
  });

  test("a failure that was written already ends the run as it would have then", () => {
    const known = [
      { step: 1, attempts: 1, failures: 1, outcome: "failed" as const },
      { step: 0, attempts: 1, failures: 0, outcome: "completed" as const },
      { step: 2, attempts: 1, failures: 0, running: true },
    ];
    expect(feed(stateOf(steps), { kind: "begin", known }).commands).toEqual([
      { kind: "stop", step: 2, cause: "halt", hurry: false },
      { kind: "settle", step: 3, status: "skipped" },
    ]);
    const patient = feed(stateOf(steps, { mode: "continue_on_failure" }), { kind: "begin", known });
    expect(patient.commands).toEqual([{ kind: "settle", step: 3, status: "skipped" }]);
  });
});

test("a graph that cannot be is refused with the reason", () => {
  expect(() => stateOf([{ id: "a", parents: ["b"] }, { id: "b" }])).toThrow(
    /"a" names "b" as a parent, which no earlier step is/,
  );
  expect(() => stateOf([{ id: "a" }, { id: "a" }])).toThrow(/"a" is there twice/);
  expect(() => stateOf([], { maxParallel: 0 })).toThrow(/maxParallel is 0/);
  expect(() => stateOf([], { lookAhead: -1 })).toThrow(/lookAhead is -1/);
});

test("next is pure: it changes no state it was given, and answers the same twice", () => {
  const anyEvent: fc.Arbitrary<SchedulerEvent> = fc.oneof(
    fc.constant(begin),
    fc.constant<SchedulerEvent>({ kind: "cancel" }),
    fc.constant<SchedulerEvent>({ kind: "hurry" }),
    fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 3 }), fc.nat(8)).map(([step, number, which]): SchedulerEvent => {
      if (which < 2) return completed(step, number);
      if (which < 4) return failed(step, number, 0.3);
      if (which === 4) return { kind: "resolved", step, found: "hit" };
      if (which === 5) return { kind: "resolved", step, found: "miss" };
      if (which === 6) return { kind: "settled", step, status: "failed" };
      if (which === 7) return { kind: "timer", step, timer: "retry", number };
      return { kind: "prepare-failed", step };
    }),
  );
  const steps = [
    { id: "a" },
    { id: "b", lookup: true, retry: { count: 1, delaySeconds: 1, backoff: 1, jitter: "full" as const } },
    { id: "c", parents: ["a"] },
    { id: "d", parents: ["a", "b"], lookup: true },
    { id: "e", parents: ["c"] },
    { id: "f", parents: ["d", "e"] },
  ];
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30, size: "max" }), (events) => {
      let state = stateOf(steps, { maxParallel: 2, lookAhead: 2 });
      for (const event of [begin, ...events]) {
        const before = structuredClone(state);
        const answer = next(Object.freeze(state), Object.freeze(event));
        expect(state).toEqual(before);
        expect(next(before, event)).toEqual(answer);
        ({ state } = answer);
      }
    }),
  );
});
