// What a launcher's test works with: a run of its own in the suite's project, and the short forms of what it does most.
import assert from "node:assert/strict";
import type {
  ArtifactStore,
  AttemptEnded,
  ComponentContext,
  ConfigPlace,
  Credentials,
  Json,
  JsonObject,
  Resources,
  StepHandle,
  StepLaunch,
  StepLauncher,
  StepOutcome,
  Supports,
} from "@zenlite/core";
import { ensureProject, layout, newNonce, newRunId, readJson } from "@zenlite/records";
import { encodeWord, readLog } from "@zenlite/runtime";
import type { Project } from "./code.ts";
import type * as steps from "./steps.ts";

/** The suite's own steps. */
type StepName = Exclude<keyof typeof steps, "all">;

export interface LauncherTest {
  readonly name: string;
  /** Only for launchers of which this holds. */
  readonly only?: (ability: Abilities) => boolean;
  readonly run: (bench: Bench) => Promise<void>;
}

export interface Abilities {
  readonly supports: Supports["orchestrator"];
  readonly prepares: boolean;
  readonly tails: boolean;
  /** Passes on what is said to it later. */
  readonly tells: boolean;
  /** Compute goes on when its driver is gone, and any process can find it. */
  readonly outlives: boolean;
}

interface LaunchOptions {
  readonly inputs?: { readonly [name: string]: Json };
  readonly secrets?: { readonly [name: string]: string };
  readonly environment?: { readonly [name: string]: string };
  readonly timeoutSeconds?: number;
  readonly resources?: Resources;
}

export interface Bench extends AsyncDisposable {
  readonly launcher: StepLauncher;
  readonly store: ArtifactStore;
  readonly run: string;
  readonly project: string;
  readonly call: { readonly signal: AbortSignal };
  readonly built: Project;
  readonly outlives: boolean;
  /** What the store's steps need to open it; they have it with their word. */
  readonly credentials: Credentials | undefined;
  /** A second launcher, as another process would have it. */
  another(): Promise<StepLauncher>;
  /** An attempt of one of the suite's steps, by its name. */
  step(name: StepName, options?: LaunchOptions): StepLaunch;
  /** Launches, waits for the end, and looks into the store. */
  finish(step: StepLaunch): Promise<Finished>;
  look(handle: StepHandle): Promise<Omit<Finished, "exit">>;
  handles(filter?: { readonly run?: string; readonly project?: string }): Promise<StepHandle[]>;
  /** Resolves when the step has printed the line. */
  printed(launcher: StepLauncher, handle: StepHandle, line: string): Promise<void>;
  log(handle: StepHandle): Promise<string[]>;
}

export interface Finished {
  readonly exit: Awaited<ReturnType<StepLauncher["wait"]>>;
  readonly outcome: StepOutcome | undefined;
  readonly ended: AttemptEnded | undefined;
}

export async function openLauncher({ orchestrator, place }: Project): Promise<StepLauncher & AsyncDisposable> {
  const launcher = await orchestrator.flavor.open(orchestrator.config, contextIn(place));
  assert.ok(launcher.drives === "steps", "this suite is for launchers");
  return launcher;
}

function contextIn(place: ConfigPlace): ComponentContext {
  const { signal } = new AbortController();
  return { where: "client", place, log: quiet, signal, secret: async (reference) => reference };
}

const quiet = { info: (): void => {}, warn: (): void => {} };

export async function openBench(built: Project, settings: JsonObject, outlives: boolean): Promise<Bench> {
  const call = { signal: new AbortController().signal };
  const { orchestrator, artifactStore, place } = built;
  const compiled = await built.compiled();
  const store = await artifactStore.flavor.open(artifactStore.config, contextIn(place));
  // As a client does before it launches anything: a store in a folder is there when containers mount it.
  await ensureProject(store, call);
  const opened: (StepLauncher & AsyncDisposable)[] = [];
  const another = async (): Promise<StepLauncher> => {
    const launcher = await openLauncher(built);
    opened.push(launcher);
    return launcher;
  };
  const credentials = await store.credentials?.(call);
  const launcher = await another();
  const project = newNonce();
  const run = newRunId(new Date());
  const { supports } = orchestrator;
  const local = artifactStore.supports;

  function step(name: StepName, options: LaunchOptions = {}): StepLaunch {
    const planned = compiled.plan.steps.find((each) => each.id === name);
    assert.ok(planned !== undefined, `the suite has no step ${name}`);
    const inputs = Object.fromEntries(Object.entries(options.inputs ?? {}).map(([input, value]) => [input, { value }]));
    const attempt = newNonce();
    const timeout = options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds };
    const environment = options.environment ?? {};
    // Each attempt is a step of its own, so that one run can hold many.
    const own = {
      ...planned,
      id: `${name}-${attempt}`,
      inputs: { ...planned.inputs, ...inputs },
      environment,
      ...timeout,
    };
    return {
      project,
      run,
      pipeline: compiled.plan.pipeline,
      step: own.id,
      attempt,
      ...(supports.image === undefined ? {} : { image: supports.image.base }),
      runner: compiled.runnerFolder,
      code: compiled.codeFolder,
      ...(local.local ? { store: local.folder } : {}),
      artifactStore: store,
      word: encodeWord({
        format: 1,
        project,
        run,
        pipeline: compiled.plan.pipeline,
        step: own,
        attempt,
        number: 1,
        writer: newNonce(),
        store: { config: artifactStore.raw, place, ...(credentials === undefined ? {} : { credentials }) },
        secrets: options.secrets ?? {},
        ...timeout,
      }),
      resources: options.resources ?? {},
      retry: planned.retry,
      environment,
      settings,
      ...timeout,
    };
  }

  const look: Bench["look"] = async (handle) => ({
    outcome: await readJson<StepOutcome>(store, layout.outcome(handle.run, handle.step), call),
    ended: await readJson<AttemptEnded>(store, layout.ended(handle.run, handle.step, handle.attempt), call),
  });

  return {
    launcher,
    store,
    run,
    project,
    call,
    built,
    outlives,
    credentials,
    another,
    step,
    look,
    async finish(step) {
      const handle = await launcher.launch(step, undefined, call);
      const exit = await launcher.wait(handle, call);
      return { exit, ...(await look(handle)) };
    },
    async handles(filter = {}) {
      return collect(launcher.find({ project, run, ...filter }, call));
    },
    async printed(of, handle, line) {
      assert.ok(of.tail !== undefined, "the launcher has no tail");
      for await (const text of of.tail(handle, call)) if (text.trimEnd() === line) return;
      assert.fail(`the step ended without printing ${JSON.stringify(line)}`);
    },
    log: (handle) => collect(readLog(store, handle.run, handle.step, handle.attempt, call)),
    async [Symbol.asyncDispose]() {
      for (const handle of await collect(launcher.find({ project }, call)))
        await launcher.stop(handle, { ...call, graceSeconds: 0 });
      for (const each of opened) await each[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
