// Asks a worker thread to load the bundle and to trace a pipeline; mistakes come back as errors with a place.
import { Worker } from "node:worker_threads";
import { ZenliteError, messageOf, type Graph } from "@zenlite/core";
import { createStackMap } from "./stack-map.ts";
import { shortPlace } from "../code/errors.ts";
import { hostConditions } from "../conditions.ts";
import type { LoadedModule, LoadRequest, TraceFailure, TraceRequest, WorkerReply } from "./protocol.ts";

export interface Tracer extends Disposable {
  /** Throws ZENLITE_PIPELINE_THREW, ZENLITE_PIPELINE_HANGS, or a ZenliteError of the user's module. */
  load(codeFolder: string): Promise<LoadedModule>;
  trace(request: TraceRequest): Promise<Graph | UnknownStep>;
}

/** A step was called that no registered module exports. `error` is for the case that no module does. */
interface UnknownStep {
  readonly unknownStep: ZenliteError;
}

export interface TracerOptions {
  /** The worker's module, where this package is inside another bundle. */
  readonly file?: URL;
  readonly seconds: number;
  /** Gets what the user's module prints while it is loaded and traced. */
  print(text: string): void;
}

const besides = new URL(import.meta.url.endsWith(".ts") ? "../trace-worker.ts" : "../trace-worker.js", import.meta.url);

/** Starts the thread at once: it comes up while the bundle is looked for. */
export function startTracer(options: TracerOptions): Tracer {
  // Of the flags of this process only these matter there; some (--input-type) would even stop the thread.
  const execArgv = hostConditions(process.execArgv, undefined).map((condition) => `--conditions=${condition}`);
  const worker = new Worker(options.file ?? besides, { stdout: true, stderr: true, execArgv });
  // Only an answer that is waited for keeps the process alive.
  worker.unref();
  for (const stream of [worker.stdout, worker.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => options.print(text));
  let folder = "";
  let failed: ZenliteError | undefined;
  const crashed = (thrown: unknown): void => {
    failed ??= new ZenliteError("ZENLITE_PIPELINE_THREW", `The tracing thread failed: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  };
  worker.on("error", crashed);

  async function ask(request: LoadRequest | TraceRequest, doing: string): Promise<WorkerReply> {
    worker.ref();
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>();
    const ended = (): void => {
      reject(
        failed ??
          new ZenliteError(
            "ZENLITE_PIPELINE_HANGS",
            `${doing} ended before it was done: a top-level await that nothing settles, or process.exit().`,
            { hint: "Keep modules free of work: what takes time belongs into a step." },
          ),
      );
    };
    const timer = setTimeout(() => {
      reject(
        new ZenliteError("ZENLITE_PIPELINE_HANGS", `${doing} took longer than ${options.seconds} s.`, {
          hint: "Keep modules and pipeline bodies free of work: what takes time belongs into a step.",
        }),
      );
    }, options.seconds * 1000);
    worker.once("message", resolve);
    worker.once("exit", ended);
    if (failed !== undefined) ended();
    worker.postMessage(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      worker.off("message", resolve);
      worker.off("exit", ended);
      worker.unref();
    }
  }

  return {
    async load(codeFolder) {
      folder = codeFolder;
      const reply = await ask({ codeFolder }, "Loading the pipeline's module");
      if (reply.kind === "loaded") return reply;
      throw reply.kind === "failed" ? errorOf(reply, folder, "while its module was loaded") : unexpected(reply);
    },
    async trace(request) {
      const reply = await ask(request, `Tracing ${request.pipeline}`);
      if (reply.kind === "traced") return reply.graph;
      if (reply.kind !== "failed") throw unexpected(reply);
      const error = errorOf(reply, folder, "while the pipeline's body was traced");
      if (reply.unknownStep) return { unknownStep: error };
      throw error;
    },
    [Symbol.dispose]() {
      void worker.terminate();
    },
  };
}

function errorOf(failure: TraceFailure, codeFolder: string, when: string): ZenliteError {
  const map = createStackMap(codeFolder);
  const at = failure.stack === undefined ? undefined : map.first(failure.stack);
  const where = at === undefined ? failure.where : { ...at, ...failure.where };
  if (failure.code !== undefined)
    return new ZenliteError(failure.code, failure.message, {
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      ...(where === undefined ? {} : { where }),
      ...(failure.fault === undefined ? {} : { fault: failure.fault }),
    });
  // The user's own error, as the cause: its stack shows their sources.
  const cause = new Error(failure.message);
  cause.name = failure.name;
  if (failure.stack === undefined) delete cause.stack;
  else cause.stack = map.map(failure.stack);
  return new ZenliteError("ZENLITE_PIPELINE_THREW", `${shortPlace(at)}${failure.name}: ${failure.message} (${when})`, {
    cause,
    ...(where === undefined ? {} : { where }),
    hint: "The pipeline's module and body run once before anything starts; work that may fail belongs into a step.",
  });
}

function unexpected(reply: WorkerReply): ZenliteError {
  return new ZenliteError("ZENLITE_INTERNAL", `The tracing thread answered "${reply.kind}" out of turn.`, {
    fault: "internal",
  });
}
