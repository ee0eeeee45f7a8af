// `zenlite runs logs`: what steps printed, from the store, while they run or long after.
import { setTimeout as delay } from "node:timers/promises";
import { ZenliteError, suggestion } from "@zenlite/core";
import type { RunView } from "@zenlite/records";
import { readLog } from "@zenlite/runtime";
import { viewRun } from "../../client/resume.ts";
import type { Session } from "../../client/session.ts";
import { exitCodes } from "../exit.ts";
import { print, withSession, type VerbFlags } from "../scope.ts";
import { chooseRun } from "./runs.ts";

const pollMilliseconds = 300;

export async function logsVerb(
  named: string | undefined,
  step: string | undefined,
  flags: VerbFlags & { readonly follow?: true },
): Promise<number> {
  return withSession(flags, async (session) => {
    const run = await chooseRun(session, named);
    const view = await viewRun(session, run);
    const known = view.steps.map(({ id }) => id);
    if (step !== undefined && !known.includes(step))
      throw new ZenliteError("ZENLITE_STEP_UNKNOWN", `Run ${run} has no step "${step}".${suggestion(step, known)}`, {
        hint: `zenlite runs show ${run}`,
      });
    const show = (from: string, attempt: string, line: string): void => {
      if (flags.json === true) print(JSON.stringify({ runId: run, step: from, attempt, line }));
      else print(step === undefined ? `${from} | ${line}` : line);
    };
    await printLogs(session, view, step, flags.follow === true, show);
    return exitCodes.done;
  });
}

type Show = (step: string, attempt: string, line: string) => void;

const isLive = (view: RunView): boolean => view.status === "running" || view.status === "created";

/** Attempts in the order in which they started; with `follow`, new ones as they come, until the run has ended. */
async function printLogs(
  session: Session,
  first: RunView,
  step: string | undefined,
  follow: boolean,
  show: Show,
): Promise<void> {
  const call = { signal: session.signal };
  const begun = new Map<string, Promise<void>>();
  for (let view = first; ; view = await viewRun(session, first.id)) {
    const live = follow && isLive(view);
    for (const { id, attempts } of view.steps)
      for (const attempt of step === undefined || step === id ? attempts : []) {
        if (begun.has(attempt.id)) continue;
        const following = live && attempt.exit === undefined;
        const reading = (async () => {
          for await (const line of readLog(session.store, view.id, id, attempt.id, call, { follow: following }))
            show(id, attempt.id, line);
        })();
        begun.set(attempt.id, reading);
        // Without -f the logs come one after the other; with it, those of running steps interleave as they happen.
        if (!following) await reading;
      }
    if (!live) break;
    await delay(pollMilliseconds, undefined, call);
  }
  await Promise.all(begun.values());
}
