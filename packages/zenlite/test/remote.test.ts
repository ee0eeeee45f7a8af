// An engine at another address, as one on another machine: the digits run there, with nothing of this machine mounted and nothing left behind.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  baseImage,
  createProject,
  dockerConfiguration,
  eventsOf,
  repository,
  statusesOf,
  zenlite,
  type Ended,
} from "./project.ts";
import { makeBucket, onAwsAndEngine, openDoor, openEngineByTcp, type Bucket, type Door } from "./s3-here.ts";

const execute = promisify(execFile);

async function volumes(): Promise<readonly string[]> {
  const { stdout } = await execute("docker", ["volume", "ls", "--quiet"]);
  return stdout.split("\n").filter((name) => name !== "");
}

/** Kind and place of every mount of the containers that were created with this label, as the engine's events tell it. */
async function mountsOf(project: string, since: number): Promise<readonly string[]> {
  const filters = ["type=container", "event=create", `label=dev.zenlite.project=${project}`];
  const span = ["--since", String(since), "--until", String(Math.ceil(Date.now() / 1000))];
  const args = [...span, ...filters.flatMap((each) => ["--filter", each]), "--format", "{{.ID}}"];
  const ids = (await execute("docker", ["events", ...args])).stdout.split("\n").filter((id) => id !== "");
  const mounted = ["type=volume", "event=mount"].flatMap((each) => ["--filter", each]);
  const format = "{{.Actor.Attributes.container}} {{.Actor.Attributes.destination}} {{.Actor.ID}}";
  const { stdout } = await execute("docker", ["events", ...span, ...mounted, "--format", format]);
  const mounts = stdout.split("\n").map((line) => line.split(" "));
  return ids.flatMap((id) => mounts.filter(([container]) => container === id).map(([, place = ""]) => place));
}

let door: Door;
let bucket: Bucket;
let engine: Awaited<ReturnType<typeof openEngineByTcp>>;

onAwsAndEngine("an engine on another machine", { timeout: 240_000 }, () => {
  const keys = {
    AWS_ACCESS_KEY_ID: "AKIAREMOTEKEY0000001",
    AWS_SECRET_ACCESS_KEY: "remote-secret-of-forty-characters-000001",
    AWS_REGION: "us-east-1",
    ZENLITE_BASE_IMAGE: baseImage,
  };
  beforeAll(async () => {
    [door, bucket, engine] = await Promise.all([openDoor(), makeBucket(`zenlite-${randomUUID()}`), openEngineByTcp()]);
  });
  afterAll(async () => {
    await Promise.all([door[Symbol.asyncDispose](), engine[Symbol.asyncDispose]()]);
  });

  test("runs digits with the store in S3: 345 of 360, code in volumes that go with their containers", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zenlite-digits-remote-"));
    try {
      cpSync(join(repository, "examples", "digits"), folder, {
        recursive: true,
        filter: (path) => !path.includes(".zenlite"),
      });
      symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
      symlinkSync(join(repository, "package-lock.json"), join(folder, "package-lock.json"));
      writeFileSync(
        join(folder, ".zenliterc"),
        `flavors: ["@zenlite/orchestrator-docker", "@zenlite/artifact-store-s3"]
orchestrator:
  containers: { flavor: docker, base_image: "${baseImage}" }
artifact-store:
  cloud: { flavor: s3, path: "s3://${bucket.name}/remote", endpoint: "${door.url}" }
stack:
  far: { orchestrator: containers, artifact-store: cloud }
`,
      );
      const [before, since] = [await volumes(), Math.floor(Date.now() / 1000)];
      const environment = { ...keys, DOCKER_HOST: engine.url };
      const args = ["run", "run.ts", "--config", "configs/training_pipeline.yaml", "--stack", "far", "--json"];
      const ran = await zenlite(folder, args, environment);
      expect(ran.code, ran.stderr + ran.stdout).toBe(0);
      expect(statusesOf(ran)).toEqual({ importer: "completed", trainer: "completed", evaluator: "completed" });
      const runId = String(eventsOf(ran)[0]?.["runId"]);
      const show = ["artifacts", "show", runId, "evaluator.report", "--stack", "far", "--json"];
      const report: Ended = await zenlite(folder, show, environment);
      expect(JSON.parse(report.stdout)).toMatchObject({ value: "accuracy 0.9583 (345/360)" });

      const marker = (await bucket.objects("remote/project.json")).get("remote/project.json")?.toString() ?? "";
      const { project } = JSON.parse(marker) as { readonly project: string };
      const places = new Set(await mountsOf(project, since));
      expect([...places]).toEqual(["/zenlite/app"]);
      const left = (await volumes()).filter((name) => !before.includes(name));
      expect(left).toEqual([]);
      const ours = ["ps", "-aq", "--filter", `label=dev.zenlite.project=${project}`];
      expect((await execute("docker", ours)).stdout).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("is refused by name with a store in a folder of this one, before anything is written", async () => {
    using project = createProject({
      "run.ts": `import { pipeline, step } from "zenlite";
export const one = step("one", () => ({ value: 1 }));
export const single = pipeline("single", () => one());
`,
      ".zenliterc": dockerConfiguration,
    });
    const ended = await zenlite(project.folder, ["run", "run.ts", "--stack", "docker"], { DOCKER_HOST: engine.url });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`The Docker engine at ${engine.url} (DOCKER_HOST) is on another machine`);
    expect(ended.stderr).toContain(project.path(".zenlite", "store"));
    expect(project.exists(".zenlite", "store", "runs")).toBe(false);
    // What needs no engine works all the same.
    const listed = await zenlite(project.folder, ["runs", "list", "--stack", "docker"], { DOCKER_HOST: engine.url });
    expect(listed.code, listed.stderr).toBe(0);
  });
});
