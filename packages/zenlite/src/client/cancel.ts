// Cancelling a run from any process: by its driver where one lives, else by label.
import { setTimeout as delay } from "node:timers/promises";
import {
  ensureProject,
  foldRun,
  layout,
  observeLease,
  readRun,
  recordHead,
  settle,
  writeOnce,
  type RunView,
} from "@zenlite/records";
import { readPlan, viewRun } from "./resume.ts";
import { openLauncher } from "./launcher.ts";
import type { Session } from "./session.ts";

const pollMilliseconds = 200;

/** Resolves with the run's final view when its compute is gone. A run that has ended is left as it is. */
export async function cancelRun(session: Session, run: string): Promise<RunView> {
  const view = await viewRun(session, run);
  if (view.status !== "running" && view.status !== "interrupted" && view.status !== "created") return view;
  const call = { signal: session.signal };
  await writeOnce(
    session.store,
    layout.cancelled(run),
    { ...recordHead(run, session.writer), kind: "run.cancel" },
    call,
  );
  for (;;) {
    const [records, liveness] = await Promise.all([
      readRun(session.store, run, call),
      observeLease(session.store, run, call),
    ]);
    if (records?.finished !== undefined) break;
    if (liveness !== "live") {
      await stopCompute(session, run);
      await settle(session.store, run, session.writer, call);
      break;
    }
    await delay(pollMilliseconds, undefined, call);
  }
  const records = await readRun(session.store, run, call);
  return records === undefined ? view : foldRun(records, await readPlan(session, view.request), "none");
}

async function stopCompute(session: Session, run: string): Promise<void> {
  const call = { signal: session.signal };
  const project = await ensureProject(session.store, call);
  await using opened = await openLauncher(session);
  const stops: Promise<void>[] = [];
  for await (const handle of opened.launcher.find({ project, run }, call))
    stops.push(opened.launcher.stop(handle, call));
  await Promise.all(stops);
}
