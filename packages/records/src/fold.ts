// The status of a run and its steps: computed from what is recorded, never trusted. Pure.
import type {
  AttemptEnded,
  AttemptStarted,
  Digest,
  Failure,
  Plan,
  RunRequest,
  RunStatus,
  StepExit,
  StepOutcome,
  StepStatus,
} from "@zenlite/core";
import { ZenliteError } from "@zenlite/core";
import type { RunRecords } from "./run.ts";

/** What the lease says of the run's driver: it beats, it has stopped beating, there never was one. */
export type Liveness = "live" | "stale" | "none";

export interface AttemptView {
  readonly id: string;
  readonly startedAt: string;
  readonly exit?: StepExit;
  readonly error?: Failure;
}

export interface StepView {
  readonly id: string;
  readonly status: StepStatus;
  readonly attempts: readonly AttemptView[];
  readonly outcome?: StepOutcome;
  /** Of the attempt that completed, or of the last one that ended. */
  readonly seconds?: number;
}

export interface RunView {
  readonly id: string;
  readonly pipeline: string;
  readonly stack: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly plan: Digest;
  readonly request: RunRequest;
  /** In the plan's order; without the plan, those that have records, by name. */
  readonly steps: readonly StepView[];
}

/** Throws ZENLITE_RUN_INCOMPLETE where the run's first record is missing. */
export function foldRun(records: RunRecords, plan: Plan | undefined, liveness: Liveness): RunView {
  const { created, finished } = records;
  if (created === undefined)
    throw new ZenliteError(
      "ZENLITE_RUN_INCOMPLETE",
      "The run's first record (created.json) is missing from the store.",
      {
        fault: "environment",
        hint: "zenlite clean",
      },
    );
  const named = new Set([...records.outcomes, ...records.attempts].map(({ step }) => step));
  const ids = plan?.steps.map(({ id }) => id) ?? [...named].sort();
  const status = runStatus(records, plan, liveness);
  const byStep = indexByStep(records);
  const steps = ids.map((id) => foldStep(id, byStep, status));
  return {
    id: created.run,
    pipeline: created.request.pipeline,
    stack: created.request.stack,
    status,
    createdAt: created.at,
    ...(finished === undefined ? {} : { finishedAt: finished.at }),
    plan: created.request.plan,
    request: created.request,
    steps,
  };
}

const isDone = (outcome: StepOutcome | undefined): boolean =>
  outcome?.status === "completed" || outcome?.status === "cached";

function runStatus(records: RunRecords, plan: Plan | undefined, liveness: Liveness): RunStatus {
  const { submitted, finished, outcomes } = records;
  const byStep = new Map(outcomes.map((outcome) => [outcome.step, outcome]));
  if (finished !== undefined) {
    // "completed" is a claim about every step: it holds only with their outcomes, and without the plan nobody knows the steps.
    const done = plan?.steps.every(({ id }) => isDone(byStep.get(id))) ?? false;
    const proven = finished.status !== "completed" || done;
    return proven ? finished.status : "interrupted";
  }
  if (liveness === "live") return "running";
  // A platform drives what was submitted to it, and takes no lease: whoever can reach it asks it.
  if (liveness === "none" && submitted !== undefined) return "running";
  if (liveness === "none" && records.attempts.length === 0 && outcomes.length === 0) return "created";
  return "interrupted";
}

interface StepRecords {
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  readonly attempts: ReadonlyMap<string, readonly AttemptStarted[]>;
  readonly ends: ReadonlyMap<string, readonly AttemptEnded[]>;
}

/** Once for all steps: a plan may have ten thousand. */
function indexByStep({ outcomes, attempts, ends }: RunRecords): StepRecords {
  return {
    outcomes: new Map(outcomes.map((outcome) => [outcome.step, outcome])),
    attempts: Map.groupBy(attempts, ({ step }) => step),
    ends: Map.groupBy(ends, ({ step }) => step),
  };
}

function foldStep(id: string, records: StepRecords, run: RunStatus): StepView {
  const outcome = records.outcomes.get(id);
  const ends = new Map((records.ends.get(id) ?? []).map((end) => [end.attempt, end]));
  const attempts = [...(records.attempts.get(id) ?? [])]
    .sort((left, right) =>
      left.at === right.at ? (left.attempt < right.attempt ? -1 : 1) : left.at < right.at ? -1 : 1,
    )
    .map((started): AttemptView => {
      const end = ends.get(started.attempt);
      return {
        id: started.attempt,
        startedAt: started.at,
        ...(end === undefined ? {} : { exit: end.exit }),
        ...(end?.error === undefined ? {} : { error: end.error }),
      };
    });
  const last = attempts.at(-1);
  const lastEnd = last === undefined ? undefined : ends.get(last.id);
  const seconds =
    outcome?.seconds ??
    (last === undefined || lastEnd === undefined
      ? undefined
      : Math.max(0, (Date.parse(lastEnd.at) - Date.parse(last.startedAt)) / 1000));
  return {
    id,
    status: outcome?.status ?? openStatus(last, run),
    attempts,
    ...(outcome === undefined ? {} : { outcome }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

/** A step without an outcome: it runs where its run does, it waits otherwise. */
function openStatus(last: AttemptView | undefined, run: RunStatus): StepStatus {
  return last !== undefined && last.exit === undefined && run === "running" ? "running" : "waiting";
}
