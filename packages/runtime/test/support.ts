// What the tests of this package share: a store in a temporary folder, words for steps, and a built runner with real processes.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  exitFrame,
  type ArtifactStore,
  type AttemptEnded,
  type Digest,
  type Input,
  type PlanStep,
  type StepExit,
  type StepOutcome,
} from "@zenlite/core";
import localStore from "@zenlite/artifact-store-local";
import { layout, newNonce, readJson } from "@zenlite/records";
import { build, type BuildOptions } from "esbuild";
import { readLog, type StepWord } from "../src/index.ts";

export const call = { signal: new AbortController().signal };

export interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly store: ArtifactStore;
}

/** A temporary folder with a store in it; everything is removed at the end. */
export async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "zenlite-runtime-"));
  const place = { projectFolder: folder, stateFolder: folder, configFolder: folder };
  const store = await localStore.open(
    {},
    {
      where: "client",
      place,
      signal: call.signal,
      log: { info() {}, warn() {} },
      secret: () => Promise.reject(new Error("no secrets here")),
    },
  );
  return { folder, store, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const nothing: Digest = `sha256:${"0".repeat(64)}`;

export function planStep(id: string, more: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    name: id,
    export: `steps.ts#${id}`,
    fingerprint: { code: nothing, files: nothing, packages: [], materializers: [] },
    inputs: {},
    after: [],
    resources: {},
    retry: { count: 0, delaySeconds: 0, backoff: 1, jitter: "none" },
    cache: true,
    settings: {},
    environment: {},
    secrets: {},
    ...more,
  };
}

export interface WordOptions {
  readonly run?: string;
  readonly attempt?: string;
  readonly inputs?: { readonly [name: string]: Input };
  readonly cache?: boolean;
  readonly secrets?: { readonly [name: string]: string };
  readonly timeoutSeconds?: number;
}

/** The word for a step of the fixture, or of a code object that a test makes. */
export function wordFor(folder: string, step: string, options: WordOptions = {}): StepWord {
  const { run = "run-1", attempt = newNonce(), inputs = {}, cache = true, secrets = {}, timeoutSeconds } = options;
  return {
    format: 1,
    project: "project",
    run,
    pipeline: "tests",
    step: planStep(step, { inputs, cache }),
    attempt,
    number: 1,
    writer: "driver",
    store: { config: {}, place: { projectFolder: folder, stateFolder: folder, configFolder: folder } },
    secrets,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

/** Bundles supervisor, entrypoint, store and the fixture's steps, as the compiler does. */
export async function buildRunner(
  folder: string,
  store = join(import.meta.dirname, "../../artifact-store-local/src/index.ts"),
): Promise<{ readonly runner: string; readonly code: string }> {
  const [runner, code] = [join(folder, "runner"), join(folder, "code")];
  const shared: BuildOptions = {
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["zenlite-source"],
    logLevel: "error",
  };
  const source = join(import.meta.dirname, "../src");
  const [, , bundle] = await Promise.all([
    build({
      ...shared,
      entryPoints: [join(source, "supervisor.ts"), join(source, "entrypoint.ts")],
      outdir: runner,
      outExtension: { ".js": ".mjs" },
    }),
    build({
      ...shared,
      entryPoints: [store],
      outfile: join(runner, "store.mjs"),
    }),
    // The place of the output is made up, so that the map names sources from the project's folder.
    build({
      ...shared,
      entryPoints: ["fixtures/steps.ts"],
      outfile: "code.mjs",
      sourcemap: "external",
      absWorkingDir: import.meta.dirname,
      write: false,
    }),
  ]);
  await mkdir(code, { recursive: true });
  await Promise.all(
    bundle.outputFiles?.map(({ path, contents }) => writeFile(join(code, basename(path)), contents)) ?? [],
  );
  return { runner, code };
}

export interface Supervised {
  readonly process: ChildProcess;
  /** Ends standard input, as the end of a driver does. */
  endInput(): void;
  tellWord(word: StepWord): void;
  tellLine(line: string): void;
  /** Resolves when the log shows the text. */
  shows(text: string): Promise<void>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly exit: StepExit | undefined;
    readonly log: string;
  }>;
}

/** A real supervisor with its step process. */
export function supervise(
  paths: { readonly runner: string; readonly code: string },
  environment: { readonly [name: string]: string } = {},
): Supervised {
  const child = spawn(process.execPath, [join(paths.runner, "supervisor.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
    env: { PATH: process.env["PATH"] ?? "", HOME: paths.code, ZENLITE_CODE: paths.code, ...environment },
  });
  let output = "";
  const waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    output += piece;
    for (const { text, resolve } of waiting) if (output.includes(text)) resolve();
  });
  child.stdin?.on("error", () => {});
  const ended = new Promise<Awaited<Supervised["ended"]>>((resolve) => {
    child.on("close", (code, signal) => {
      const [log = "", frame] = output.split(exitFrame);
      resolve({ code, signal, exit: frame === undefined ? undefined : (JSON.parse(frame) as StepExit), log });
    });
  });
  return {
    process: child,
    endInput: () => void child.stdin?.end(),
    tellWord: (word) => void child.stdin?.write(`${JSON.stringify(word)}\n`),
    tellLine: (line) => void child.stdin?.write(`${line}\n`),
    shows: (text) =>
      output.includes(text) ? Promise.resolve() : new Promise((resolve) => waiting.push({ text, resolve })),
    ended,
  };
}

export interface Records {
  readonly outcome: StepOutcome | undefined;
  readonly ended: AttemptEnded | undefined;
  readonly log: string;
}

/** What the store holds of an attempt. */
export async function recordsOf(store: ArtifactStore, word: StepWord): Promise<Records> {
  const lines: string[] = [];
  for await (const line of readLog(store, word.run, word.step.id, word.attempt, call)) lines.push(line);
  return {
    outcome: await readJson<StepOutcome>(store, layout.outcome(word.run, word.step.id), call),
    ended: await readJson<AttemptEnded>(store, layout.ended(word.run, word.step.id, word.attempt), call),
    log: lines.join("\n"),
  };
}
