// `zenlite runs list|show|explain|cancel|resume`.
import { ZenliteError } from "@zenlite/core";
import { listRuns, readRunSummaries, type RunView } from "@zenlite/records";
import { cancelRun } from "../../client/cancel.ts";
import { explainRun } from "../../client/explain.ts";
import { previewText } from "../../client/preview.ts";
import { resumeRun, viewRun } from "../../client/resume.ts";
import { openSession, type Session } from "../../client/session.ts";
import { exitCodes } from "../exit.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { createReporter, reportStyle } from "../output/reporter.ts";
import { table } from "../output/table.ts";
import { bytesText, durationText, statusText } from "../output/words.ts";
import { print, printJson, progressLog, withSession, type VerbFlags } from "../scope.ts";

export async function listVerb(flags: VerbFlags & { readonly limit: string }): Promise<number> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--limit ${flags.limit}: expected a whole number from 1 on.`, {
      hint: "zenlite runs list --limit 20",
    });
  const summaries = await withSession(flags, (session) =>
    readRunSummaries(session.store, { limit }, { signal: session.signal }),
  );
  if (flags.json === true) printJson(summaries);
  else if (summaries.length === 0) print("No runs yet. Start one: zenlite run <module>");
  else
    print(
      table(
        ["RUN", "PIPELINE", "STACK", "STATUS", "STARTED"],
        summaries.map((run) => [run.id, run.pipeline, run.stack, statusText(run.status), localTime(run.createdAt)]),
      ),
    );
  return exitCodes.done;
}

/** `2026-11-21 19:32:10`, in the local time zone. Not by Intl: loading its data takes longer than all the rest of `runs list`. */
function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** The run that was named, or the newest. */
export async function chooseRun(session: Session, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const [newest] = await listRuns(session.store, { signal: session.signal });
  if (newest !== undefined) return newest;
  throw new ZenliteError(
    "ZENLITE_RUN_UNKNOWN",
    `There is no run in the artifact store of stack "${session.stack.name}" yet.`,
    {
      hint: "zenlite run <module>",
    },
  );
}

export async function showVerb(named: string | undefined, flags: VerbFlags): Promise<number> {
  return withSession(flags, async (session) => {
    const view = await viewRun(session, await chooseRun(session, named));
    if (flags.json === true) printJson(view);
    else print(await showText(session, view));
    return exitCodes.done;
  });
}

async function showText(session: Session, view: RunView): Promise<string> {
  const { request } = view;
  const git = request.provenance.git;
  const commit =
    git === null
      ? ""
      : `\ncommit    ${git.commit.slice(0, 12)}${git.dirty === true ? " with changes not committed" : ""}`;
  const heading =
    `run       ${view.id}\npipeline  ${view.pipeline} on ${view.stack}\nstatus    ${statusText(view.status)}` +
    `\nstarted   ${localTime(view.createdAt)}${view.finishedAt === undefined ? "" : `\nfinished  ${localTime(view.finishedAt)}`}` +
    `\nplan      ${view.plan}${commit}\n`;
  const steps = table(
    ["STEP", "STATUS", "SECONDS", "TRIES", "FROM"],
    view.steps.map((step) => [
      step.id,
      statusText(step.status),
      step.seconds === undefined ? "" : durationText(step.seconds),
      step.attempts.length === 0 ? "" : String(step.attempts.length),
      step.outcome?.from ?? "",
    ]),
  );
  const details: string[] = [];
  for (const step of view.steps) {
    const error = step.outcome?.error ?? step.attempts.at(-1)?.error;
    if (error !== undefined && step.status === "failed")
      details.push(`${step.id}: ${error.code}${error.at === undefined ? "" : ` (${error.at})`}\n  ${error.message}`);
    for (const [name, manifest] of Object.entries(step.outcome?.outputs ?? {})) {
      const preview = (await previewText(session, manifest))?.slice(0, 80);
      details.push(`${step.id}.${name}  ${preview ?? `${manifest.type}, ${bytesText(manifest.bytes)}`}`);
    }
    for (const [name, value] of Object.entries(step.outcome?.metrics ?? {}))
      details.push(`${step.id} metric ${name}  ${value}`);
  }
  const next = view.status === "interrupted" ? `\n\nnext: zenlite runs resume ${view.id}` : "";
  return `${heading}\n${steps}${details.length === 0 ? "" : `\n\n${details.join("\n")}`}${next}`;
}

export async function explainVerb(named: string | undefined, flags: VerbFlags): Promise<number> {
  return withSession(flags, async (session) => {
    const explanations = await explainRun(session, await chooseRun(session, named));
    if (flags.json === true) printJson(explanations);
    else
      print(
        table(
          ["STEP", "STATUS", "WHY"],
          explanations.map(({ step, status, why }) => [step, statusText(status), why.join("; ")]),
        ),
      );
    return exitCodes.done;
  });
}

export async function cancelVerb(named: string | undefined, flags: VerbFlags): Promise<number> {
  return withRunSession(named, flags, async (session, run) => {
    const view = await cancelRun(session, run);
    if (flags.json === true) printJson(view);
    else print(`${run}: ${statusText(view.status)}`);
    return exitCodes.done;
  });
}

export async function resumeVerb(named: string | undefined, flags: VerbFlags): Promise<number> {
  return withRunSession(named, flags, async (session, run) => {
    using interrupt = listenForInterrupt();
    const reporter = await createReporter(reportStyle(flags.json === true));
    try {
      const finished = await resumeRun(session, await viewRun(session, run), {
        ...interrupt,
        emit: (event) => reporter.event(event),
      });
      if (finished.status === "completed") return exitCodes.done;
      return finished.status === "cancelled" && interrupt.cancel.aborted ? exitCodes.interrupted : exitCodes.failed;
    } finally {
      reporter.close();
    }
  });
}

/** A session of the stack that the run was made for: its compute is found with that stack's orchestrator. */
async function withRunSession(
  named: string | undefined,
  flags: VerbFlags,
  work: (session: Session, run: string) => Promise<number>,
): Promise<number> {
  return withSession(flags, async (session) => {
    const run = await chooseRun(session, named);
    const { stack } = await viewRun(session, run);
    if (stack === session.stack.name) return work(session, run);
    await using own = await openSession({ from: process.cwd(), stack, signal: session.signal, log: progressLog });
    return await work(own, run);
  });
}
