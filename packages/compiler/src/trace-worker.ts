// Runs in a worker thread: loads the user's bundle and traces a pipeline, apart from the process that asks.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort } from "node:worker_threads";
import { isZenliteError, messageOf, type JsonObject } from "@zenlite/core";
import { pipelineOf, trace } from "@zenlite/pipeline";
import { asData } from "./config/data.ts";
import type {
  LoadRequest,
  LoadedModule,
  PipelineSummary,
  TraceFailure,
  TraceRequest,
  WorkerReply,
} from "./trace/protocol.ts";

type Exports = { readonly [key: string]: unknown };

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const reply = (value: WorkerReply): void => port.postMessage(value);
  port.once("message", (request: LoadRequest) => {
    // Nothing of ours may keep the thread alive: a module that waits for nothing ends it, and that is seen at once.
    port.unref();
    load(request.codeFolder).then(
      (code) => {
        port.once("message", (asked: TraceRequest) => reply(traceOne(code, asked)));
        port.ref();
        reply(describe(code));
      },
      (thrown: unknown) => reply(failureOf(thrown, false)),
    );
  });
}

interface Code {
  readonly steps: Exports;
  readonly pipelines: Exports;
}

async function load(codeFolder: string): Promise<Code> {
  const namespace: unknown = await import(pathToFileURL(join(codeFolder, "code.mjs")).href);
  return namespace as Code;
}

function describe(code: Code): LoadedModule | TraceFailure {
  try {
    const pipelines = Object.entries(code.pipelines);
    const isAlias = (key: string, value: unknown): boolean =>
      pipelines.find(([other, same]) => same === value && moduleOf(other) === moduleOf(key))?.[0] !== key;
    return {
      kind: "loaded",
      steps: Object.keys(code.steps),
      pipelines: pipelines.map(([key, value]) => ({
        ...summarize(key, value),
        ...(isAlias(key, value) ? { alias: true } : {}),
      })),
    };
  } catch (thrown) {
    return failureOf(thrown, false);
  }
}

function moduleOf(key: string): string {
  return key.slice(0, key.lastIndexOf("#"));
}

function summarize(key: string, pipeline: unknown): PipelineSummary {
  const definition = pipelineOf(pipeline);
  const defaults = definition?.parameters;
  return {
    export: key,
    name: definition?.name ?? key,
    ...(defaults === undefined || asData(defaults) !== undefined
      ? {}
      : { defaults: structuredClone(defaults) as JsonObject }),
  };
}

function traceOne(code: Code, asked: TraceRequest): WorkerReply {
  // The module that makes a step comes before one that hands it on: the first name is the one to keep.
  const names = new Map<unknown, string>();
  for (const [key, step] of Object.entries(code.steps)) if (!names.has(step)) names.set(step, key);
  let unknownStep = false;
  try {
    const pipeline = code.pipelines[asked.pipeline] as object;
    const graph = trace(pipeline, asked.parameters, (object) => {
      if (object === pipeline) return asked.pipeline;
      const name = names.get(object);
      unknownStep ||= name === undefined;
      return name;
    });
    return { kind: "traced", graph };
  } catch (thrown) {
    return failureOf(thrown, unknownStep);
  }
}

function failureOf(thrown: unknown, unknownStep: boolean): TraceFailure {
  const stack = thrown instanceof Error && typeof thrown.stack === "string" ? { stack: thrown.stack } : {};
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  if (!isZenliteError(thrown)) return { kind: "failed", message: messageOf(thrown), name, ...stack, unknownStep };
  return {
    kind: "failed",
    code: thrown.code,
    message: thrown.message,
    name,
    ...stack,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    ...(thrown.where === undefined ? {} : { where: { ...thrown.where } }),
    fault: thrown.fault,
    unknownStep,
  };
}
