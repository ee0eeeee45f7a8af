// The runner: what lies beside a step's supervisor, whatever store a stack names.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareRunner } from "../src/folders/runner.ts";
import { project, smallPipeline, temporaryFolder } from "./helpers/project.ts";

const lazyStore = {
  "run.ts": smallPipeline,
  "store.ts": `export default { type: "artifact-store", open: async () => (await import("./inside.ts")).openStore() };\n`,
  "inside.ts": `globalThis.storeIsLoaded = true;\nexport const openStore = () => import("./rarely.ts");\n`,
  "rarely.ts": `globalThis.rarelyIsLoaded = true;\n`,
};

/** What a process of its own, in an empty folder, prints. */
function tell(program: string): string {
  const args = ["--input-type=module", "--eval", program];
  return execFileSync(process.execPath, args, { cwd: temporaryFolder(), encoding: "utf8", env: {} }).trim();
}

test("what a store imports when it is opened is loaded with it, and what that imports later is not", async () => {
  const compiled = await project(lazyStore).compile("run.ts");
  const file = join(compiled.runnerFolder, "store.mjs");
  const program = `const { default: flavor } = await import(${JSON.stringify(file)});
    const before = [globalThis.storeIsLoaded, globalThis.rarelyIsLoaded];
    await flavor.open();
    console.log(JSON.stringify([flavor.type, before, globalThis.rarelyIsLoaded]));`;
  expect(JSON.parse(tell(program))).toEqual(["artifact-store", [true, null], true]);
});

test("the same store gives the same runner in another folder", async () => {
  const [one, other] = await Promise.all([project(lazyStore).compile("run.ts"), project(lazyStore).compile("run.ts")]);
  expect(one.runnerFolder).not.toBe(other.runnerFolder);
  expect(one.plan.runner).toBe(other.plan.runner);
});

test("the S3 store with its SDK is one file that needs nothing beside it", async () => {
  const stateFolder = join(temporaryFolder(), ".zenlite");
  const repository = join(import.meta.dirname, "..", "..", "..");
  const runner = await prepareRunner({
    projectFolder: repository,
    stateFolder,
    storeModule: join(repository, "packages", "artifact-store-s3", "src", "index.ts"),
    storeName: "s3",
    conditions: ["zenlite-source"],
  });
  const file = join(await runner.staged.commit(), "store.mjs");
  expect(readFileSync(file, "utf8")).not.toContain(repository);
  // It is copied into every container of an engine that does not see this machine's folders.
  expect(statSync(file).size).toBeLessThan(2_000_000);
  const program = `const { default: flavor } = await import(${JSON.stringify(file)});
    const { signal } = new AbortController();
    const credentials = async () => ({ kind: "aws", value: { accessKeyId: "key", secretAccessKey: "secret", region: "eu-central-1" } });
    const context = { where: "step", place: {}, signal, log: { info() {}, warn() {} }, credentials };
    const store = await flavor.open({ path: "s3://bucket/prefix", endpoint: "http://127.0.0.1:1" }, context);
    const impatient = AbortSignal.timeout(100);
    await store.stat("key", { signal: impatient }).catch((error) => console.log(flavor.name, error === impatient.reason));`;
  expect(tell(program)).toBe("s3 true");
});
