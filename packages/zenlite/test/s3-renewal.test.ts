// Credentials that last seconds: steps outlive them, because the driver renews what they have; without a driver they do not.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImage, binary, createProject, start, statusesOf, zenlite, type Project, type Running } from "./project.ts";
import { makeBucket, onAwsAndEngine, openDoor, openGate, type Bucket, type Door } from "./s3-here.ts";

const lifeSeconds = 8;

/** Gives new keys whenever it is asked; each names the time until which the door lets it through. */
const connector = `import { defineFlavor, defineSchema } from "@zenlite/core";
export default defineFlavor({
  type: "service-connector",
  name: "brief",
  config: defineSchema({}),
  supports: () => ({ credentials: ["aws"] }),
  open: async () => ({
    verify: async () => ({ identity: "somebody" }),
    async *resources() {},
    async credentials({ kind }) {
      const until = Date.now() + ${lifeSeconds} * 1000;
      const value = { accessKeyId: "AKIAUNTIL" + until, secretAccessKey: "planted-secret-of-" + until, sessionToken: "planted-token-of-" + until };
      return { kind, value, expiresAt: new Date(until).toISOString() };
    },
    async [Symbol.asyncDispose]() {},
  }),
});
`;

const pipeline = `import { pipeline, step } from "zenlite";
export const slow = step("slow", async ({ gate }: { gate: string }, context) => {
  console.log("slow is waiting");
  while ((await fetch(gate).then(({ status }) => status, () => 0)) !== 200) {
    context.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { value: 1 };
});
export const after = step("after", ({ value }: { value: number }) => ({ value: value + 1 }));
export const outlives = pipeline("outlives", { parameters: { gate: "" } }, ({ gate }) => after({ value: slow({ gate }).value }));
`;

let door: Door;
let bucket: Bucket;
const projects: Project[] = [];

function project(prefix: string): Project {
  const made = createProject({
    "run.ts": pipeline,
    "connector.ts": connector,
    ".zenliterc": `flavors:
  - "@zenlite/orchestrator-docker"
  - "@zenlite/artifact-store-s3"
  - { type: service-connector, name: brief, module: ./connector.ts }
orchestrator:
  containers: { flavor: docker, base_image: "${baseImage}", network: host }
  processes: { flavor: local, isolation: process }
service-connector:
  short: { flavor: brief }
artifact-store:
  cloud: { flavor: s3, path: "s3://${bucket.name}/${prefix}", endpoint: "${door.url}", connector: short }
stack:
  docker: { orchestrator: containers, artifact-store: cloud }
  processes: { orchestrator: processes, artifact-store: cloud }
`,
  });
  projects.push(made);
  return made;
}

const untilOf = (key: string): number => Number(key.replace("AKIAUNTIL", ""));

/** Resolves when keys that were made after this moment have expired: whoever has not got newer ones since is locked out. */
async function outliveKeys(): Promise<number> {
  const from = door.seen.length;
  const madeSince = (): number[] => door.seen.slice(from).map(({ key }) => untilOf(key));
  const now = Date.now();
  const fresh = (): number[] => madeSince().filter((until) => until > now + lifeSeconds * 1000);
  // The driver's heartbeat shows new keys as long as it lives.
  await expect.poll(() => fresh().length, { timeout: 60_000 }).toBeGreaterThan(0);
  const until = Math.min(...fresh());
  await expect.poll(() => Date.now() > until, { timeout: 60_000 }).toBe(true);
  return until;
}

function begin(own: Project, stack: string, gate: string): Running {
  const run = ["run", "run.ts", "--stack", stack, "--json", "--set", `gate=${gate}`];
  return start(own.folder, [process.execPath, binary, ...run]);
}

const isWaiting = (running: Running): Promise<string> => running.line((line) => line.includes("slow is waiting"));

onAwsAndEngine("credentials that last seconds", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    [door, bucket] = await Promise.all([openDoor(), makeBucket(`zenlite-${randomUUID()}`)]);
    door.refuse((key) => (Date.now() > untilOf(key) ? "ExpiredToken" : undefined));
  });
  afterAll(async () => {
    for (const each of projects) each[Symbol.dispose]();
    await door[Symbol.asyncDispose]();
  });

  test.each(["docker", "processes"])(
    "a step that outlives them records its outputs all the same (%s)",
    async (stack) => {
      const own = project(`renewed-${stack}`);
      await using gate = await openGate();
      const running = begin(own, stack, gate.url);
      await isWaiting(running);
      const until = await outliveKeys();
      gate.open();
      const ended = await running.ended;
      expect(ended.code, ended.stderr + ended.stdout).toBe(0);
      expect(statusesOf(ended)).toEqual({ slow: "completed", after: "completed" });
      // The step's own process has recorded its outcome, with keys that it did not begin with.
      const recorded = door.seen.findLast(
        ({ method, path }) =>
          method === "PUT" && path.includes(`renewed-${stack}/`) && path.includes("/slow/outcome.json"),
      );
      expect(untilOf(recorded?.key ?? "")).toBeGreaterThan(until);
      for (const [key, bytes] of await bucket.objects(`renewed-${stack}/`))
        expect(bytes.toString("latin1"), key).not.toContain("planted-");
      expect(ended.stdout + ended.stderr).not.toContain("planted-");
    },
  );

  test("without its driver nobody renews them: the step is lost with what it did, and a resumed run repeats it", async () => {
    const own = project("orphaned");
    await using gate = await openGate();
    const running = begin(own, "docker", gate.url);
    const line = await isWaiting(running);
    const { runId } = JSON.parse(line) as { runId: string };
    running.child.kill("SIGKILL");
    await running.ended;
    const newest = Math.max(...door.seen.map(({ key }) => untilOf(key)));
    await expect.poll(() => Date.now() > newest, { timeout: 60_000 }).toBe(true);
    gate.open();
    const resumed = await zenlite(own.folder, ["runs", "resume", runId, "--stack", "docker", "--json"]);
    expect(resumed.code, resumed.stderr + resumed.stdout).toBe(0);
    const shown = await zenlite(own.folder, ["runs", "show", runId, "--stack", "docker", "--json"]);
    const { status, steps } = JSON.parse(shown.stdout) as {
      status: string;
      steps: { id: string; status: string; attempts: unknown[] }[];
    };
    expect(status).toBe("completed");
    expect(steps.map(({ id, status, attempts }) => `${id} ${status} ${attempts.length}`)).toEqual([
      "slow completed 2",
      "after completed 1",
    ]);
  });
});
