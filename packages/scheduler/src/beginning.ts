import type { ArtifactStore, AttemptEnded, Call, PlanStep, StepHandle, StepOutcome } from "@zenlite/core";
import { layout, readRun, recordHead, type RunRecords, writeOnce } from "@zenlite/records";
import type { Driver } from "./driver.ts";
import type { KnownStep } from "./protocol.ts";

/** Where a driver starts: what earlier drivers of the run wrote down, and what is left of their compute. */
export interface Beginning {
  readonly known: readonly KnownStep[];
  readonly outcomes: readonly StepOutcome[];
  /** By position of the step: the compute to wait for. */
  readonly adopted: ReadonlyMap<number, StepHandle>;
  /** Compute that nobody waits for: of steps that have an outcome, of older attempts, or prepared and never used. */
  readonly strays: readonly StepHandle[];
  /** Attempts that were started, of which there is neither an end nor compute. */
  readonly vanished: readonly { readonly step: string; readonly attempt: string }[];
  /** By position of the step: how its last failed attempt ended. */
  readonly failures: ReadonlyMap<number, AttemptEnded>;
  readonly cancelled: boolean;
}

const nothing: RunRecords = { attempts: [], ends: [], outcomes: [] };

export async function readBeginning(
  store: ArtifactStore,
  run: string,
  steps: readonly PlanStep[],
  handles: readonly StepHandle[],
  call: Call,
): Promise<Beginning> {
  const [begun, cancel] = await Promise.all([hasSteps(store, run, call), store.stat(layout.cancelled(run), call)]);
  const records = begun ? ((await readRun(store, run, call)) ?? nothing) : nothing;
  return { ...judge(records, steps, handles), cancelled: cancel !== undefined };
}

/** One listing, so that the start of a new run reads no records. */
async function hasSteps(store: ArtifactStore, run: string, call: Call): Promise<boolean> {
  for await (const _ of store.list(`${layout.run(run)}steps/`, call)) return true;
  return false;
}

/** Pure: records and compute → where to begin. */
function judge(
  records: RunRecords,
  steps: readonly PlanStep[],
  handles: readonly StepHandle[],
): Omit<Beginning, "cancelled"> {
  const outcomes = new Map(records.outcomes.map((outcome) => [outcome.step, outcome]));
  const ends = new Map(records.ends.map((end) => [end.attempt, end]));
  const started = Map.groupBy(records.attempts, (attempt) => attempt.step);
  const epochs = new Map(records.attempts.map((attempt) => [attempt.attempt, attempt.epoch]));
  const left = Map.groupBy(handles, (handle) => handle.step);

  const known: KnownStep[] = [];
  const adopted = new Map<number, StepHandle>();
  const failures = new Map<number, AttemptEnded>();
  for (const [step, { id }] of steps.entries()) {
    const attempts = started.get(id) ?? [];
    const outcome = outcomes.get(id);
    if (attempts.length === 0 && outcome === undefined) continue;
    // An attempt without a record of its start was never given its word: it only waits. Of several, the newest driver's counts.
    const [handle] = (left.get(id) ?? [])
      .filter((candidate) => epochs.has(candidate.attempt))
      .sort((one, other) => (epochs.get(other.attempt) ?? 0) - (epochs.get(one.attempt) ?? 0));
    const running = outcome === undefined && handle !== undefined;
    if (running) adopted.set(step, handle);
    const failed = attempts
      .map((attempt) => ends.get(attempt.attempt))
      .filter((end) => end !== undefined && end.attempt !== handle?.attempt)
      .filter((end) => end !== undefined && end.exit.reason !== "lost" && end.exit.reason !== "stopped");
    const failure = failed.at(-1);
    if (failure !== undefined) failures.set(step, failure);
    known.push({
      step,
      attempts: attempts.length,
      failures: failed.length,
      ...(outcome === undefined ? {} : { outcome: outcome.status }),
      ...(running ? { running } : {}),
    });
  }

  const waitedFor = new Set([...adopted.values()].map((handle) => handle.attempt));
  return {
    known,
    outcomes: records.outcomes,
    adopted,
    failures,
    strays: handles.filter((handle) => !waitedFor.has(handle.attempt)),
    vanished: records.attempts.filter(
      ({ attempt, step }) => !ends.has(attempt) && !waitedFor.has(attempt) && outcomes.get(step)?.attempt !== attempt,
    ),
  };
}

/** Stops what nobody waits for, and writes down the end of what went away without one. */
export async function clearAway(driver: Driver, { strays, vanished }: Beginning): Promise<void> {
  const { options, call, clock } = driver;
  const run = options.request.id;
  await Promise.all(strays.map((stray) => options.launcher.stop(stray, call)));
  for (const { step, attempt } of vanished) {
    if (driver.isOver()) return;
    const end: AttemptEnded = {
      ...recordHead(run, options.writer, clock.date()),
      kind: "attempt.ended",
      step,
      attempt,
      exit: { code: null, reason: "lost", detail: "it was gone when the run was resumed" },
    };
    await writeOnce(options.store, layout.ended(run, step, attempt), end, call);
  }
}
