// A driver in a process of its own, to be killed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { hostConditions } from "@zenlite/compiler";
import type { StepHandle, StepLaunch } from "@zenlite/core";
import type { Bench } from "./bench.ts";
import type { Driving } from "./driver.ts";

export interface Driver {
  readonly handle: StepHandle;
  kill(): void;
  /** Lets it dispose of its launcher and end. */
  dispose(): void;
  /** Resolves when neither the driver nor what it started is there any more. */
  gone(): Promise<void>;
}

export async function startDriver(bench: Bench, act: Driving["act"], step: StepLaunch): Promise<Driver> {
  const { orchestrator, place } = bench.built;
  const { artifactStore: _own, ...described } = step;
  const driving: Driving = {
    module: orchestrator.source.moduleFile,
    config: orchestrator.config,
    place,
    act,
    step: described,
  };
  const file = fileURLToPath(new URL(`./driver${extname(import.meta.url)}`, import.meta.url));
  const conditions = hostConditions(process.execArgv, process.env["NODE_OPTIONS"]).map(
    (condition) => `--conditions=${condition}`,
  );
  const child = spawn(process.execPath, [...conditions, file], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.write(`${JSON.stringify(driving)}\n`);
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended])) as [unknown];
  assert.ok(typeof line === "string", `the driver ended with ${String(line)}`);
  const handle = JSON.parse(line) as StepHandle;
  return {
    handle,
    kill: () => void child.kill("SIGKILL"),
    dispose: () => void child.stdin.end(),
    async gone() {
      await ended;
      // Where compute outlives its driver the launcher sees its end; where it does not, only the system does.
      if (bench.outlives) {
        await bench.launcher.wait(handle, bench.call);
        await bench.launcher.stop(handle, bench.call);
        assert.deepEqual(await bench.handles(), []);
      } else await processesGone(step.runner);
    },
  };
}

/** Waits until no process of this machine has the folder in its arguments. */
async function processesGone(folder: string): Promise<void> {
  for (const giveUp = Date.now() + 10_000; ; await sleep(50)) {
    const left = processesIn(folder);
    if (left.length === 0) return;
    assert.ok(Date.now() < giveUp, `these are still there: ${left.join(", ")}`);
  }
}

function processesIn(folder: string): readonly string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/u.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(folder);
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}
