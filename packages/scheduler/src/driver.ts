import type {
  ArtifactStore,
  Call,
  Failure,
  Plan,
  PlanStep,
  RunEvent,
  RunRequest,
  StepHandle,
  StepLaunch,
  StepLauncher,
  StepOutcome,
  Supports,
} from "@zenlite/core";
import type { Clock } from "./clock.ts";
import type { SchedulerGraph } from "./graph.ts";
import type { Outbox } from "./outbox.ts";
import type { SchedulerEvent } from "./protocol.ts";

export interface DriveOptions {
  readonly plan: Plan;
  readonly request: RunRequest;
  /** The nonce of the artifact store's project. */
  readonly project: string;
  readonly launcher: StepLauncher;
  readonly supports: Supports["orchestrator"];
  readonly store: ArtifactStore;
  /** The nonce of this process, for what it writes. */
  readonly writer: string;
  /** Of the lease that this process holds on the run. */
  readonly epoch: number;
  /** How many steps may run at once: a whole number from 1, or Infinity. */
  readonly maxParallel: number;
  /** How many steps may wait prepared; 0 for a launcher without `prepare`. */
  readonly lookAhead: number;
  /** What the launcher is told. `withWord`: with the step's word, secrets resolved; without it `word` is empty. */
  describe(step: PlanStep, attempt: string, number: number, withWord: boolean): Promise<StepLaunch>;
  /** Compute of an earlier driver of this run: what `launcher.find` returned. */
  readonly adopt?: readonly StepHandle[];
  /** `step.*`, `log` and `notice`, in an order that can be read; `run.*` are the client's. */
  emit(event: RunEvent): void;
  /** Aborted: the run is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted: cancelled, and nothing is given time to end by itself. */
  readonly hurry?: AbortSignal;
  /** Aborted: somebody else drives the run now. Nothing more is written, stopped or waited for. */
  readonly lost: AbortSignal;
  readonly clock?: Clock;
}

export interface DriveResult {
  readonly status: "completed" | "failed" | "cancelled" | "lost";
  /** Why: of the first step that failed, or of the drive itself (a store that cannot be written to). */
  readonly error?: Failure;
}

/** What the parts of a drive share. */
export interface Driver {
  readonly options: DriveOptions;
  readonly graph: SchedulerGraph;
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** Ends all waiting when the drive is over. */
  readonly call: Call;
  /** For `prepare` and `launch`; ends as well when the user is in a hurry. */
  readonly starting: Call;
  /** By step: the outcomes that are in the store. */
  readonly outcomes: Map<string, StepOutcome>;
  /** By position: the attempt that ran last, and why it failed. */
  readonly last: Map<number, { readonly attempt: string; readonly seconds: number; readonly error?: Failure }>;
  stepAt(step: number): PlanStep;
  dispatch(event: SchedulerEvent): void;
  /** True: what comes back from an await is of no use any more. */
  isOver(): boolean;
  notice(code: `ZENLITE_${string}`, message: string): void;
  /** Waited for before the drive returns. A failure is told and harms nothing else. */
  beforeReturn(work: Promise<void>, code: `ZENLITE_${string}`, what: string): void;
  /** Something may have been left running: look by label before returning. */
  sweepLater(): void;
  /** Looks for a cancel by somebody else now rather than at the next tick. */
  lookForCancel(): Promise<void>;
}
