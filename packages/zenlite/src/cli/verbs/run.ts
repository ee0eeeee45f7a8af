// `zenlite run`: from a module on the command line to a run that has ended.
import { resolve } from "node:path";
import { ZenliteError } from "@zenlite/core";
import { listenForInterrupt } from "../interrupt.ts";
import { progressLog } from "../scope.ts";
import { exitCodes } from "../exit.ts";
import { performRun } from "../perform.ts";
import { createReporter, reportStyle } from "../output/reporter.ts";

/** What commander gives for `zenlite run`. */
export interface RunFlags {
  readonly stack?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly cache: boolean;
  readonly force?: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** `run.ts#digits` → the module's path and the export's name. */
function parseModule(text: string): { readonly module: string; readonly export?: string } {
  const hash = text.lastIndexOf("#");
  const path = hash < 0 ? text : text.slice(0, hash);
  const name = hash < 0 ? "" : text.slice(hash + 1);
  if (path === "" || (hash >= 0 && name === ""))
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `"${text}" names no module and export.`, {
      hint: "zenlite run run.ts, or zenlite run run.ts#digits",
    });
  return { module: resolve(path), ...(name === "" ? {} : { export: name }) };
}

/** `name=value` → both; the value is read by what it sets. */
function parseOverride(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals <= 0)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--set ${text}: expected name=value or step.name=value.`, {
      hint: "zenlite run run.ts --set gamma=0.01",
    });
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

export async function runVerb(module: string, flags: RunFlags): Promise<number> {
  const options = {
    ...parseModule(module),
    ...(flags.config === undefined ? {} : { config: resolve(flags.config) }),
    overrides: (flags.set ?? []).map(parseOverride),
    cache: flags.cache,
    force: flags.force ?? [],
  };
  const session = {
    from: process.cwd(),
    ...(flags.stack === undefined ? {} : { stack: flags.stack }),
    log: progressLog,
  };
  if (flags.dryRun === true) {
    const { dryRunVerb } = await import("./dry-run.ts");
    return await dryRunVerb(session, options, flags.json === true);
  }
  using interrupt = listenForInterrupt();
  const reporter = await createReporter(reportStyle(flags.json === true));
  const { finished } = await performRun(session, options, interrupt, reporter, flags.json !== true);
  if (finished === undefined) return exitCodes.interrupted;
  if (finished.status === "completed") return exitCodes.done;
  return finished.status === "cancelled" && interrupt.cancel.aborted ? exitCodes.interrupted : exitCodes.failed;
}
