// Going on with a run whose driver died: the same plan, the same run, what is done stays done.
import { ZenliteError, type Plan, type RunRequest, type StepHandle } from "@zenlite/core";
import { materialize } from "@zenlite/compiler";
import { foldRun, layout, observeLease, readJson, readRun, ensureProject, type RunView } from "@zenlite/records";
import { driveRun, holdLease, type Control, type Finished } from "./execute.ts";
import { ensureImages } from "./images.ts";
import { openLauncher } from "./launcher.ts";
import { stopLeftovers } from "./leftovers.ts";
import type { Session } from "./session.ts";

/** A run as the store tells it now. Throws ZENLITE_RUN_UNKNOWN. */
export async function viewRun(session: Session, run: string): Promise<RunView> {
  const call = { signal: session.signal };
  const [records, liveness] = await Promise.all([
    readRun(session.store, run, call),
    observeLease(session.store, run, call),
  ]);
  if (records === undefined)
    throw new ZenliteError(
      "ZENLITE_RUN_UNKNOWN",
      `There is no run "${run}" in the artifact store of stack "${session.stack.name}".`,
      {
        hint: "zenlite runs list",
      },
    );
  return foldRun(records, await readPlan(session, records.created?.request), liveness);
}

export async function readPlan(session: Session, request: RunRequest | undefined): Promise<Plan | undefined> {
  return request === undefined
    ? undefined
    : readJson<Plan>(session.store, layout.plan(request.plan), { signal: session.signal });
}

/** The session must be of the run's own stack: see `sessionOfRun`. */
export async function resumeRun(session: Session, view: RunView, control: Control): Promise<Finished> {
  const started = performance.now();
  const run = view.id;
  if (view.status === "running")
    throw new ZenliteError("ZENLITE_RUN_HELD", `Run ${run} is running: there is nothing to resume.`, {
      hint: `zenlite runs logs ${run} -f`,
    });
  if (view.status === "failed" || view.status === "cancelled" || view.status === "completed")
    throw new ZenliteError(
      "ZENLITE_RUN_ENDED",
      `Run ${run} has ended (${view.status}); only interrupted runs are resumed.`,
      { hint: "Run it again: zenlite run <module>. What it completed comes from the cache." },
    );
  const plan = await readPlan(session, view.request);
  if (plan === undefined)
    throw new ZenliteError("ZENLITE_PLAN_MISSING", `The plan of run ${run} is not in the store any more.`, {
      hint: "zenlite run <module>",
    });
  const call = { signal: session.signal };
  await using opened = await openLauncher(session);
  // The lease first: of two who resume at once, one goes on and the other touches nothing.
  await using lease = await holdLease(session, run);
  const [project, folders] = await Promise.all([
    ensureProject(session.store, call),
    materialize(session.store, plan, session.config.stateFolder, call),
  ]);
  await stopLeftovers(session, opened.launcher, project);
  const adopt: StepHandle[] = [];
  for await (const handle of opened.launcher.find({ project, run }, call)) adopt.push(handle);
  const request = { ...view.request, images: await ensureImages(session, plan, control.emit, run) };
  return await driveRun(session, opened, { plan, request, project, lease, folders, started, adopt }, control);
}
