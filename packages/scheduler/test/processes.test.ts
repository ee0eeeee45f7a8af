import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { type StepExit, type StepHandle, type StepLaunch, type StepLauncher } from "@zenlite/core";
import { systemClock } from "@zenlite/scheduler";
import { freshStore, setStage } from "./stage.ts";

/** One child process an attempt, as small as a launcher can be. */
function processLauncher(): StepLauncher & { readonly spawned: string[] } {
  const children = new Map<string, { readonly child: ChildProcess; readonly exit: Promise<StepExit> }>();
  const spawned: string[] = [];

  const start = ({ attempt, step }: StepLaunch): { readonly child: ChildProcess; readonly exit: Promise<StepExit> } => {
    const script = join(import.meta.dirname, "fixtures", "step-process.ts");
    const child = spawn(process.execPath, [...process.execArgv, script], { stdio: ["pipe", "pipe", "inherit"] });
    const exit = once(child, "exit").then(([code, signal]): StepExit => {
      if (signal === "SIGTERM") return { code: 143, reason: "stopped" };
      return signal === null
        ? { code: Number(code), reason: "exited" }
        : { code: 137, reason: "lost", detail: `${signal}` };
    });
    const started = { child, exit };
    children.set(attempt, started);
    spawned.push(step);
    return started;
  };
  const of = (handle: StepHandle) => {
    const found = children.get(handle.attempt);
    if (found === undefined) throw new Error(`No process of ${handle.attempt}.`);
    return found;
  };

  return {
    drives: "steps",
    spawned,
    prepare: async (step) => ({ process: start(step).child.pid ?? null }),
    async launch(step, prepared) {
      const { child } = (prepared === undefined ? undefined : children.get(step.attempt)) ?? start(step);
      child.stdin?.end(`${step.word}\n`);
      return { run: step.run, step: step.step, attempt: step.attempt, ref: { process: child.pid ?? null } };
    },
    wait: (handle) => of(handle).exit,
    async stop(handle) {
      of(handle).child.kill();
      await of(handle).exit;
    },
    async *tail(handle) {
      const { stdout } = of(handle).child;
      if (stdout !== null) yield* createInterface({ input: stdout });
    },
    async *find() {},
  };
}

test("a graph of real processes, one of them killed the first time", async () => {
  const { store, folder } = await freshStore();
  const launcher = processLauncher();
  const stage = await setStage(
    [
      { id: "first" },
      { id: "flaky", from: ["first"], retry: { count: 1 } },
      { id: "beside", from: ["first"] },
      { id: "last", from: ["flaky", "beside"] },
    ],
    { store, lookAhead: 2 },
  );
  const result = await stage.drive({
    launcher,
    clock: systemClock,
    describe: async (step, attempt, number, withWord) => ({
      project: "project",
      run: stage.run,
      pipeline: "trial",
      step: step.id,
      attempt,
      runner: "",
      code: "",
      artifactStore: store,
      word: withWord
        ? JSON.stringify({ folder: join(folder, "store"), run: stage.run, step: step.id, attempt, number })
        : "",
      resources: {},
      retry: step.retry,
      environment: {},
      settings: {},
    }),
  });
  expect(result).toEqual({ status: "completed" });
  expect(launcher.spawned.toSorted()).toEqual(["beside", "first", "flaky", "flaky", "last"]);
  const story = stage.story();
  for (const step of ["first", "beside", "last"]) {
    const own = story.filter((line) => line.split(" ")[1] === step);
    expect(own).toEqual([
      `started ${step}`,
      `log ${step} ${step} begins`,
      `log ${step} ${step} ends`,
      `completed ${step}`,
    ]);
  }
  expect(story.filter((line) => line.includes("flaky"))).toEqual([
    "started flaky",
    "log flaky flaky begins",
    "retrying flaky",
    "started flaky",
    "log flaky flaky begins",
    "log flaky flaky ends",
    "completed flaky",
  ]);
  const records = await stage.records();
  expect(records?.ends).toMatchObject([{ step: "flaky", exit: { reason: "lost" } }]);
  expect(records?.outcomes.every((outcome) => outcome.status === "completed")).toBe(true);
});
