// pipeline(): a synchronous function that calls steps. The client that runs it is attached from outside, so that the client's
// code never enters a bundle of user code.
import { suggestion, ZenliteError } from "@zenlite/core";
import { contract, currentTracer, nestedError } from "./ambient.ts";
import { checkDefinition } from "./options.ts";
import { asyncError } from "./outputs.ts";
import { pipelineSymbol } from "./symbols.ts";
import type {
  MakePipeline,
  Outputs,
  Pipeline,
  PipelineDefinition,
  PipelineRunner,
  PipelineSettings,
  Run,
  RunOptions,
} from "./types.ts";

const runOptions = ["parameters", "stack", "config", "cache", "force", "signal"];

/**
 * Makes a `pipeline` function whose pipelines are run by `run`.
 * `recordModule`: keep the path of the module that calls it in the definition's `at`, for a client that compiles that module.
 */
export function createPipeline(run: PipelineRunner, options: { readonly recordModule: boolean }): MakePipeline {
  function make(name: string, ...rest: readonly unknown[]): unknown {
    const [settings, body] = rest.length > 1 ? rest : [{}, rest[0]];
    checkDefinition("pipeline", name, settings, body);
    if ((body as object).constructor.name === "AsyncFunction") throw asyncError(name);
    const { parameters, ...data } = settings as PipelineSettings<{ readonly [name: string]: unknown }>;
    const at = options.recordModule ? callingModule() : undefined;
    const definition: PipelineDefinition = {
      contract,
      name,
      options: data,
      ...(parameters === undefined ? {} : { parameters }),
      body: body as PipelineDefinition["body"],
      ...(at === undefined ? {} : { at }),
    };
    // A function, so that calling it can be explained.
    const object = (): never => {
      const tracer = currentTracer();
      if (tracer !== undefined) throw nestedError(name, tracer.pipeline);
      throw new ZenliteError("ZENLITE_PIPELINE_CALLED", `Pipeline "${name}" is called as a function.`, {
        hint: `await ${name}.run()`,
      });
    };
    Object.defineProperty(object, "name", { value: name });
    const pipeline: Pipeline<object, Outputs> = Object.assign(object, {
      pipelineName: name,
      [pipelineSymbol]: definition,
      // Synchronous up to the runner: in another pipeline's body nobody would see a rejection.
      run(given: RunOptions<object> = {}): Promise<Run<Outputs>> {
        const tracer = currentTracer();
        if (tracer !== undefined) throw nestedError(name, tracer.pipeline);
        return checkRunOptions(name, given) ?? run(pipeline, given);
      },
    });
    return pipeline;
  }
  return make as MakePipeline;
}

/** `pipeline` where there is no client: in a bundle of user code, that is, in a step's process. */
export const pipeline: MakePipeline = createPipeline(
  ({ pipelineName }) =>
    Promise.reject(
      new ZenliteError(
        "ZENLITE_RUN_INSIDE_STEP",
        `Pipeline "${pipelineName}" is to be run while its module is loaded for tracing or for a step.`,
        { hint: `Guard it: if (import.meta.main) await ${pipelineName}.run(). The import for scripts is "zenlite".` },
      ),
    ),
  { recordModule: false },
);

function checkRunOptions(name: string, given: object): Promise<never> | undefined {
  const unknown = Object.keys(given).find((key) => !runOptions.includes(key));
  if (unknown === undefined) return undefined;
  return Promise.reject(
    new ZenliteError(
      "ZENLITE_OPTION_UNKNOWN",
      `${name}.run(): unknown option "${unknown}".${suggestion(unknown, runOptions)}`,
      {
        hint: `Known options: ${runOptions.join(", ")}`,
      },
    ),
  );
}

/** The module two calls up. Node's own call sites are right under type stripping, tsx, vitest and in bundles with a map. */
function callingModule(): string | undefined {
  const util = process.getBuiltinModule("node:util");
  const name = util.getCallSites(3, { sourceMap: true })[2]?.scriptName;
  if (name === undefined || name === "") return undefined;
  return name.startsWith("file:") ? process.getBuiltinModule("node:url").fileURLToPath(name) : name;
}
