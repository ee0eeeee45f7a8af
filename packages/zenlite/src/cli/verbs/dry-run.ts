// `zenlite run --dry-run`: what would run, what is cached, and why; nothing is recorded or started.
import { compilePlan, type CompileOptions } from "../../client/prepare.ts";
import { predictRun } from "../../client/explain.ts";
import { openSession, type SessionOptions } from "../../client/session.ts";
import { exitCodes } from "../exit.ts";
import { statusText } from "../output/words.ts";
import { table } from "../output/table.ts";
import { print, printJson } from "../scope.ts";

export async function dryRunVerb(
  sessionOptions: Omit<SessionOptions, "signal">,
  options: CompileOptions,
  json: boolean,
): Promise<number> {
  await using session = await openSession({ ...sessionOptions, signal: new AbortController().signal });
  const compiled = await compilePlan(session, options);
  const predictions = await predictRun(session, compiled.plan, options);
  if (json) {
    const steps = predictions.map(({ step, status, why, certain }) => ({
      step,
      action: status === "cached" ? "cached" : certain ? "run" : "depends",
      why,
    }));
    printJson({
      pipeline: compiled.plan.pipeline,
      stack: compiled.plan.stack.name,
      plan: compiled.digest,
      steps,
      notices: compiled.notices,
    });
    return exitCodes.done;
  }
  for (const notice of compiled.notices) print(`notice ${notice}`);
  const rows = predictions.map(({ step, status, why, certain }) => [
    step,
    status === "cached" ? statusText("cached") : certain ? "▸ will run" : "? may run",
    why.join("; "),
  ]);
  print(table(["STEP", "WHAT", "WHY"], rows));
  return exitCodes.done;
}
