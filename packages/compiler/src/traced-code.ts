// Bundling and tracing, turn by turn: what tracing finds out may ask for another bundle.
import { join } from "node:path";
import { ZenliteError, isZenliteError, type Graph } from "@zenlite/core";
import { choosePipeline, noPipeline } from "./choose-pipeline.ts";
import { bareName } from "./code/requirements.ts";
import { prepareUserCode, type UserCode, type UserCodeRequest } from "./code/user-code.ts";
import { resolveParameters, type GivenParameters, type StepOverride } from "./config/parameters.ts";
import { integrationsOf, readOptions, requirementsOf, type CodeOptions } from "./layers.ts";
import type { LoadedModule } from "./trace/protocol.ts";
import type { Tracer } from "./trace/tracer.ts";

export interface TracedCode {
  readonly code: UserCode;
  readonly loaded: LoadedModule;
  readonly graph: Graph;
  readonly options: CodeOptions;
  readonly stepOverrides: readonly StepOverride[];
}

export interface TraceCodeRequest {
  readonly code: Omit<UserCodeRequest, "registerAll" | "asked">;
  /** The module as users name it: relative to the project. */
  readonly label: string;
  readonly export: string | undefined;
  readonly pipeline: string | undefined;
  readonly given: GivenParameters;
  /** A fresh thread for every turn: a loaded module stays loaded. */
  start(): Tracer;
}

/** What was staged is thrown away where something fails. */
export async function traceCode(request: TraceCodeRequest): Promise<TracedCode> {
  let { requirements, integrations } = request.code;
  const asked = [...requirements, ...integrations].map(({ name }) => name);
  let registerAll = false;
  for (;;) {
    using tracer = request.start();
    const code = await prepareUserCode({ ...request.code, requirements, integrations, registerAll, asked });
    try {
      const found = await traceOnce(request, code, tracer);
      if (found === "register all") registerAll = true;
      else {
        const sources = [found.options.pipeline, ...found.options.exports.values()];
        const more = requirementsOf(sources).filter(({ name }) => !code.requirements.includes(bareName(name)));
        const needed = integrationsOf(sources).filter(({ name }) => !integrations.some((known) => known.name === name));
        if (more.length === 0 && needed.length === 0) return found;
        requirements = [...requirements, ...more];
        integrations = [...integrations, ...needed];
        registerAll = code.registerAll;
      }
    } catch (error) {
      await code.staged.discard();
      throw error;
    }
    await code.staged.discard();
  }
}

async function traceOnce(
  request: TraceCodeRequest,
  code: UserCode,
  tracer: Tracer,
): Promise<TracedCode | "register all"> {
  const { label, given } = request;
  const loaded = await tracer.load(join(code.staged.folder, "app"));
  const pipeline = choosePipeline(loaded, label, request.export, request.pipeline);
  if (pipeline === undefined) {
    if (!code.registerAll) return "register all";
    throw noPipeline(loaded, label, request.export);
  }
  const { parameters, stepOverrides } = resolveParameters(
    { pipeline: pipeline.name, defaults: pipeline.defaults },
    given,
  );
  const graph = await tracer.trace({ pipeline: pipeline.export, parameters }).catch((error: unknown) => {
    throw atConfig(error, given);
  });
  if ("unknownStep" in graph) {
    if (!code.registerAll) return "register all";
    throw graph.unknownStep;
  }
  return { code, loaded, graph, options: readOptions(graph), stepOverrides };
}

/** A parameter that only the body knows is wrong, shown where the run configuration says it. */
function atConfig(error: unknown, { config, overrides, values }: GivenParameters): unknown {
  if (!isZenliteError(error) || !error.code.startsWith("ZENLITE_PARAMETER_")) return error;
  const field = error.where?.field;
  if (config === undefined || field === undefined || !Object.hasOwn(config.parameters, field)) return error;
  if (overrides.some(({ name }) => name === field) || Object.hasOwn(values, field)) return error;
  return new ZenliteError(error.code, error.message, {
    where: config.locate(["parameters", field]),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
