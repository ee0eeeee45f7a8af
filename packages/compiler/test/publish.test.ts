import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type Plan } from "@zenlite/core";
import { layout } from "@zenlite/records";
import { expect, test } from "vitest";
import { materialize } from "../src/index.ts";
import { call, memoryStore } from "./helpers/memory-store.ts";
import { project, smallPipeline, temporaryFolder, type Project } from "./helpers/project.ts";

const files = {
  "run.ts": `import leaf from "leaf";\n${smallPipeline}export const all = [leaf, new URL("./data/a.txt", import.meta.url)];\n`,
  "data/a.txt": "a",
  "node_modules/leaf/package.json": '{"name":"leaf","version":"1.0.0"}',
  "node_modules/leaf/index.js": "module.exports = __dirname;",
};

function contents(folder: string): unknown {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [
      join(entry.parentPath, entry.name).slice(folder.length),
      readFileSync(join(entry.parentPath, entry.name), "utf8"),
    ])
    .sort();
}

test("a plan and all that it names are in the store, each once, and come back as they were", async () => {
  const one = project(files);
  const compiled = await one.compile("run.ts");
  const store = memoryStore();
  await compiled.publish(store, call);
  const { code, runner } = compiled.plan;
  const keys = [
    layout.code(code.digest),
    layout.carried(code.carried ?? "sha256:"),
    layout.runner(runner),
    layout.plan(compiled.digest),
  ];
  expect([...store.objects.keys()].sort()).toEqual(keys.sort());
  for (const [key, bytes] of store.objects) expect(key).toContain(createHash("sha256").update(bytes).digest("hex"));
  expect(new TextDecoder().decode(store.objects.get(layout.plan(compiled.digest)))).toBe(canonicalJson(compiled.plan));

  await compiled.publish(store, call);
  await (await one.compile("run.ts")).publish(store, call);
  expect(store.writes).toBe(4);

  const elsewhere = join(temporaryFolder(), ".zenlite");
  const folders = await materialize(store, compiled.plan, elsewhere, call);
  expect(contents(folders.codeFolder)).toEqual(contents(compiled.codeFolder));
  expect(contents(folders.runnerFolder)).toEqual(contents(compiled.runnerFolder));
  // Once they are there the store is not asked again.
  expect(await materialize(memoryStore(), compiled.plan, elsewhere, call)).toEqual(folders);
});

test("cached files that somebody changed do not get into the store", async () => {
  const one = project(files);
  const compiled = await one.compile("run.ts");
  writeFileSync(join(compiled.codeFolder, "code.mjs"), "tampered");
  const store = memoryStore();
  await expect(compiled.publish(store, call)).rejects.toMatchObject({ code: "ZENLITE_CODE_CORRUPT" });
  expect([...store.objects.keys()].filter((key) => key.startsWith("code/") || key.startsWith("plans/"))).toEqual([]);
});

async function published(): Promise<{
  readonly one: Project;
  readonly plan: Plan;
  readonly store: ReturnType<typeof memoryStore>;
}> {
  const one = project({ "run.ts": smallPipeline });
  const compiled = await one.compile("run.ts");
  const store = memoryStore();
  await compiled.publish(store, call);
  return { one, plan: compiled.plan, store };
}

test("what the store gives back changed or not at all leaves no folder", async () => {
  const { plan, store } = await published();
  const key = layout.code(plan.code.digest);
  const bytes = store.objects.get(key) ?? new Uint8Array();
  const place = join(temporaryFolder(), ".zenlite");
  // The content of a file, not a header that tar itself would refuse.
  store.objects.set(key, bytes.with(700, (bytes[700] ?? 0) ^ 1));
  await expect(materialize(store, plan, place, call)).rejects.toMatchObject({ code: "ZENLITE_CODE_CORRUPT" });
  store.objects.set(key, bytes.slice(0, 1024));
  await expect(materialize(store, plan, place, call)).rejects.toThrow();
  store.objects.delete(key);
  await expect(materialize(store, plan, place, call)).rejects.toMatchObject({ code: "ZENLITE_NOT_FOUND" });
  expect(existsSync(place)).toBe(false);
});

test("an archive that would write outside its folder is refused", async () => {
  const { plan, store } = await published();
  const { packTar } = await import("modern-tar");
  const bytes = await packTar([{ header: { name: "../outside.txt", size: 1, type: "file" }, body: "x" }]);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as const;
  store.objects.set(layout.code(digest), bytes);
  const place = temporaryFolder();
  await expect(materialize(store, { ...plan, code: { digest } }, join(place, ".zenlite"), call)).rejects.toMatchObject({
    code: "ZENLITE_CODE_CORRUPT",
  });
  expect(readdirSync(place)).toEqual([]);
});

test("code that needs a native package says so where it is missing, unless an image has it", async () => {
  const one = project({ "run.ts": `import "better-sqlite3";\n${smallPipeline}` }, { link: ["better-sqlite3"] });
  const { plan, publish } = await one.compile("run.ts");
  const store = memoryStore();
  await publish(store, call);
  const place = join(temporaryFolder(), ".zenlite");
  await expect(materialize(store, plan, place, call)).rejects.toMatchObject({
    code: "ZENLITE_PACKAGE_MISSING",
    hint: expect.stringMatching(/^npm install better-sqlite3@/) as unknown,
  });
  const inImages = { ...plan, steps: plan.steps.map((step) => ({ ...step, image: { base: "node:24" } })) };
  await expect(materialize(store, inImages, place, call)).resolves.toBeDefined();
});
