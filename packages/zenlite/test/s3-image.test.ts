// A stack with everything of AWS in it: artifacts in S3, the image of a native package in ECR, built once and pulled by whoever comes next.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canName, nameRegistry, type NamedRegistry } from "./named-registry.ts";
import { baseImage, eventsOf, repository, statusesOf, zenlite } from "./project.ts";
import { makeBucket, onAwsAndRegistry, openDoor, simulator, type Bucket, type Door } from "./s3-here.ts";

const execute = promisify(execFile);

interface Script {
  ensureRegistry(options: { readonly password: boolean }): Promise<{
    readonly available: boolean;
    readonly reason?: string;
    readonly address: string;
    stop(): Promise<void>;
  }>;
}

const planted = ["AKIAPLANTEDKEY000002", "planted/secret+key/that+is/forty+long/00002"] as const;
const keys = {
  AWS_ACCESS_KEY_ID: planted[0],
  AWS_SECRET_ACCESS_KEY: planted[1],
  AWS_REGION: "us-east-1",
};

/** Where only root could give it its name in AWS, the registry is used by its address. */
const ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
let host: string;
let named: NamedRegistry | undefined;
let door: Door;
let bucket: Bucket;
let registry: Awaited<ReturnType<Script["ensureRegistry"]>>;
const folders: string[] = [];
/** A name of our own for the base makes an image of our own: others may be using theirs while this test forgets it. */
const base = `zenlite-base:s3-${randomUUID()}`;

/** The example of a native package, in a folder of its own. */
function catalogue(): string {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-catalogue-"));
  folders.push(folder);
  cpSync(join(repository, "examples", "catalogue"), folder, {
    recursive: true,
    filter: (path) => !path.includes(".zenlite"),
  });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(repository, "package-lock.json"), join(folder, "package-lock.json"));
  const flavors = ["orchestrator-docker", "image-builder-docker", "artifact-store-s3", "registry-ecr"];
  writeFileSync(
    join(folder, ".zenliterc"),
    `flavors: [${flavors.map((name) => `"@zenlite/${name}"`).join(", ")}]
orchestrator:
  containers: { flavor: docker, base_image: "${base}", network: host }
image-builder:
  builder: { flavor: docker }
artifact-store:
  cloud: { flavor: s3, path: "s3://${bucket.name}/catalogue", endpoint: "${door.url}" }
container-registry:
  images: { flavor: aws, uri: "${host}/team", endpoint: "${simulator}", region: us-east-1 }
stack:
  cloud: { orchestrator: containers, artifact-store: cloud, container-registry: images, image-builder: builder }
`,
  );
  return folder;
}

async function images(): Promise<readonly string[]> {
  const { stdout } = await execute("docker", ["images", "--no-trunc", "--format", "{{.Repository}} {{.Tag}} {{.ID}}"]);
  const ours = stdout.split("\n").filter((line) => line.startsWith(host));
  return ours.map((line) => line.split(" ")[2] ?? "");
}

/** As on an engine that has never seen them. */
async function forgetImages(): Promise<void> {
  const ids = [...new Set(await images())];
  if (ids.length > 0) await execute("docker", ["rmi", "--force", ...ids]);
}

const run = (folder: string): ReturnType<typeof zenlite> =>
  zenlite(folder, ["run", "run.ts", "--stack", "cloud", "--json", "--no-cache"], {
    ...keys,
    ...(named === undefined ? {} : { NODE_EXTRA_CA_CERTS: named.certificate }),
  });

const buildingLines = (ended: Awaited<ReturnType<typeof run>>): readonly string[] =>
  eventsOf(ended)
    .filter(({ event }) => event === "image.building")
    .map(({ line }) => String(line));

onAwsAndRegistry("the image of a native package", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    const script = (await import(new URL("../../../scripts/registry.mjs", import.meta.url).href)) as Script;
    [door, bucket, registry] = await Promise.all([
      openDoor(),
      makeBucket(`zenlite-${randomUUID()}`),
      script.ensureRegistry({ password: true }),
    ]);
    if (!registry.available) throw new Error(registry.reason);
    if (canName) named = await nameRegistry(ecr, registry.address);
    host = named === undefined ? registry.address : ecr;
    await execute("docker", ["tag", baseImage, base]);
  });
  afterAll(async () => {
    await forgetImages();
    await execute("docker", ["rmi", base]);
    for (const each of folders) rmSync(each, { recursive: true, force: true });
    await named?.[Symbol.asyncDispose]();
    await Promise.all([door[Symbol.asyncDispose](), registry.stop()]);
  });

  test("is pushed once, starts by its digest, is pulled by whoever has it not, and holds no key", async () => {
    const folder = catalogue();
    const first = await run(folder);
    expect(first.code, first.stderr + first.stdout).toBe(0);
    expect(statusesOf(first)).toEqual({ builder: "completed", counter: "completed" });
    expect(buildingLines(first)).toContainEqual(expect.stringMatching(/ Pushed$/u));
    const runId = String(eventsOf(first)[0]?.["runId"]);
    const created = [...(await bucket.objects(`catalogue/runs/${runId}/`))].find(([key]) => key.includes("created"));
    expect(created?.[1].toString()).toMatch(new RegExp(`"${host}/team/zenlite-packages@sha256:[0-9a-f]{64}"`, "u"));

    const second = await run(folder);
    expect(second.code, second.stderr).toBe(0);
    expect(buildingLines(second)).toEqual([]);

    const ids = [...new Set(await images())];
    expect(ids).toHaveLength(1);
    const inspected = await execute("docker", ["inspect", ...ids]);
    const history = await execute("docker", ["history", "--no-trunc", ...ids]);
    const seen = inspected.stdout + history.stdout + first.stdout + first.stderr + second.stdout;
    expect([...planted, "123456789012-auth-token"].filter((value) => seen.includes(value))).toEqual([]);

    // Somebody else, on an engine of their own.
    await forgetImages();
    const third = await run(catalogue());
    expect(third.code, third.stderr + third.stdout).toBe(0);
    expect(buildingLines(third)).toContainEqual(expect.stringMatching(/^Status: Downloaded newer image/u));
    expect(buildingLines(third).filter((line) => line.includes("RUN npm"))).toEqual([]);
    const report = ["artifacts", "show", String(eventsOf(third)[0]?.["runId"]), "counter.report", "--stack", "cloud"];
    expect((await zenlite(folder, report, keys)).stdout).toContain("3 books in the catalogue");
  });
});
