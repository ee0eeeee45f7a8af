// Temporary projects outside the workspace, and the built command line as a child process: what a user has.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

export const repository = join(import.meta.dirname, "..", "..", "..");
export const binary = join(repository, "packages", "zenlite", "bin", "zenlite.js");
export const baseImage = "zenlite-base:node24";

/** Set by the test script. Where it is not, whoever runs vitest by hand has an engine or sees the tests fail. */
export const engineMissing = process.env["ZENLITE_TEST_ENGINE"] === "0";

export interface Project extends Disposable {
  readonly folder: string;
  write(name: string, text: string): void;
  path(...parts: readonly string[]): string;
  exists(...parts: readonly string[]): boolean;
}

export const dockerConfiguration = `flavors:
  - "@zenlite/orchestrator-docker"
orchestrator:
  containers: { flavor: docker, base_image: "${baseImage}" }
stack:
  docker: { orchestrator: containers, artifact-store: default }
`;

export function createProject(files: { readonly [name: string]: string } = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-project-"));
  const path = (...parts: readonly string[]): string => join(folder, ...parts);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  write(
    "package.json",
    JSON.stringify({ name: "project", private: true, type: "module", dependencies: { zenlite: "*" } }),
  );
  mkdirSync(path("node_modules", "@zenlite"), { recursive: true });
  symlinkSync(join(repository, "packages", "zenlite"), path("node_modules", "zenlite"));
  for (const name of readdirSync(join(repository, "packages")).filter((each) => each !== "zenlite"))
    symlinkSync(join(repository, "packages", name), path("node_modules", "@zenlite", name));
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    write,
    path,
    exists: (...parts) => existsSync(path(...parts)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of standard output that matches; rejects where the process ends before. */
  line(matches: (line: string) => boolean): Promise<string>;
}

type Environment = { readonly [name: string]: string | undefined };

export function start(folder: string, command: readonly string[], environment: Environment = {}): Running {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "", CI: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const listener of listeners) listener();
  });
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
      for (const listener of listeners) listener();
    });
  });
  const line = (matches: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      let seen = 0;
      const look = (): void => {
        for (; seen < lines.length; seen += 1) {
          const candidate = lines[seen] ?? "";
          if (!matches(candidate)) continue;
          listeners.delete(look);
          return resolve(candidate);
        }
        if (child.exitCode !== null || child.signalCode !== null)
          reject(new Error(`ended without that line:\n${stdout}\n${stderr}`));
      };
      listeners.add(look);
      look();
    });
  return { child, ended, line };
}

/** Runs `zenlite …` in a folder to its end. */
export function zenlite(folder: string, args: readonly string[], environment: Environment = {}): Promise<Ended> {
  return start(folder, [process.execPath, binary, ...args], environment).ended;
}

/** The JSON lines of `--json`. */
export function eventsOf(ended: Ended): readonly { readonly [key: string]: unknown }[] {
  return ended.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly [key: string]: unknown });
}

/** Step → status, from a run's JSON events. */
export function statusesOf(ended: Ended): { readonly [step: string]: unknown } {
  return Object.fromEntries(
    eventsOf(ended)
      .filter((event) => event["event"] === "step.finished")
      .map((event) => [event["step"], event["status"]]),
  );
}
