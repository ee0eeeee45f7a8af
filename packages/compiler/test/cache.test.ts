import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { project, smallPipeline, temporaryFolder, type Project } from "./helpers/project.ts";

const run = promisify(execFile);
const source = (path: string): string => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);
const helper = (path: string): string => JSON.stringify(new URL(`./helpers/${path}`, import.meta.url).href);

/** Compiles in a process of its own in which importing esbuild fails, or not. */
async function compileApart(
  one: Project,
  options: { readonly withoutEsbuild?: boolean; readonly module?: string } = {},
): Promise<string> {
  const folder = temporaryFolder();
  const hooks = join(folder, "hooks.mjs");
  writeFileSync(
    hooks,
    `import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) {
      const [, name] = /node_modules\\/(esbuild|modern-tar)\\//.exec(url) ?? [];
      if (name !== undefined) throw new Error("imported " + name);
      return next(url, context);
    } });`,
  );
  const script = `
    import { compile } from ${source("index.ts")};
    import { stackOf } from ${helper("stack.ts")};
    const folder = ${JSON.stringify(one.folder)};
    const compiled = await compile({ module: folder + "/${options.module ?? "run.ts"}", projectFolder: folder, stateFolder: folder + "/.zenlite",
      stack: stackOf({ folder }), conditions: ["zenlite-source"], print() {} });
    console.log(compiled.digest);`;
  const guard = options.withoutEsbuild === true ? ["--import", hooks] : [];
  const { stdout } = await run(process.execPath, [
    "--conditions=zenlite-source",
    ...guard,
    "--input-type=module",
    "--eval",
    script,
  ]);
  return stdout.trim();
}

/** Files stamped within the clock's last step are looked at again: the second compile is remembered for certain. */
async function settled(one: Project, module = "run.ts"): Promise<string> {
  await one.compile(module);
  return (await one.compile(module)).digest;
}

const memories = (one: Project): string[] =>
  readdirSync(join(one.stateFolder, "cache", "bundles")).map((name) => join(one.stateFolder, "cache", "bundles", name));

test("an unchanged bundle needs no bundler and writes nothing", async () => {
  const one = project({
    "run.ts": `import leaf from "leaf";\nimport { helper } from "./helper.ts";\n${smallPipeline}export const all = [leaf, helper, new URL("./a.txt", import.meta.url)];\n`,
    "helper.ts": "export const helper = 1;\n",
    "a.txt": "a",
    "node_modules/leaf/package.json": '{"name":"leaf","version":"1.0.0"}',
    "node_modules/leaf/index.js": "module.exports = __dirname;",
  });
  const digest = await settled(one);
  const stamps = (): unknown[] =>
    readdirSync(one.stateFolder, { recursive: true })
      .map((path) => statSync(join(one.stateFolder, String(path))))
      // A folder's time is that of its last use.
      .filter((facts) => facts.isFile())
      .map((facts) => facts.mtimeMs);
  const before = stamps();
  expect(await compileApart(one, { withoutEsbuild: true })).toBe(digest);
  expect(stamps()).toEqual(before);

  one.write({ "helper.ts": "export const helper = 2;\n" });
  await expect(compileApart(one, { withoutEsbuild: true })).rejects.toThrow("imported esbuild");
});

test.each([
  ["a module", { "helper.ts": "export const helper = 2;\n" }],
  ["a carried package's file", { "node_modules/leaf/index.js": "module.exports = __dirname + 1;" }],
  ["a bundled package's file", { "node_modules/plain/index.js": "module.exports = 2;" }],
  ["an asset", { "a.txt": "b" }],
  ["a module that takes the place of another", { "helper.tsx": "export const helper = 3;\n" }],
])("an edit of %s makes another bundle than before", async (_what, edit) => {
  const files = {
    "run.ts": `import leaf from "leaf";\nimport plain from "plain";\nimport { helper } from "./helper";\n${smallPipeline}export const all = [leaf, plain, helper, new URL("./a.txt", import.meta.url)];\n`,
    "helper.ts": "export const helper = 1;\n",
    "a.txt": "a",
    "node_modules/leaf/package.json": '{"name":"leaf","version":"1.0.0"}',
    "node_modules/leaf/index.js": "module.exports = __dirname;",
    "node_modules/plain/package.json": '{"name":"plain","version":"1.0.0"}',
    "node_modules/plain/index.js": "module.exports = 1;",
  };
  const one = project(files);
  const before = await settled(one);
  one.write(edit);
  const fresh = project({ ...files, ...edit });
  const { digest } = await fresh.compile("run.ts");
  expect(digest).not.toBe(before);
  expect((await one.compile("run.ts")).digest).toBe(digest);
});

test.each([
  ["cut off", (text: string) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["of another shape", () => '{"format":1,"stamps":{},"listings":{},"facts":{"reference":1}}'],
  ["of another version", (text: string) => text.replace('"format":1', '"format":2')],
])("a remembered answer that is %s is none", async (_what, damage) => {
  const one = project({ "run.ts": smallPipeline });
  const digest = await settled(one);
  for (const file of memories(one)) writeFileSync(file, damage(readFileSync(file, "utf8")));
  expect((await one.compile("run.ts")).digest).toBe(digest);
});

test("a code folder that is gone is made again", async () => {
  const one = project({ "run.ts": smallPipeline });
  const digest = await settled(one);
  rmSync(join(one.stateFolder, "cache", "code"), { recursive: true });
  const compiled = await one.compile("run.ts");
  expect(compiled.digest).toBe(digest);
  expect(existsSync(join(compiled.codeFolder, "code.mjs"))).toBe(true);
});

test("processes that compile at once agree and leave one folder", async () => {
  const one = project({ "run.ts": smallPipeline });
  const digests = await Promise.all(Array.from({ length: 4 }, () => compileApart(one)));
  expect(new Set(digests).size).toBe(1);
  expect(readdirSync(join(one.stateFolder, "cache", "code"))).toHaveLength(1);
  expect(readdirSync(join(one.stateFolder, "cache", "runner"))).toHaveLength(1);
});

test("what only tracing finds out is remembered too", async () => {
  const one = project(
    {
      "make.ts":
        'import { step } from "@zenlite/pipeline";\nexport const make = (name: string) => step(name, () => ({ value: 1 }));\n',
      "parts.ts": 'import { make } from "./make.ts";\nexport const one = make("one");\n',
      "run.ts":
        'import { pipeline } from "@zenlite/pipeline";\nimport { one } from "./parts.ts";\nexport const made = pipeline("made", { settings: { docker: { requirements: ["leaf"] } } }, () => one());\n',
      "node_modules/leaf/package.json": '{"name":"leaf","version":"1.0.0"}',
      "node_modules/leaf/index.js": "",
    },
    { manifest: { dependencies: { leaf: "1" } } },
  );
  const digest = await settled(one);
  expect((await one.compile("run.ts")).plan.code.carried).toMatch(/^sha256:/);
  expect(await compileApart(one, { withoutEsbuild: true })).toBe(digest);
});
