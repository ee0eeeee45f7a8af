// One attempt in a process of its own: the same supervisor as in a container, told what to do on its standard input.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { exitFrame, type StepExit, type StepLaunch } from "@zenlite/core";
import { createLines, type Attempt } from "./attempt.ts";

export interface StepProcess extends Attempt {
  tell(line: string): void;
}

/** What a process needs of the driver's environment; the rest, which may hold secrets, stays here. */
const inherited = [
  "PATH",
  "HOME",
  "TMPDIR",
  "TEMP",
  "TMP",
  "LANG",
  "LC_ALL",
  "TZ",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
];

/** Starts the supervisor, which waits for its word; without one it ends when this process does. */
export function startProcess(step: StepLaunch): StepProcess {
  const env: Record<string, string> = { ...step.environment, ZENLITE_CODE: step.code, ZENLITE_ON_DRIVER_EXIT: "stop" };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] ??= value;
  }
  // A group of its own: Ctrl-C goes to the driver, which stops the group, grandchildren included.
  const child = spawn(process.execPath, [join(step.runner, "supervisor.mjs")], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    env,
  });
  const lines = createLines();
  let frame: StepExit | undefined;
  let stopped = false;
  let complaint = "";
  // A supervisor that is gone takes no word; its exit says so.
  child.stdin.on("error", () => {});
  child.stderr.on("data", (data: Buffer) => {
    complaint = (complaint + data.toString()).slice(-2000);
  });
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    // A step's last line may end without a newline: the frame then stands behind it.
    const at = line.lastIndexOf(exitFrame);
    if (at >= 0) frame = JSON.parse(line.slice(at + exitFrame.length)) as StepExit;
    if (at !== 0) lines.push(`${at < 0 ? line : line.slice(0, at)}\n`);
  });
  function killGroup(signal: NodeJS.Signals): void {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nothing of it is left.
    }
  }
  const exit = new Promise<StepExit>((resolve) => {
    const end = (result: StepExit): void => {
      lines.end();
      resolve(result);
    };
    child.on("error", (error) => end({ code: null, reason: "capacity", detail: error.message }));
    child.on("close", (code, signal) => {
      // What the step started and left running goes with it.
      killGroup("SIGKILL");
      if (frame !== undefined) end(frame);
      else if (stopped) end({ code, reason: "stopped" });
      else if (signal !== null) end({ code, reason: "lost", detail: `the step's process was killed (${signal})` });
      else end({ code, reason: "exited", ...(complaint === "" ? {} : { detail: complaint }) });
    });
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) killGroup(signal);
  };
  return {
    exit,
    lines,
    tell(line) {
      if (child.stdin.writable) child.stdin.write(`${line}\n`);
    },
    async stop(graceSeconds) {
      stopped = true;
      if (graceSeconds > 0) {
        kill("SIGTERM");
        const timer = setTimeout(() => kill("SIGKILL"), graceSeconds * 1000);
        await exit;
        clearTimeout(timer);
      } else {
        kill("SIGKILL");
        await exit;
      }
    },
  };
}
