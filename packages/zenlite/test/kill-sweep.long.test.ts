// 200 kills at random moments of a docker run: nothing recorded is lost, every run ends in a true status, no container stays.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  binary,
  createProject,
  dockerConfiguration,
  engineMissing,
  eventsOf,
  start,
  zenlite,
  type Project,
} from "./project.ts";

const execute = promisify(execFile);
const kills = 200;
/** Beyond the length of an undisturbed run, so that every phase is hit, the last records included. */
const longestMilliseconds = 2500;

const module = `import { pipeline, step } from "zenlite";
export const one = step("one", ({ round }: { round: number }) => ({ value: round }));
export const left = step("left", ({ value }: { value: number }) => ({ value: value + 1 }));
export const right = step("right", async ({ value }: { value: number }) => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { value: value + 2 };
});
export const sum = step("sum", ({ values }: { values: number[] }) => ({ total: values.reduce((a, b) => a + b, 0) }));
export const diamond = pipeline("diamond", { parameters: { round: 0 } }, ({ round }) => {
  const { value } = one({ round });
  return sum({ values: [left({ value }).value, right({ value }).value] });
});
`;

interface View {
  readonly status: string;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly outcome?: { readonly attempt?: string };
  }[];
}

async function show(project: Project, run: string): Promise<View> {
  return JSON.parse((await zenlite(project.folder, ["runs", "show", run, "--json"])).stdout) as View;
}

async function ourContainers(project: Project): Promise<readonly string[]> {
  const { project: nonce } = JSON.parse(readFileSync(project.path(".zenlite", "store", "project.json"), "utf8")) as {
    project: string;
  };
  const { stdout } = await execute("docker", ["ps", "-aq", "--filter", `label=dev.zenlite.project=${nonce}`]);
  return stdout.split("\n").filter((line) => line !== "");
}

/** The same moments on every machine: what fails can be run again. */
function* moments(): Generator<number> {
  for (let seed = 20_261_121; ;) {
    seed = (seed * 48_271) % 2_147_483_647;
    yield (seed / 2_147_483_647) * longestMilliseconds;
  }
}

test(`${kills} kills at random moments`, { timeout: 60 * 60_000 }, async (context) => {
  context.skip(engineMissing, "no Docker engine");
  using project = createProject({ "run.ts": module, ".zenliterc": dockerConfiguration });
  const moment = moments();
  const outcomes = { before: 0, interrupted: 0, completed: 0 };
  for (let round = 1; round <= kills; round += 1) {
    const running = start(project.folder, [
      process.execPath,
      binary,
      "run",
      "run.ts",
      "--stack",
      "docker",
      "--set",
      `round=${round}`,
      "--json",
    ]);
    const ended = await Promise.race([running.ended, delay(moment.next().value ?? 0).then(() => undefined)]);
    if (ended === undefined) running.child.kill("SIGKILL");
    const printed = eventsOf(
      await running.ended.then((each) => ({
        ...each,
        stdout: each.stdout.slice(0, each.stdout.lastIndexOf("\n") + 1),
      })),
    );
    const run = printed[0]?.["runId"];
    if (typeof run !== "string") {
      outcomes.before += 1;
      continue;
    }
    const before = await show(project, run);
    expect(["interrupted", "completed"], `round ${round}`).toContain(before.status);
    // What was told to the user was recorded before.
    for (const event of printed.filter((each) => each["event"] === "step.finished"))
      expect(before.steps.find(({ id }) => id === event["step"])?.status, `round ${round}`).toBe(event["status"]);
    if (before.status === "interrupted") {
      outcomes.interrupted += 1;
      const resumed = await zenlite(project.folder, ["runs", "resume", run, "--json"]);
      expect(resumed.code, `round ${round}: ${resumed.stdout}${resumed.stderr}`).toBe(0);
    } else outcomes.completed += 1;
    const after = await show(project, run);
    expect(after.status, `round ${round}`).toBe("completed");
    // Completed steps were not repeated: their outcome is still that of the attempt that wrote it.
    for (const step of before.steps.filter(({ status }) => status === "completed"))
      expect(after.steps.find(({ id }) => id === step.id)?.outcome?.attempt).toBe(step.outcome?.attempt);
    const total = await zenlite(project.folder, ["artifacts", "show", run, "sum.total", "--json"]);
    expect((JSON.parse(total.stdout) as { value: unknown }).value, `round ${round}`).toBe(2 * round + 3);
  }
  // Kills before the first record may have left nothing at all; a last run sweeps up whatever there is.
  const last = await zenlite(project.folder, ["run", "run.ts", "--stack", "docker"]);
  expect(last.code, last.stderr).toBe(0);
  expect(await ourContainers(project)).toEqual([]);
  process.stdout.write(`kills: ${JSON.stringify(outcomes)}\n`);
});
