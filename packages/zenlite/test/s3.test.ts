// Steps in containers with their artifacts in S3: the same figures, read by a colleague with nothing but the stack, and no key to be found anywhere.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  baseImage,
  binary,
  createProject,
  eventsOf,
  repository,
  start,
  statusesOf,
  zenlite,
  type Project,
  type Running,
} from "./project.ts";
import { makeBucket, onAwsAndEngine, openDoor, openGate, type Bucket, type Door } from "./s3-here.ts";

const execute = promisify(execFile);

/** The driver's keys, as its environment has them; found anywhere else they have leaked. */
const planted = ["AKIAPLANTEDKEY000001", "planted/secret+key/that+is/forty+long/00001", "planted-session-token-00001"];
const keys = {
  AWS_ACCESS_KEY_ID: planted[0],
  AWS_SECRET_ACCESS_KEY: planted[1],
  AWS_SESSION_TOKEN: planted[2],
  AWS_REGION: "us-east-1",
  ZENLITE_BASE_IMAGE: baseImage,
};

let door: Door;
let bucket: Bucket;

/**
 * On the engine's bridge only where nobody waits long: where the engine does not fix the bridge's hardware address, it changes with each
 * container that comes or goes, and those that run do not find this machine for the better part of a minute.
 */
function configuration(prefix: string): string {
  return `flavors: ["@zenlite/orchestrator-docker", "@zenlite/artifact-store-s3"]
orchestrator:
  bridged: { flavor: docker, base_image: "${baseImage}" }
  containers: { flavor: docker, base_image: "${baseImage}", network: host }
artifact-store:
  missing: { flavor: s3, path: "s3://${bucket.name}-that-is-not-there", endpoint: "${door.url}" }
  cloud: { flavor: s3, path: "s3://${bucket.name}/${prefix}", endpoint: "${door.url}" }
stack:
  bridged: { orchestrator: bridged, artifact-store: cloud }
  cloud: { orchestrator: containers, artifact-store: cloud }
  here: { orchestrator: default, artifact-store: cloud }
  nowhere: { orchestrator: containers, artifact-store: missing }
`;
}

/** \`second\` waits until the test opens the gate. */
const waiting = `import { pipeline, step } from "zenlite";
// Code that prints all that it can get hold of.
process.on("message", (message) => console.log("overheard " + JSON.stringify(message)));
export const first = step("first", () => ({ value: 1 }));
export const second = step("second", { cache: false }, async ({ value, gate }: { value: number; gate: string }, context) => {
  console.log("second is waiting, " + Object.keys(process.env).filter((name) => name.startsWith("AWS")).length + " AWS variables");
  while ((await fetch(gate).then(({ status }) => status, () => 0)) !== 200) {
    context.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { value: value + 1 };
});
export const third = step("third", ({ value }: { value: number }) => ({ value: value * 10 }));
export const waits = pipeline("waits", { parameters: { gate: "" } }, ({ gate }) => {
  const { value } = first();
  const { value: later } = second({ value, gate });
  return third({ value: later });
});
`;

function leaksIn(text: string): readonly string[] {
  return planted.filter((value) => text.includes(value));
}

/** Every file below a folder, links left out. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function expectNoLeak(prefix: string, folder: string, ...texts: readonly string[]): Promise<void> {
  const objects = await bucket.objects(`${prefix}/`);
  expect(objects.size).toBeGreaterThan(5);
  const places = [
    ...[...objects].map(([key, bytes]): [string, string] => [key, bytes.toString("latin1")]),
    ...[...filesBelow(folder)].map((file): [string, string] => [file, readFileSync(file, "latin1")]),
    ...texts.map((text, index): [string, string] => [`text ${index}`, text]),
  ];
  expect(places.flatMap(([place, text]) => leaksIn(text).map((value) => `${value} in ${place}`))).toEqual([]);
}

const projects: Project[] = [];
function project(prefix: string): Project {
  const made = createProject({ "run.ts": waiting, ".zenliterc": configuration(prefix) });
  projects.push(made);
  return made;
}

async function ourContainers(prefix: string, step?: string): Promise<readonly string[]> {
  const marker = (await bucket.objects(`${prefix}/project.json`)).get(`${prefix}/project.json`);
  const { project: nonce } = JSON.parse(marker?.toString() ?? "{}") as { project?: string };
  const filters = [
    `label=dev.zenlite.project=${nonce}`,
    ...(step === undefined ? [] : [`label=dev.zenlite.step=${step}`]),
  ];
  const { stdout } = await execute("docker", ["ps", "-aq", ...filters.flatMap((each) => ["--filter", each])]);
  return stdout.split("\n").filter((line) => line !== "");
}

const runIdOf = (line: string): string => String((JSON.parse(line) as { runId: unknown }).runId);
const isWaiting = (running: Running): Promise<string> => running.line((line) => line.includes("second is waiting"));

interface Shown {
  readonly status: string;
  readonly steps: readonly { readonly id: string; readonly status: string; readonly attempts: readonly unknown[] }[];
}
async function show(folder: string, runId: string): Promise<Shown> {
  const shown = await zenlite(folder, ["runs", "show", runId, "--stack", "cloud", "--json"], keys);
  expect(shown.code, shown.stderr).toBe(0);
  return JSON.parse(shown.stdout) as Shown;
}

onAwsAndEngine("a stack of containers and S3", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    [door, bucket] = await Promise.all([openDoor(), makeBucket(`zenlite-${randomUUID()}`)]);
  });
  afterAll(async () => {
    for (const each of projects) each[Symbol.dispose]();
    await door[Symbol.asyncDispose]();
  });

  test("digits: 345 of 360, and a colleague reads the run with nothing but the stack", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zenlite-digits-s3-"));
    const colleague = mkdtempSync(join(tmpdir(), "zenlite-colleague-"));
    try {
      cpSync(join(repository, "examples", "digits"), folder, {
        recursive: true,
        filter: (path) => !path.includes(".zenlite"),
      });
      for (const each of [folder, colleague]) {
        symlinkSync(join(repository, "node_modules"), join(each, "node_modules"));
        writeFileSync(join(each, ".zenliterc"), configuration("digits"));
      }
      symlinkSync(join(repository, "package-lock.json"), join(folder, "package-lock.json"));
      writeFileSync(join(colleague, "package.json"), '{ "name": "colleague", "private": true }\n');

      const args = ["run", "run.ts", "--config", "configs/training_pipeline.yaml", "--stack", "bridged", "--json"];
      const ran = await zenlite(folder, args, keys);
      expect(ran.code, ran.stderr + ran.stdout).toBe(0);
      expect(statusesOf(ran)).toEqual({ importer: "completed", trainer: "completed", evaluator: "completed" });
      const runId = String(eventsOf(ran)[0]?.["runId"]);
      await expectNoLeak("digits", join(folder, ".zenlite"), ran.stdout, ran.stderr);

      const cloud = ["--stack", "cloud"];
      const report = await zenlite(
        colleague,
        ["artifacts", "show", runId, "evaluator.report", ...cloud, "--json"],
        keys,
      );
      expect(report.code, report.stderr).toBe(0);
      expect(JSON.parse(report.stdout)).toMatchObject({ value: "accuracy 0.9583 (345/360)" });
      expect((await show(colleague, runId)).steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
        "importer completed",
        "trainer completed",
        "evaluator completed",
      ]);
      const listed = await zenlite(colleague, ["runs", "list", ...cloud], keys);
      expect(listed.stdout).toContain(runId);
      const logs = await zenlite(colleague, ["runs", "logs", runId, ...cloud], keys);
      expect(logs.code, logs.stderr).toBe(0);

      // The second run finds what the first one has left, wherever it is started.
      const again = await zenlite(folder, args, keys);
      expect(statusesOf(again)).toEqual({ importer: "completed", trainer: "cached", evaluator: "cached" });
    } finally {
      for (const each of [folder, colleague]) rmSync(each, { recursive: true, force: true });
    }
  });

  test("a container that runs shows no key: not by inspect, not by its processes, not by its mounts", async () => {
    const own = project("inspected");
    await using gate = await openGate();
    const run = ["run", "run.ts", "--stack", "cloud", "--json", "--set", `gate=${gate.url}`];
    const running = start(own.folder, [process.execPath, binary, ...run], keys);
    const line = await isWaiting(running);
    expect(line).toContain("0 AWS variables");
    const containers = await ourContainers("inspected", "second");
    expect(containers).toHaveLength(1);
    const inspected = await execute("docker", ["inspect", ...containers]);
    const processes = await execute("sh", [
      "-c",
      containers.map((id) => `docker exec ${id} sh -c 'cat /proc/*/environ /proc/*/cmdline'`).join("; "),
    ]);
    const events = await execute("docker", ["events", "--since", "60s", "--until", "0s"]);
    gate.open();
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(inspected.stdout).toContain("/zenlite/runner");
    expect(processes.stdout).toContain("supervisor.mjs");
    // Masked, but it was there: the step's own word.
    expect(ended.stdout).toContain("overheard");
    expect(ended.stdout).toContain("***");
    expect(leaksIn(inspected.stdout + processes.stdout + events.stdout)).toEqual([]);
    await expectNoLeak("inspected", own.path(".zenlite"), ended.stdout, ended.stderr);
    expect(await ourContainers("inspected")).toEqual([]);
  });

  test("a step in the driver's own process sees its environment, and what it prints of that is masked", async () => {
    const own = project("here");
    own.write(
      "prints.ts",
      `import { pipeline, step } from "zenlite";
export const prints = step("prints", () => {
  console.log("printed " + process.env.AWS_SECRET_ACCESS_KEY + " and " + process.env.AWS_SESSION_TOKEN);
  return { value: 1 };
});
export const single = pipeline("single", () => prints());
`,
    );
    const ended = await zenlite(own.folder, ["run", "prints.ts", "--stack", "here", "--json"], keys);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain("printed *** and ***");
    await expectNoLeak("here", own.path(".zenlite"), ended.stdout, ended.stderr);
  });

  test("a bucket that is not there is told of by name, without a key", async () => {
    const own = project("nowhere");
    const ended = await zenlite(own.folder, ["run", "run.ts", "--stack", "nowhere"], keys);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain(`${bucket.name}-that-is-not-there`);
    expect(ended.stderr).not.toMatch(/^\s+at /mu);
    expect(leaksIn(ended.stdout + ended.stderr)).toEqual([]);
  });

  test("kill -9 of the driver: interrupted, and a colleague goes on without repeating what is done", async () => {
    const own = project("resumed");
    const other = createProject({ ".zenliterc": configuration("resumed") });
    projects.push(other);
    await using gate = await openGate();
    const run = ["run", "run.ts", "--stack", "cloud", "--json", "--set", `gate=${gate.url}`];
    const running = start(own.folder, [process.execPath, binary, ...run], keys);
    const runId = runIdOf(await isWaiting(running));
    running.child.kill("SIGKILL");
    await running.ended;
    expect((await show(other.folder, runId)).status).toBe("interrupted");
    gate.open();
    const resumed = await zenlite(other.folder, ["runs", "resume", runId, "--stack", "cloud", "--json"], keys);
    expect(resumed.code, resumed.stderr + resumed.stdout).toBe(0);
    const view = await show(other.folder, runId);
    expect(view.steps.map(({ id, status, attempts }) => `${id} ${status} ${attempts.length}`)).toEqual([
      "first completed 1",
      "second completed 1",
      "third completed 1",
    ]);
    expect(await ourContainers("resumed")).toEqual([]);
    await expectNoLeak("resumed", own.path(".zenlite"), resumed.stdout, resumed.stderr);
  });

  test("kill -9 of the driver, then cancel from elsewhere: cancelled, no compute left", async () => {
    const own = project("cancelled");
    await using gate = await openGate();
    const run = ["run", "run.ts", "--stack", "cloud", "--json", "--set", `gate=${gate.url}`];
    const running = start(own.folder, [process.execPath, binary, ...run], keys);
    const runId = runIdOf(await isWaiting(running));
    running.child.kill("SIGKILL");
    await running.ended;
    const cancelled = await zenlite(own.folder, ["runs", "cancel", runId, "--stack", "cloud"], keys);
    expect(cancelled.code, cancelled.stderr).toBe(0);
    expect((await show(own.folder, runId)).status).toBe("cancelled");
    expect(await ourContainers("cancelled")).toEqual([]);
  });
});
