// A launcher of the flavor under test on temporary folders, with everything taken away afterwards.
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  ArtifactStore,
  ComponentContext,
  JsonObject,
  Retry,
  StepCheck,
  StepHandle,
  StepLaunch,
  StepLauncher,
} from "@zenlite/core";
import Docker from "dockerode";
import flavor from "../src/index.ts";
import type { DockerConfig } from "../src/settings.ts";
import { baseImage } from "./engine-here.ts";

export type Launcher = Required<StepLauncher> & AsyncDisposable;

export interface Bench extends AsyncDisposable {
  readonly launcher: Launcher;
  readonly docker: Docker;
  readonly project: string;
  readonly folder: string;
  /** What the flavor logged. */
  readonly logged: string[];
  /** Another launcher, as another process would have it. */
  open(config?: Partial<DockerConfig>): Promise<Launcher>;
  step(word: JsonObject, more?: Partial<StepLaunch>): StepLaunch;
  containers(): Promise<Docker.ContainerInfo[]>;
}

const once: Retry = { count: 0, delaySeconds: 0, backoff: 1, jitter: "none" };

export const call = { signal: new AbortController().signal };

export async function openBench(config: Partial<DockerConfig> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-docker-"));
  for (const name of ["state", "code", "store"]) mkdirSync(join(folder, name));
  const project = `test-${randomUUID()}`;
  const logged: string[] = [];
  const place = { projectFolder: folder, stateFolder: join(folder, "state"), configFolder: folder };
  const log = {
    info: (message: string) => void logged.push(message),
    warn: (message: string) => void logged.push(message),
  };
  const context: ComponentContext = {
    where: "client",
    place,
    log,
    signal: call.signal,
    secret: () => Promise.reject(new Error("no secrets here")),
  };
  const opened: Launcher[] = [];
  const open = async (more: Partial<DockerConfig> = {}): Promise<Launcher> => {
    // The schema's result in full is what core hands to `open`.
    const launcher = (await flavor.open(
      { baseImage, pullPolicy: "never", lookAhead: 4, ...config, ...more },
      context,
    )) as Launcher;
    opened.push(launcher);
    return launcher;
  };
  const docker = new Docker({ socketPath: "/var/run/docker.sock" });
  const launcher = await open();
  return {
    launcher,
    docker,
    project,
    folder,
    logged,
    open,
    step: (word, more) => ({
      project,
      run: "20261121-182401-123-k3f9x2",
      pipeline: "bench",
      step: "trainer",
      attempt: randomUUID().slice(0, 12),
      runner: dirname(fileURLToPath(new URL("./runner/supervisor.mjs", import.meta.url))),
      code: join(folder, "code"),
      store: join(folder, "store"),
      // A container reaches its store by the mounted folder: the driver's own is never touched.
      artifactStore: undefined as unknown as ArtifactStore,
      word: JSON.stringify(word),
      resources: {},
      retry: once,
      environment: {},
      settings: {},
      ...more,
    }),
    containers: () => docker.listContainers({ all: true, filters: { label: [`dev.zenlite.project=${project}`] } }),
    async [Symbol.asyncDispose]() {
      try {
        for await (const handle of launcher.find({ project }, call))
          await launcher.stop(handle, { ...call, graceSeconds: 0 });
        for (const each of opened) await each[Symbol.asyncDispose]();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

export function checkOf(more: Partial<StepCheck> = {}): StepCheck {
  return {
    step: "trainer",
    built: false,
    resources: {},
    retry: once,
    environment: {},
    settings: {},
    strict: false,
    ...more,
  };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Resolves when the step has printed the line. */
export async function printed(launcher: Launcher, handle: StepHandle, wanted: string): Promise<void> {
  for await (const line of launcher.tail(handle, call)) if (line === wanted) return;
  throw new Error(`the step ended without printing ${JSON.stringify(wanted)}`);
}
