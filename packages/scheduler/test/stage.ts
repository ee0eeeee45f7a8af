import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import localStore from "@zenlite/artifact-store-local";
import type {
  ArtifactStore,
  Call,
  ExecutionMode,
  Input,
  Plan,
  PlanStep,
  Retry,
  RunEvent,
  RunRequest,
  Supports,
} from "@zenlite/core";
import { digestOf, digestOfJson, layout, newNonce, readJson, readRun, recordHead, writeOnce } from "@zenlite/records";
import { drive, type DriveOptions, type DriveResult } from "@zenlite/scheduler";
import { onTestFinished } from "vitest";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type ScriptedLauncher, scriptedLauncher } from "./scripted-launcher.ts";

export const call: Call = { signal: new AbortController().signal };

export const everything: Supports["orchestrator"] = {
  modes: ["fail_fast", "stop_on_failure", "continue_on_failure"],
  timeout: true,
  retry: true,
  resources: [],
  maxParallel: true,
  resume: true,
  schedules: false,
  hostFolders: true,
};

export interface StepSketch {
  readonly id: string;
  /** Steps whose `output` is taken. */
  readonly from?: readonly string[];
  readonly cache?: boolean;
  readonly retry?: Partial<Retry>;
  readonly timeoutSeconds?: number;
}

export function planOf(steps: readonly StepSketch[], mode: ExecutionMode = "fail_fast"): Plan {
  const planned = steps.map(({ id, from = [], cache = false, retry, timeoutSeconds }): PlanStep => ({
    id,
    name: id,
    export: `steps.ts#${id}`,
    fingerprint: { code: digestOf(`code of ${id}`), files: digestOf(""), packages: [], materializers: [] },
    inputs: Object.fromEntries(from.map((step): [string, Input] => [step, { step, output: "output" }])),
    after: [],
    resources: {},
    retry: { count: 0, delaySeconds: 0, backoff: 1, jitter: "none", ...retry },
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    cache,
    settings: {},
    environment: {},
    secrets: {},
  }));
  return {
    format: 1,
    pipeline: "trial",
    export: "pipeline.ts#trial",
    parameters: {},
    code: { digest: digestOf("code") },
    runner: digestOf("runner"),
    stack: { name: "default", components: {} },
    mode,
    steps: planned,
    outputs: {},
  };
}

export function requestOf(plan: Plan, id: string, force: RunRequest["force"] = []): RunRequest {
  return {
    id,
    pipeline: plan.pipeline,
    stack: plan.stack.name,
    plan: digestOfJson(plan),
    parameters: {},
    images: {},
    deployment: null,
    provenance: { git: null, lock: null, versions: {} },
    force,
  };
}

/** A local store in a folder of its own, which goes with the test. */
export async function freshStore(): Promise<{ readonly store: ArtifactStore; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "zenlite-scheduler-"));
  const place = { projectFolder: folder, stateFolder: folder, configFolder: folder };
  const store = await localStore.open(
    { path: join(folder, "store") },
    {
      where: "client",
      place,
      signal: call.signal,
      log: { info: () => undefined, warn: () => undefined },
      secret: () => Promise.reject(new Error("there are no secrets here")),
    },
  );
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  return { store, folder };
}

export interface Stage {
  readonly plan: Plan;
  readonly run: string;
  readonly store: ArtifactStore;
  readonly launcher: ScriptedLauncher;
  readonly clock: ManualClock;
  readonly events: RunEvent[];
  readonly cancel: AbortController;
  readonly hurry: AbortController;
  readonly lost: AbortController;
  readonly describe: DriveOptions["describe"];
  /** Starts driving, or goes on with the run. */
  drive(changes?: Partial<DriveOptions>): Promise<DriveResult>;
  /** Resolves when such an event is told, at once if it was. */
  told(event: RunEvent["event"], step?: string): Promise<RunEvent>;
  outcome(step: string): Promise<Record<string, unknown> | undefined>;
  records(): ReturnType<typeof readRun>;
  /** What was told, as `event step` or `log step line`. */
  story(): string[];
}

export interface StageOptions {
  readonly mode?: ExecutionMode;
  readonly maxParallel?: number;
  readonly lookAhead?: number;
  readonly store?: ArtifactStore;
  readonly run?: string;
  readonly force?: RunRequest["force"];
}

/** As `zenlite runs cancel` does in another terminal. */
export async function cancelFromElsewhere(stage: Stage): Promise<void> {
  const record = { ...recordHead(stage.run, "somebody else"), kind: "run.cancel" };
  await writeOnce(stage.store, layout.cancelled(stage.run), record, call);
}

/** Everything that a drive needs, the steps being in the hands of the test. */
export async function setStage(steps: readonly StepSketch[], options: StageOptions = {}): Promise<Stage> {
  const plan = planOf(steps, options.mode);
  const run = options.run ?? `run-${newNonce()}`;
  const request = requestOf(plan, run, options.force);
  const store = options.store ?? (await freshStore()).store;
  const launcher = scriptedLauncher();
  const clock = manualClock();
  const events: RunEvent[] = [];
  const watchers = new Set<() => void>();
  const [cancel, hurry, lost] = [new AbortController(), new AbortController(), new AbortController()];
  let epoch = 0;
  const describe: DriveOptions["describe"] = async (step, attempt, number, withWord) => ({
    project: "project",
    run,
    pipeline: plan.pipeline,
    step: step.id,
    attempt,
    runner: "/runner",
    code: "/code",
    artifactStore: store,
    word: withWord ? JSON.stringify({ attempt, number }) : "",
    resources: step.resources,
    retry: step.retry,
    environment: step.environment,
    settings: step.settings,
  });
  return {
    plan,
    run,
    store,
    launcher,
    clock,
    events,
    cancel,
    hurry,
    lost,
    describe,
    drive: (changes = {}) =>
      drive({
        plan,
        request,
        project: "project",
        launcher,
        supports: everything,
        store,
        writer: newNonce(),
        epoch: ++epoch,
        maxParallel: options.maxParallel ?? 4,
        lookAhead: options.lookAhead ?? 0,
        describe,
        emit(event) {
          events.push(event);
          for (const watch of watchers) watch();
        },
        signal: cancel.signal,
        hurry: hurry.signal,
        lost: lost.signal,
        clock,
        ...changes,
      }),
    told(event, step) {
      const { promise, resolve } = Promise.withResolvers<RunEvent>();
      const watch = (): void => {
        const found = events.find(
          (told) => told.event === event && (step === undefined || ("step" in told && told.step === step)),
        );
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
      return promise;
    },
    outcome: (step) => readJson<Record<string, unknown>>(store, layout.outcome(run, step), call),
    records: () => readRun(store, run, call),
    story: () =>
      events.map((told) =>
        told.event === "log"
          ? `log ${told.step} ${told.line}`
          : told.event === "step.finished"
            ? `${told.status} ${told.step}`
            : told.event === "step.started" || told.event === "step.retrying"
              ? `${told.event.slice("step.".length)} ${told.step}`
              : told.event === "notice"
                ? `notice ${told.code ?? ""}`
                : told.event,
      ),
  };
}
