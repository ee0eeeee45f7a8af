import type { Plan, StepOutcome } from "@zenlite/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldRun, type Liveness, recordHead, type RunRecords } from "../src/index.ts";
import { makePlan, planStep, requestOf } from "./support.ts";

const run = "20261121-120000-000-aaaaaa";
const ids = ["importer", "trainer", "evaluator"];
const plan = makePlan(
  "digits",
  ids.map((id) => planStep(id)),
);
const head = recordHead(run, "w", new Date(0));
const created = { ...head, kind: "run.created", request: requestOf(run, plan) } as const;
const nothing: RunRecords = { created, attempts: [], ends: [], outcomes: [] };

const outcome = (step: string, status: StepOutcome["status"]): StepOutcome => ({
  ...head,
  kind: "step.outcome",
  step,
  status,
  outputs: {},
});
const started = (step: string, attempt: string, at = 0) =>
  ({ ...recordHead(run, "w", new Date(at)), kind: "attempt.started", step, attempt, epoch: 1 }) as const;
const ended = (step: string, attempt: string) =>
  ({ ...head, kind: "attempt.ended", step, attempt, exit: { code: 1, reason: "exited" } }) as const;
const finished = (status: "completed" | "failed" | "cancelled") =>
  ({ ...head, kind: "run.finished", status, by: "driver" }) as const;
const all = (status: StepOutcome["status"]) => ids.map((id) => outcome(id, status));

const stepStatus = fc.constantFrom<StepOutcome["status"]>("completed", "cached", "failed", "skipped", "cancelled");
const liveness = fc.constantFrom<Liveness>("live", "stale", "none");
const attemptIds = fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), fc.constantFrom("a", "b", "c")), {
  selector: ([step, attempt]) => `${step}/${attempt}`,
});
/** Records as a store may hold them: one outcome a step, one start and one end an attempt. */
const records: fc.Arbitrary<RunRecords> = fc
  .record({
    outcomes: fc.dictionary(fc.constantFrom(...ids), stepStatus),
    attempts: attemptIds,
    ends: attemptIds,
    end: fc.option(fc.constantFrom("completed", "failed", "cancelled"), { nil: undefined }),
    cancel: fc.boolean(),
    times: fc.array(fc.nat({ max: 3 }), { minLength: 9, maxLength: 9 }),
  })
  .map(({ outcomes, attempts, ends, end, cancel, times }) => ({
    created,
    ...(end === undefined ? {} : { finished: finished(end) }),
    ...(cancel ? { cancel: { ...head, kind: "run.cancel" as const } } : {}),
    attempts: attempts.map(([step, attempt], index) => started(step, attempt, times[index])),
    ends: ends.map(([step, attempt]) => ended(step, attempt)),
    outcomes: Object.entries(outcomes).map(([step, status]) => outcome(step, status)),
  }));
const plans = fc.constantFrom<Plan | undefined>(plan, undefined);

test("the order in which records are read changes nothing", () => {
  const shuffled = records.chain((original) =>
    fc.record({
      original: fc.constant(original),
      attempts: fc.shuffledSubarray([...original.attempts], { minLength: original.attempts.length }),
      ends: fc.shuffledSubarray([...original.ends], { minLength: original.ends.length }),
      outcomes: fc.shuffledSubarray([...original.outcomes], { minLength: original.outcomes.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, plans, liveness, ({ original, ...turned }, of, alive) => {
      expect(foldRun({ ...original, ...turned }, of, alive)).toEqual(foldRun(original, of, alive));
    }),
    { numRuns: 500 },
  );
});

test("completed is said only where every step of the plan has a completed or cached outcome, so never without the plan", () => {
  fc.assert(
    fc.property(records, plans, liveness, (of, known, alive) => {
      const { status, steps } = foldRun(of, known, alive);
      if (status !== "completed") return;
      expect(known).toBeDefined();
      expect(steps.map(({ id }) => id)).toEqual(ids);
      for (const step of steps) expect(["completed", "cached"]).toContain(step.status);
    }),
    { numRuns: 1000 },
  );
});

test("a step's outcome is its status; a step runs only in a run that runs; folding changes no record", () => {
  fc.assert(
    fc.property(records, plans, liveness, (of, known, alive) => {
      const before = structuredClone(of);
      const { status, steps } = foldRun(of, known, alive);
      for (const step of steps) {
        expect(step.outcome).toEqual(of.outcomes.find((each) => each.step === step.id));
        if (step.outcome !== undefined) expect(step.status).toBe(step.outcome.status);
        if (step.status === "running") expect(status).toBe("running");
      }
      expect(of).toEqual(before);
    }),
    { numRuns: 500 },
  );
});

const some = { attempts: [started("importer", "a")], outcomes: [outcome("importer", "completed")] };
test.each<[string, string, Partial<RunRecords>, Liveness]>([
  ["nothing but its first record", "created", {}, "none"],
  ["a driver that has just begun", "running", {}, "live"],
  ["a driver at work", "running", some, "live"],
  ["a driver that died", "interrupted", some, "stale"],
  ["a driver that died before it began a step", "interrupted", {}, "stale"],
  [
    "submitted to a platform, which takes no lease",
    "running",
    { submitted: { ...head, kind: "run.submitted", handle: 1 } },
    "none",
  ],
  ["at work on a platform", "running", { ...some, submitted: { ...head, kind: "run.submitted", handle: 1 } }, "none"],
  ["finished, all completed", "completed", { outcomes: all("completed"), finished: finished("completed") }, "stale"],
  ["finished, all cached", "completed", { outcomes: all("cached"), finished: finished("completed") }, "none"],
  [
    "finished as completed, but an outcome is missing",
    "interrupted",
    { ...some, finished: finished("completed") },
    "stale",
  ],
  [
    "finished as failed",
    "failed",
    { outcomes: [outcome("importer", "failed")], finished: finished("failed") },
    "stale",
  ],
  ["finished as cancelled", "cancelled", { finished: finished("cancelled") }, "stale"],
])("%s: the run is %s", (_, status, more, alive) => {
  expect(foldRun({ ...nothing, ...more }, plan, alive).status).toBe(status);
});

test("a step: waiting, running, and waiting again once its attempt ended or its driver is gone", () => {
  const statusOf = (more: Partial<RunRecords>, alive: Liveness): unknown =>
    foldRun({ ...nothing, ...more }, plan, alive).steps[0]?.status;
  const open = { attempts: [started("importer", "a")] };
  expect(statusOf({}, "live")).toBe("waiting");
  expect(statusOf(open, "live")).toBe("running");
  expect(statusOf({ ...open, ends: [ended("importer", "a")] }, "live")).toBe("waiting");
  expect(statusOf(open, "stale")).toBe("waiting");
});

test("attempts come in the order of their starts, with their ends", () => {
  const attempts = [started("trainer", "z", 1000), started("trainer", "a", 2000)];
  const view = foldRun({ ...nothing, attempts, ends: [ended("trainer", "z")] }, plan, "live").steps[1];
  expect(view?.attempts).toEqual([
    { id: "z", startedAt: "1970-01-01T00:00:01.000Z", exit: { code: 1, reason: "exited" } },
    { id: "a", startedAt: "1970-01-01T00:00:02.000Z" },
  ]);
});

test("without its first record a run cannot be folded, and the error says so", () => {
  const { created: _, ...rest } = nothing;
  expect(() => foldRun(rest, plan, "none")).toThrow(expect.objectContaining({ code: "ZENLITE_RUN_INCOMPLETE" }));
});

test("a fold of 10,000 steps looks at each record a few times, not once for every step", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `s${index}`);
  let looks = 0;
  const watched = <Each extends object>(each: Each): Each =>
    new Proxy(each, {
      get: (target, key, self): unknown => ((looks += key === "step" ? 1 : 0), Reflect.get(target, key, self)),
    });
  const view = foldRun(
    {
      ...nothing,
      attempts: many.map((id) => watched(started(id, "a"))),
      ends: many.map((id) => watched(ended(id, "a"))),
      outcomes: many.map((id) => watched(outcome(id, "completed"))),
      finished: finished("completed"),
    },
    makePlan(
      "large",
      many.map((id) => planStep(id)),
    ),
    "stale",
  );
  expect(view.status).toBe("completed");
  expect(looks).toBeLessThan(30 * many.length);
});
