// What happens to runs when processes are killed, stopped and doubled: every one ends in a true status, and nothing of ours stays on the engine.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import {
  createProject,
  dockerConfiguration,
  engineMissing,
  eventsOf,
  start,
  statusesOf,
  zenlite,
  binary,
  type Ended,
  type Project,
  type Running,
} from "./project.ts";

const execute = promisify(execFile);

/** `first` is quick; `second` waits until a file appears that the test makes; `third` takes what both gave. */
const waiting = `import { existsSync, watch } from "node:fs";
import { pipeline, step } from "zenlite";
export const first = step("first", () => ({ value: 1 }));
export const second = step("second", { cache: false }, async ({ value, gate }: { value: number; gate: string }, context) => {
  console.log("second is waiting");
  while (!existsSync(gate)) {
    if (context.signal.aborted) throw new Error("told to stop");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { value: value + 1 };
});
export const third = step("third", ({ value }: { value: number }) => ({ value: value * 10 }));
export const waits = pipeline("waits", { parameters: { gate: "" } }, ({ gate }) => {
  const { value } = first();
  const { value: later } = second({ value, gate });
  return third({ value: later });
});
void watch;
`
  .replace("existsSync, watch", "existsSync")
  .replace("void watch;\n", "");

const run = (stack: string): readonly string[] => ["run", "run.ts", "--stack", stack, "--json"];

/** A gate inside of the store: the one folder that a container shares with its host. */
function begin(project: Project, stack: string): { readonly running: Running; open(): void } {
  const gate = stack === "docker" ? "/zenlite/store/gate" : project.path(".zenlite", "store", "gate");
  const running = start(project.folder, [process.execPath, binary, ...run(stack), "--set", `gate=${gate}`]);
  return { running, open: () => project.write(".zenlite/store/gate", "") };
}

const secondWaits = (running: Running): Promise<string> => running.line((line) => line.includes("second is waiting"));

async function ourContainers(project: Project): Promise<readonly string[]> {
  const nonce = JSON.parse((await execute("cat", [project.path(".zenlite", "store", "project.json")])).stdout) as {
    project: string;
  };
  const { stdout } = await execute("docker", ["ps", "-aq", "--filter", `label=dev.zenlite.project=${nonce.project}`]);
  return stdout.split("\n").filter((line) => line !== "");
}

async function show(
  project: Project,
  runId: string,
): Promise<{ status: string; steps: { id: string; status: string; attempts: unknown[] }[] }> {
  const shown = await zenlite(project.folder, ["runs", "show", runId, "--json"]);
  return JSON.parse(shown.stdout) as { status: string; steps: { id: string; status: string; attempts: unknown[] }[] };
}

const runIdOf = (line: string): string => String((JSON.parse(line) as { runId: unknown }).runId);

const projects: Project[] = [];
function project(): Project {
  const made = createProject({
    "run.ts": waiting,
    ".zenliterc": `${dockerConfiguration.replace("orchestrator:\n", "orchestrator:\n  processes: { flavor: local, isolation: process }\n")}  processes: { orchestrator: processes, artifact-store: default }\n`,
  });
  projects.push(made);
  return made;
}
afterEach(() => {
  for (const each of projects.splice(0)) each[Symbol.dispose]();
});

describe.each(["default", "processes", "docker"])("on the %s stack", (stack) => {
  test("Ctrl-C cancels: exit 130, status cancelled, no compute left", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    running.child.kill("SIGINT");
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(130);
    expect(eventsOf(ended).at(-1)).toMatchObject({ event: "run.finished", status: "cancelled" });
    const view = await show(own, runId);
    expect(view.status).toBe("cancelled");
    expect(view.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      "first completed",
      "second cancelled",
      "third cancelled",
    ]);
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("a second Ctrl-C does not corrupt: the run is cancelled and the next one completes", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running, open } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect((await show(own, runId)).status).toBe("cancelled");
    open();
    const next = begin(own, stack);
    const ended = await next.running.ended;
    expect(statusesOf(ended)).toEqual({ first: "cached", second: "completed", third: "completed" });
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("kill -9 of the driver: interrupted, and resume goes on without repeating what is done", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running, open } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    running.child.kill("SIGKILL");
    await running.ended;
    expect((await show(own, runId)).status).toBe("interrupted");
    open();
    const resumed = await zenlite(own.folder, ["runs", "resume", runId, "--json"]);
    expect(resumed.code, resumed.stderr + resumed.stdout).toBe(0);
    const view = await show(own, runId);
    expect(view.status).toBe("completed");
    expect(view.steps.find(({ id }) => id === "first")?.attempts).toHaveLength(1);
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("kill -9 of the driver, then cancel from elsewhere: cancelled, no compute left", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    running.child.kill("SIGKILL");
    await running.ended;
    const cancelled = await zenlite(own.folder, ["runs", "cancel", runId]);
    expect(cancelled.code, cancelled.stderr).toBe(0);
    expect((await show(own, runId)).status).toBe("cancelled");
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("cancel from another terminal: the driver ends with 1, the run is cancelled", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    const cancelled = await zenlite(own.folder, ["runs", "cancel", runId]);
    expect(cancelled.code, cancelled.stderr).toBe(0);
    expect((await running.ended).code).toBe(1);
    expect((await show(own, runId)).status).toBe("cancelled");
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("another terminal's live run is left alone by run, resume and clean", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running, open } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    const resumed = await zenlite(own.folder, ["runs", "resume", runId]);
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain("ZENLITE_RUN_HELD");
    const cleaned = await zenlite(own.folder, ["clean", "--yes", "--keep-days", "0", "--stack", stack]);
    expect(cleaned.code, cleaned.stderr).toBe(0);
    open();
    const [ended, other] = await Promise.all([running.ended, begin(own, stack).running.ended]);
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    expect(other.code, other.stderr + other.stdout).toBe(0);
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });

  test("two resumes at once: one goes on, the other says so, the run completes", async (context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const own = project();
    const { running, open } = begin(own, stack);
    const runId = runIdOf(await secondWaits(running));
    running.child.kill("SIGKILL");
    await running.ended;
    const resume = (): Running => start(own.folder, [process.execPath, binary, "runs", "resume", runId, "--json"]);
    const pair = [resume(), resume()];
    const codes = Promise.all(pair.map(async ({ ended }) => (await ended).code));
    // Whoever has the lease waits at the gate; the other has been refused by then or is refused later.
    await Promise.race(pair.map((each) => each.ended));
    open();
    expect((await codes).toSorted()).toEqual([0, 2]);
    expect((await show(own, runId)).status).toBe("completed");
    if (stack === "docker") expect(await ourContainers(own)).toEqual([]);
  });
});

test("a container killed from outside fails its step with the reason", async (context) => {
  context.skip(engineMissing, "no Docker engine");
  const own = project();
  const { running } = begin(own, "docker");
  await secondWaits(running);
  const { stdout } = await execute("docker", ["ps", "-q", "--filter", "label=dev.zenlite.step=second"]);
  const mine = await ourContainers(own);
  const victim = stdout.split("\n").find((id) => mine.includes(id)) ?? "";
  await execute("docker", ["kill", victim]);
  const ended: Ended = await running.ended;
  expect(ended.code).toBe(1);
  expect(statusesOf(ended)).toMatchObject({ second: "failed", third: "skipped" });
  expect(await ourContainers(own)).toEqual([]);
});
