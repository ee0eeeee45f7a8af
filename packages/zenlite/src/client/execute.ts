// One run from its first record to its last: created, driven, finished.
import type { Plan, RunEvent, RunFinished, RunRequest, StepHandle } from "@zenlite/core";
import { ZenliteError } from "@zenlite/core";
import { ensureProject, layout, newRunId, recordHead, takeLease, writeOnce, type Lease } from "@zenlite/records";
import { drive } from "@zenlite/scheduler";
import { openBroker } from "./credentials.ts";
import { ensureImages } from "./images.ts";
import { describeLaunches } from "./launcher.ts";
import { stopLeftovers } from "./leftovers.ts";
import { preparePlan, type CompileOptions } from "./prepare.ts";
import { gatherProvenance } from "./provenance.ts";
import { prepareToWrite, type Session } from "./session.ts";
import type { OpenLauncher } from "./launcher.ts";
import { zenliteVersion } from "./versions.ts";

export interface Control {
  /** Aborted: cancel the run. */
  readonly cancel: AbortSignal;
  /** Aborted: no more patience while cancelling. */
  readonly hurry: AbortSignal;
  emit(event: RunEvent): void;
}

/** `interrupted`: it was taken over by another process, or could not be driven on. */
type FinalStatus = "completed" | "failed" | "cancelled" | "interrupted";

export interface Finished {
  readonly run: string;
  readonly status: FinalStatus;
  readonly plan: Plan;
  readonly codeFolder: string;
}

/** Compiles, checks, records and drives a run; resolves when it has ended. */
export async function executeRun(session: Session, options: CompileOptions, control: Control): Promise<Finished> {
  const started = performance.now();
  // The lock, git and versions are asked for while the compiler works: none of them waits for the other.
  const provenance = gatherProvenance(session.config.projectFolder, { zenlite: zenliteVersion() });
  await using prepared = await preparePlan(session, options);
  const { compiled } = prepared;
  const { plan } = compiled;
  const run = newRunId(new Date());
  const images = await ensureImages(session, plan, control.emit, run);
  control.cancel.throwIfAborted();

  await prepareToWrite(session);
  const call = { signal: session.signal };
  const [project] = await Promise.all([ensureProject(session.store, call), compiled.publish(session.store, call)]);
  await stopLeftovers(session, prepared.opened.launcher, project);
  const request: RunRequest = {
    id: run,
    pipeline: plan.pipeline,
    stack: plan.stack.name,
    plan: compiled.digest,
    parameters: plan.parameters,
    images,
    deployment: null,
    provenance: await provenance,
    force: options.cache ? options.force : true,
  };
  await writeOnce(
    session.store,
    layout.created(run),
    { ...recordHead(run, session.writer), kind: "run.created", request },
    call,
  );
  // A sweep that looked before the run was there may have taken what had been published: now it belongs to a run.
  await compiled.publish(session.store, call);
  await using lease = await holdLease(session, run);
  for (const message of prepared.notices) control.emit({ event: "notice", at: now(), runId: run, message });
  const folders = { codeFolder: compiled.codeFolder, runnerFolder: compiled.runnerFolder };
  return await driveRun(
    session,
    prepared.opened,
    { plan, request, project, lease, folders, started, adopt: [] },
    control,
  );
}

const now = (): string => new Date().toISOString();

export async function holdLease(session: Session, run: string): Promise<Lease> {
  const lease = await takeLease(session.store, run, session.writer, { signal: session.signal });
  if ("held" in lease)
    throw new ZenliteError(
      "ZENLITE_RUN_HELD",
      `Run ${run} is driven by another process${describeHolder(lease.held)}.`,
      {
        hint: `zenlite runs logs ${run} -f, or zenlite runs cancel ${run}`,
      },
    );
  return lease;
}

function describeHolder(held: { readonly host?: string; readonly process?: { readonly id: number } }): string {
  return held.process === undefined ? "" : ` (process ${held.process.id})`;
}

export interface Drive {
  readonly plan: Plan;
  readonly request: RunRequest;
  readonly project: string;
  readonly lease: Lease;
  readonly folders: { readonly codeFolder: string; readonly runnerFolder: string };
  /** `performance.now()` of the moment the user asked. */
  readonly started: number;
  readonly adopt: readonly StepHandle[];
}

/** Drives until every step has an outcome, then writes the last record. */
export async function driveRun(session: Session, opened: OpenLauncher, of: Drive, control: Control): Promise<Finished> {
  const { plan, request } = of;
  const run = request.id;
  const ended = new Set<string>();
  const emit = (event: RunEvent): void => {
    if (event.event === "step.finished") ended.add(event.step);
    control.emit(event);
  };
  emit({
    event: "run.started",
    at: now(),
    runId: run,
    pipeline: plan.pipeline,
    stack: plan.stack.name,
    steps: plan.steps.map((step) => step.id),
  });
  const parallel = opened.supports.parallel;
  const notice = (message: string): void => emit({ event: "notice", at: now(), runId: run, message });
  using broker = openBroker(opened.launcher, session.store, { signal: session.signal, notice });
  const { status, error } = await drive({
    plan,
    request,
    project: of.project,
    launcher: broker.launcher,
    supports: opened.supports,
    store: session.store,
    writer: session.writer,
    epoch: of.lease.epoch,
    maxParallel: Math.min(plan.maxParallel ?? Infinity, parallel?.max ?? Infinity),
    lookAhead: parallel?.lookAhead ?? 0,
    describe: describeLaunches({
      session,
      stack: session.stack,
      project: of.project,
      run,
      pipeline: plan.pipeline,
      images: request.images,
      ...of.folders,
      credentials: (attempt) => broker.credentials(attempt),
    }),
    adopt: of.adopt,
    emit,
    signal: control.cancel,
    hurry: control.hurry,
    lost: of.lease.lost,
  });
  // Where driving itself broke down (a full disk), steps are left without an outcome: the run stays open, to be resumed.
  const over = status !== "lost" && ended.size === plan.steps.length;
  if (over) {
    const record: RunFinished = { ...recordHead(run, session.writer), kind: "run.finished", status, by: "driver" };
    await writeOnce(session.store, layout.finished(run), record, { signal: session.signal });
  }
  emit({
    event: "run.finished",
    at: now(),
    runId: run,
    status: over ? status : "interrupted",
    seconds: (performance.now() - of.started) / 1000,
    ...(error === undefined ? {} : { error }),
  });
  return { run, status: over ? status : "interrupted", plan, codeFolder: of.folders.codeFolder };
}
