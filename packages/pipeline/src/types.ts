// The types that make `const { model } = trainer({ xTrain, yTrain })` checked by the compiler: wrong names and types are named.
import type { PipelineOptions, RunStatus, StepOptions } from "@zenlite/core";
import type { StepContext } from "./context.ts";
import type { ArtifactFile } from "./file.ts";
import type { AnyMaterializer } from "./materializer.ts";
import type { pipelineSymbol, stepSymbol } from "./symbols.ts";

declare const value: unique symbol;
declare const called: unique symbol;

/** One output of one call of a step: what a pipeline's body hands from step to step. It holds no value while tracing. */
export interface Ref<T> {
  readonly [value]: () => T;
  readonly step: string;
  readonly output: string;
}

/** One call of a step in a pipeline's body, for `after`; what a step without outputs gives. */
export type Called = { readonly [called]: true };

/** What a call of a step takes: for each input a value, a reference, or (for a list) a list of either. */
export type Arguments<I> = {
  [K in keyof I]:
    | I[K]
    | Ref<Exclude<I[K], undefined>>
    | (Exclude<I[K], undefined> extends readonly (infer E)[] ? readonly (E | Ref<E>)[] : never);
};

/** Results that are one artifact, named `output`; any other object has one artifact a key. */
type Single =
  | Iterable<unknown>
  | AsyncIterable<unknown>
  | ((...inputs: never) => unknown)
  | Date
  | RegExp
  | ArrayBuffer
  | ArrayBufferView
  | ArtifactFile;

/** What a call of a step gives: a reference for each output. */
export type Refs<O> = [O] extends [void]
  ? Called
  : Called &
      ([O] extends [Single]
        ? { readonly output: Ref<O> }
        : [O] extends [object]
          ? { readonly [K in keyof O]-?: Ref<Exclude<O[K], undefined>> }
          : { readonly output: Ref<O> });

/** `I` alone when it has a required key, an optional argument otherwise. */
type Given<I, More extends readonly unknown[] = []> = {} extends I ? [inputs?: I, ...More] : [inputs: I, ...More];

/** A step: callable inside a pipeline's body only. */
export interface Step<I, O> {
  /** Adds a call to the graph. Throws ZENLITE_STEP_OUTSIDE_PIPELINE anywhere else. */
  (...inputs: Given<Arguments<I>>): Refs<Awaited<O>>;
  /** The same call, made to wait for others whose outputs it does not read. */
  after(...earlier: readonly (Called | Ref<unknown>)[]): (...inputs: Given<Arguments<I>>) => Refs<Awaited<O>>;
  /** The function itself, for unit tests and scripts. */
  readonly run: (...inputs: Given<I, [context?: Partial<StepContext>]>) => O;
  readonly stepName: string;
  readonly [stepSymbol]: StepDefinition;
}

/** What `step(name, options, run)` takes besides the function. */
export type StepSettings = StepOptions & {
  /** How values of one's own classes are stored. Those given here are tried before the built-in ones. */
  readonly materializers?: readonly AnyMaterializer[];
};

/** What a step object carries for the tracer and the runtime, which meet it by structure. */
export interface StepDefinition {
  readonly contract: 1;
  readonly name: string;
  readonly options: StepOptions;
  readonly materializers: readonly AnyMaterializer[];
  readonly run: (inputs: never, context: StepContext) => unknown;
}

/** What a pipeline's body may return: references, in records of any depth. */
export interface Outputs {
  readonly [name: string]: Ref<unknown> | Outputs;
}

/** A stored output of a run. */
export interface Artifact<T> {
  /** Reads, verifies and rebuilds the value. Throws ZENLITE_ARTIFACT_CORRUPT. */
  load(): Promise<T>;
  readonly uri: string;
}

export type Loaded<R> =
  R extends Ref<infer T>
    ? Artifact<T>
    : R extends object
      ? { readonly [K in keyof R as K extends string ? K : never]: Loaded<R[K]> }
      : {};

/** A finished run. */
export interface Run<R> {
  readonly id: string;
  readonly status: RunStatus;
  /** What the pipeline's body returned, each reference become an artifact. */
  readonly outputs: Loaded<R>;
  /** The outputs of a step; `id` chooses among several calls (`trainer_2`), the first by default. */
  of<I, O>(step: Step<I, O>, id?: string): Loaded<Refs<Awaited<O>>>;
}

/** What `zenlite run` takes as options. */
export interface RunOptions<P> {
  readonly parameters?: Partial<P>;
  readonly stack?: string;
  /** Path of a run configuration (YAML or JSON), relative to the working directory. */
  readonly config?: string;
  /** `false`: run every step again. */
  readonly cache?: boolean;
  /** Calls that run again even where the cache has their outputs; `true` for all. */
  readonly force?: true | readonly string[];
  /** Aborting cancels the run. */
  readonly signal?: AbortSignal;
}

/** A pipeline. */
export interface Pipeline<P, R> {
  run(options?: RunOptions<P>): Promise<Run<R>>;
  readonly pipelineName: string;
  readonly [pipelineSymbol]: PipelineDefinition;
}

/** What `pipeline(name, options, body)` takes besides the body. `parameters`: their default values; no others are taken then. */
export type PipelineSettings<P> = PipelineOptions & { readonly parameters?: P };

/** What a pipeline object carries for the tracer and the client, which meet it by structure. */
export interface PipelineDefinition {
  readonly contract: 1;
  readonly name: string;
  readonly options: PipelineOptions;
  /** Default values; absent where none are declared. */
  readonly parameters?: { readonly [name: string]: unknown };
  readonly body: (parameters: never) => unknown;
  /** Path of the module that called `pipeline()`, where that is recorded. */
  readonly at?: string;
}

/** What `createPipeline` gives: the `pipeline` that user code calls. */
export interface MakePipeline {
  <R extends Outputs | Called | void, P extends object = {}>(name: string, body: (parameters: P) => R): Pipeline<P, R>;
  <R extends Outputs | Called | void, P extends object = {}>(
    name: string,
    options: PipelineSettings<P>,
    body: (parameters: P) => R,
  ): Pipeline<P, R>;
}

/** Starts a run of a pipeline: `zenlite` attaches its client here. */
export type PipelineRunner = <P, R>(pipeline: Pipeline<P, R>, options: RunOptions<P>) => Promise<Run<R>>;
