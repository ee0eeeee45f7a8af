// What the compiler and its tracing worker say to each other: plain data.
import type { Fault, Graph, JsonObject, Place } from "@zenlite/core";

/** First word to the worker. */
export interface LoadRequest {
  /** Folder with `code.mjs`. */
  readonly codeFolder: string;
}

/** Second word: which pipeline, with which parameters. */
export interface TraceRequest {
  /** `<module>#<export>`. */
  readonly pipeline: string;
  readonly parameters: JsonObject;
}

export interface PipelineSummary {
  /** `<module>#<export>`. */
  readonly export: string;
  readonly name: string;
  /** True: the same module exports the same pipeline under an earlier name. */
  readonly alias?: true;
  /** Declared defaults; absent where there are none, or where they are no data (tracing says so). */
  readonly defaults?: JsonObject;
}

/** What the module holds. */
export interface LoadedModule {
  readonly kind: "loaded";
  readonly steps: readonly string[];
  readonly pipelines: readonly PipelineSummary[];
}

interface TracedPipeline {
  readonly kind: "traced";
  readonly graph: Graph;
}

/** An error as data: fields of a ZenliteError, or what a user's module threw. */
export interface TraceFailure {
  readonly kind: "failed";
  /** Absent where the user's code threw something of its own. */
  readonly code?: `ZENLITE_${string}`;
  readonly message: string;
  /** Class of what was thrown: `TypeError`. */
  readonly name: string;
  readonly stack?: string;
  readonly hint?: string;
  readonly where?: Place;
  readonly fault?: Fault;
  /** A step was called that no registered module exports: more modules may be registered. */
  readonly unknownStep: boolean;
}

export type WorkerReply = LoadedModule | TracedPipeline | TraceFailure;
