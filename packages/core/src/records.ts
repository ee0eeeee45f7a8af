import type { Digest, Json, JsonObject } from "./json.ts";

export type RunStatus = "created" | "running" | "completed" | "failed" | "cancelled" | "interrupted";
export type StepStatus = "waiting" | "running" | "completed" | "cached" | "failed" | "skipped" | "cancelled";

/** How one attempt's process or container came to its end. */
export interface StepExit {
  readonly code: number | null;
  readonly reason: "exited" | "out-of-memory" | "stopped" | "timeout" | "image" | "capacity" | "lost";
  readonly detail?: string;
}

/** One stored output: what it is, where it lies and how to know that it is whole. */
export interface Manifest {
  readonly format: 1;
  /** `name@version`. */
  readonly materializer: string;
  /** A readable type for people: `number`, `Float64Array`, `Model`. */
  readonly type: string;
  readonly bytes: number;
  readonly digest: Digest;
  /** The data's key in the artifact store. */
  readonly key: string;
  /** What the materializer needs to read it back. */
  readonly details?: Json;
}

/** Why a step failed, for people: no stack of zenlite's own, the user's frames mapped to their sources. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** `file:line:column` of the user's code. */
  readonly at?: string;
  readonly stack?: string;
}

/** What made the run, for whoever asks later. */
export interface Provenance {
  readonly git: { readonly commit: string; readonly dirty: boolean | null } | null;
  readonly lock: Digest | null;
  readonly versions: { readonly [name: string]: string };
}

/** What is asked of an orchestrator: a plan by digest, plus what only this run knows. */
export interface RunRequest {
  readonly id: string;
  readonly pipeline: string;
  readonly stack: string;
  readonly plan: Digest;
  readonly parameters: JsonObject;
  /** Step → image reference by digest. */
  readonly images: { readonly [step: string]: string };
  readonly deployment: Json;
  readonly provenance: Provenance;
  /** Steps that run even where the cache has their outputs; `true` for all. */
  readonly force: readonly string[] | true;
}

/** `writer` is the nonce of the process that wrote; `at` (ISO 8601) is for people and never used for order. */
export interface RecordHead {
  readonly format: 1;
  readonly run: string;
  readonly writer: string;
  readonly at: string;
}

export interface RunCreated extends RecordHead {
  readonly kind: "run.created";
  readonly request: RunRequest;
}
export interface RunSubmitted extends RecordHead {
  readonly kind: "run.submitted";
  readonly handle: Json;
}
export interface RunCancel extends RecordHead {
  readonly kind: "run.cancel";
}
export interface AttemptStarted extends RecordHead {
  readonly kind: "attempt.started";
  readonly step: string;
  readonly attempt: string;
  readonly epoch: number;
}
export interface AttemptEnded extends RecordHead {
  readonly kind: "attempt.ended";
  readonly step: string;
  readonly attempt: string;
  readonly exit: StepExit;
  readonly error?: Failure;
}
export interface StepOutcome extends RecordHead {
  readonly kind: "step.outcome";
  readonly step: string;
  readonly attempt?: string;
  readonly status: Exclude<StepStatus, "waiting" | "running">;
  readonly key?: Digest;
  readonly outputs: { readonly [output: string]: Manifest };
  readonly metadata?: JsonObject;
  readonly metrics?: { readonly [name: string]: number };
  /** From the start of the step's function to its last stored output. */
  readonly seconds?: number;
  /** The run whose outputs were taken, where the status is `cached`. */
  readonly from?: string;
  readonly error?: Failure;
}
export interface RunFinished extends RecordHead {
  readonly kind: "run.finished";
  readonly status: Extract<RunStatus, "completed" | "failed" | "cancelled" | "interrupted">;
  readonly by: "driver" | "platform" | "reader";
}

/** A small write-once JSON object that says what happened. */
export type RunRecord =
  | RunCreated
  | RunSubmitted
  | RunCancel
  | AttemptStarted
  | AttemptEnded
  | StepOutcome
  | RunFinished;
