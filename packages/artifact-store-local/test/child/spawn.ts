// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the next line that the child prints. */
  line(): Promise<string>;
  /** Resolves when it has ended, with its exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts a script of this folder from source. */
export function start(script: string, args: readonly string[]): Child {
  const path = join(import.meta.dirname, script);
  const child = spawn(process.execPath, ["--conditions=zenlite-source", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close").then(([code, signal]: (number | NodeJS.Signals)[]) => code ?? signal ?? -1);
  let text = "";
  let wake: () => void = () => undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    wake();
  });
  void ended.then(() => wake());
  const line = async (): Promise<string> => {
    while (!text.includes("\n")) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${script} ended without a line`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
    const end = text.indexOf("\n");
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  };
  return { process: child, line, ended };
}
