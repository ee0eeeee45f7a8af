// `pipeline.run()`: what `zenlite run` does, from code; its results are typed and can be loaded.
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { ZenliteError } from "@zenlite/core";
import { pipelineOf, type Pipeline, type Run, type RunOptions } from "@zenlite/pipeline";
import { exitCodeOf, exitCodes } from "../cli/exit.ts";
import { listenForInterrupt, type Interrupt } from "../cli/interrupt.ts";
import { errorText } from "../cli/output/errors.ts";
import { createReporter, reportStyle } from "../cli/output/reporter.ts";
import { performRun } from "../cli/perform.ts";
import { progressLog } from "../cli/scope.ts";
import { openResults } from "./loading.ts";

export async function runFromCode<P, R>(pipeline: Pipeline<P, R>, options: RunOptions<P>): Promise<Run<R>> {
  const module = pipelineOf(pipeline)?.at;
  if (module === undefined)
    throw new ZenliteError(
      "ZENLITE_MODULE_UNKNOWN",
      `Which module made pipeline "${pipeline.pipelineName}" is not known.`,
      {
        hint: "zenlite run <module>",
      },
    );
  const main = isMain(module);
  // A program that runs pipelines has handlers of its own; one whose only purpose is this run gets ours.
  using interrupt = options.signal === undefined && main ? listenForInterrupt() : interruptOf(options.signal);
  try {
    return await perform(pipeline, module, options, interrupt);
  } catch (error) {
    if (main) endLikeTheCommandLine(error, interrupt.cancel.aborted && options.signal === undefined);
    throw error;
  }
}

async function perform<P, R>(
  pipeline: Pipeline<P, R>,
  module: string,
  options: RunOptions<P>,
  interrupt: Pick<Interrupt, "cancel" | "hurry">,
): Promise<Run<R>> {
  const name = pipeline.pipelineName;
  const force = options.force ?? [];
  const session = {
    from: process.cwd(),
    ...(options.stack === undefined ? {} : { stack: options.stack }),
    log: progressLog,
  };
  const reporter = await createReporter(reportStyle(false));
  const { finished } = await performRun(
    session,
    {
      module,
      pipeline: name,
      ...(options.config === undefined ? {} : { config: resolve(options.config) }),
      overrides: [],
      parameters: { ...options.parameters },
      cache: options.cache !== false && force !== true,
      force: force === true ? [] : force,
    },
    interrupt,
    reporter,
    true,
  );
  if (finished?.status === "completed") return await openResults(session, finished);
  const status = finished?.status ?? "cancelled";
  throw new ZenliteError(
    status === "cancelled" ? "ZENLITE_RUN_CANCELLED" : "ZENLITE_RUN_FAILED",
    finished === undefined
      ? `Pipeline "${name}" was stopped before its run began.`
      : `Run ${finished.run} of pipeline "${name}" ${status === "failed" ? "failed" : `was ${status}`}.`,
    { fault: "run", ...(finished === undefined ? {} : { hint: `zenlite runs show ${finished.run}` }) },
  );
}

function interruptOf(signal: AbortSignal = new AbortController().signal): Interrupt {
  return { cancel: signal, hurry: new AbortController().signal, [Symbol.dispose]: () => {} };
}

function isMain(module: string): boolean {
  const [, started] = process.argv;
  try {
    return started !== undefined && realpathSync(started) === realpathSync(module);
  } catch {
    return false;
  }
}

/**
 * `node run.ts` ends as `zenlite run run.ts` does: where nobody catches this error, its text and the exit code are the command line's,
 * and not a stack of zenlite's own. Any other error ends the process as ever.
 */
function endLikeTheCommandLine(error: unknown, interrupted: boolean): void {
  const onUncaught = (thrown: unknown): void => {
    process.off("uncaughtException", onUncaught);
    if (thrown !== error)
      setImmediate(() => {
        throw thrown;
      });
    else {
      process.stderr.write(`${errorText(error)}\n`);
      process.exitCode = interrupted ? exitCodes.interrupted : exitCodeOf(error);
    }
  };
  process.on("uncaughtException", onUncaught);
}
