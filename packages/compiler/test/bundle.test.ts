import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../src/index.ts";
import { installCopy, project, smallPipeline, temporaryFolder } from "./helpers/project.ts";
import { stackOf } from "./helpers/stack.ts";

const require = createRequire(import.meta.url);

const digits = `
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, step } from "@zenlite/pipeline";
import loading from "libsvm-js";
import { square, unused } from "./helpers/numbers.ts";
import legacy from "./helpers/legacy.cjs";
import words from "./words.json" with { type: "json" };
import shapes from "shapes";
if (import.meta.main) throw new Error("started as a script");
export const reader = step("reader", async () => ({
  text: await readFile(new URL("./data/a.txt", import.meta.url), "utf8"),
  joined: await readFile(join(import.meta.dirname, "data", "b.txt"), "utf8"),
  words: words.list,
  shape: (await shapes.lazy()).area(shapes.side),
  legacy: legacy(2),
}));
export const trainer = step("trainer", async ({ text }: { text: string }) => {
  const SVM = await loading;
  const machine = new SVM({ kernel: SVM.KERNEL_TYPES.LINEAR, type: SVM.SVM_TYPES.C_SVC, quiet: true });
  machine.train([[0, 0], [4, 4], [1, 0], [5, 4]], [0, 1, 0, 1]);
  return { right: machine.predict([[5, 5], [0, 1]]).join() === "1,0", square: square(text.length) };
});
export const digits = pipeline("digits", () => trainer({ text: reader().text }));
`;
const files = {
  "src/run.ts": digits,
  "src/helpers/numbers.ts": "export const square = (x: number): number => x * x;\nexport const unused = 1;\n",
  "src/helpers/legacy.cjs": 'const { inspect } = require("node:util");\nmodule.exports = (x) => inspect(x);\n',
  "src/words.json": '{ "list": ["one", "two"] }\n',
  "src/data/a.txt": "four",
  "src/data/b.txt": "b",
  "src/data/not-named.txt": "x",
};
/** Wrapped modules of every kind keep their path in the bundle. */
const installed = {
  "shapes/package.json": '{"name":"shapes","version":"1.0.0"}',
  "shapes/index.js":
    "exports.side = require('./side'); exports.lazy = () => import('./area.mjs'); exports.any = (n) => require(`./more/${n}.js`);",
  // Its map leads to a file that no metafile lists.
  "shapes/side.js": "module.exports = 3;\n//# sourceMappingURL=side.js.map",
  "shapes/side.js.map": '{"version":3,"sources":["sources/side.ts"],"names":[],"mappings":"AAAA"}',
  "shapes/area.mjs": "export const area = (side) => side * side;",
  "shapes/more/one.js": "module.exports = 1;",
};
const packages = ["libsvm-js", "@zenlite/pipeline", "@zenlite/core"];

test("the same sources have the same code, carried packages and plan in any folder, at any time, hoisted or linked", async () => {
  const root = temporaryFolder();
  const plain = project(files, { in: root, at: "plain", copy: packages, installed });
  const elsewhere = project(files, { in: root, at: "some/where/else entirely", copy: packages, installed });
  for (const path of Object.keys(files)) utimesSync(join(elsewhere.folder, path), 1_000_000, 2_000_000);
  const hoisted = project(files, {
    in: root,
    at: "hoisted/packages/app",
    modulesAt: "hoisted",
    copy: packages,
    installed,
  });
  const linked = project(files, {
    in: root,
    at: "linked",
    copy: ["@zenlite/pipeline", "@zenlite/core"],
    link: ["libsvm-js"],
    installed,
  });

  const compiled = await Promise.all([plain, elsewhere, hoisted, linked].map((one) => one.compile("src/run.ts")));
  const [first] = compiled;
  for (const other of compiled) {
    expect(other.plan).toEqual(first?.plan);
    expect(other.digest).toBe(first?.digest);
    for (const file of ["code.mjs", "code.mjs.map"])
      expect(readFileSync(join(other.codeFolder, file), "utf8")).toBe(
        readFileSync(join(first?.codeFolder ?? "", file), "utf8"),
      );
  }
  const code = readFileSync(join(first?.codeFolder ?? "", "code.mjs"), "utf8");
  const map = readFileSync(join(first?.codeFolder ?? "", "code.mjs.map"), "utf8");
  expect(code).not.toContain(root);
  expect(map).not.toContain(root);
  expect(map).not.toContain("zenliteRegister(");
});

test("packages that read their own files are carried, and the folder runs alone", async () => {
  const { compile, folder } = project(files, { copy: packages, installed });
  const { codeFolder, plan } = await compile("src/run.ts");
  const { version } = require("libsvm-js/package.json") as { version: string };
  expect(plan.code.carried).toMatch(/^sha256:/);
  expect(plan.steps[1]?.fingerprint.packages).toContain(`libsvm-js@${version}`);
  expect(readdirSync(join(codeFolder, "files", "src", "data"))).toEqual(["a.txt", "b.txt"]);

  const alone = join(temporaryFolder(), "app");
  cpSync(codeFolder, alone, { recursive: true });
  rmSync(folder, { recursive: true });
  const script = `
    const { steps } = await import(${JSON.stringify(join(alone, "code.mjs"))});
    const marked = (key) => steps[key][Symbol.for("zenlite.step")].run;
    const read = await marked("src/run.ts#reader")({}, {});
    console.log(JSON.stringify([Object.keys(steps), read, await marked("src/run.ts#trainer")(read, {})]));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  expect(JSON.parse(printed.split("\n").at(-2) ?? "")).toEqual([
    ["src/run.ts#reader", "src/run.ts#trainer"],
    { text: "four", joined: "b", words: ["one", "two"], shape: 9, legacy: "2" },
    { right: true, square: 16 },
  ]);
});

test("native packages stay outside: linked on this machine, a recipe where steps start from an image", async () => {
  const { compile, folder } = project(
    {
      "run.ts": `
        import { pipeline, step } from "@zenlite/pipeline";
        import Database from "better-sqlite3";
        export const count = step("count", () => ({ one: new Database(":memory:").prepare("select 1 as one").get() }));
        export const counting = pipeline("counting", () => count());`,
    },
    { link: ["better-sqlite3"], manifest: { allowScripts: { "better-sqlite3": true } } },
  );
  const local = await compile("run.ts");
  const { version } = require("better-sqlite3/package.json") as { version: string };
  expect(local.plan.code.carried).toBeUndefined();
  expect(local.plan.steps[0]?.image).toBeUndefined();
  expect(local.plan.steps[0]?.fingerprint.packages).toContain(`better-sqlite3@${version}`);
  const { steps } = (await import(join(local.codeFolder, "code.mjs"))) as {
    steps: Record<string, Record<symbol, { run(): unknown }>>;
  };
  expect(steps["run.ts#count"]?.[Symbol.for("zenlite.step")]?.run()).toEqual({ one: { one: 1 } });

  const stack = stackOf({ folder, supports: { image: { base: "node:24-slim", platform: "linux/amd64" } } });
  const container = await compile("run.ts", { stack });
  expect(container.plan.steps[0]?.image).toMatchObject({
    base: "node:24-slim",
    recipe: {
      base: "node:24-slim",
      platform: "linux/amd64",
      packages: expect.arrayContaining([{ name: "better-sqlite3", version }]) as unknown,
      allowScripts: ["better-sqlite3"],
    },
  });
  expect(container.plan.steps[0]?.fingerprint.image).toMatch(/^sha256:/);
  expect(container.plan.code).toEqual(local.plan.code);
});

test("a carried package keeps the versions it was installed with, also where two are needed", async () => {
  const own = "module.exports = require('fs').readFileSync(__dirname + '/data.txt', 'utf8')";
  const one = project({
    "run.ts": `
        import { pipeline, step } from "@zenlite/pipeline";
        import direct from "leaf";
        import through from "branch";
        export const both = step("both", () => ({ direct, through }));
        export const versions = pipeline("versions", () => both());`,
    "node_modules/leaf/package.json": '{"name":"leaf","version":"2.0.0"}',
    "node_modules/leaf/index.js": own,
    "node_modules/leaf/data.txt": "two",
    "node_modules/branch/package.json": '{"name":"branch","version":"1.0.0","dependencies":{"leaf":"1"}}',
    "node_modules/branch/index.js": "module.exports = 'branch of ' + require('leaf')",
    "node_modules/branch/node_modules/leaf/package.json": '{"name":"leaf","version":"1.0.0"}',
    "node_modules/branch/node_modules/leaf/index.js": own,
    "node_modules/branch/node_modules/leaf/data.txt": "one",
  });
  const { codeFolder, plan } = await one.compile("run.ts");
  expect(plan.steps[0]?.fingerprint.packages).toEqual(["branch@1.0.0", "leaf@1.0.0", "leaf@2.0.0"]);
  const { steps } = (await import(join(codeFolder, "code.mjs"))) as {
    steps: Record<string, Record<symbol, { run(): unknown }>>;
  };
  expect(steps["run.ts#both"]?.[Symbol.for("zenlite.step")]?.run()).toEqual({
    direct: "two",
    through: "branch of one",
  });
});

test("under a pnpm layout packages are resolved from who imports them", async () => {
  const store = "node_modules/.pnpm";
  const one = project({
    "run.ts": `
      import { pipeline, step } from "@zenlite/pipeline";
      import { text } from "outer";
      export const reads = step("reads", () => ({ text }));
      export const reading = pipeline("reading", () => reads());`,
    [`${store}/outer@1.0.0/node_modules/outer/package.json`]:
      '{"name":"outer","version":"1.0.0","type":"module","main":"index.js","dependencies":{"hidden":"1"}}',
    [`${store}/outer@1.0.0/node_modules/outer/index.js`]: 'import hidden from "hidden"; export const text = hidden;',
    [`${store}/hidden@1.0.0/node_modules/hidden/package.json`]: '{"name":"hidden","version":"1.0.0"}',
    [`${store}/hidden@1.0.0/node_modules/hidden/index.js`]:
      "module.exports = require('fs').readFileSync(require.resolve('./data.txt'), 'utf8')",
    [`${store}/hidden@1.0.0/node_modules/hidden/data.txt`]: "found",
  });
  const at = (path: string): string => join(one.folder, path);
  symlinkSync(
    at(`${store}/hidden@1.0.0/node_modules/hidden`),
    at(`${store}/outer@1.0.0/node_modules/hidden`),
    "junction",
  );
  symlinkSync(at(`${store}/outer@1.0.0/node_modules/outer`), at("node_modules/outer"), "junction");
  const { codeFolder } = await one.compile("run.ts");
  expect(readFileSync(join(codeFolder, "code.mjs"), "utf8")).toContain("// node_modules/outer/index.js");
  expect(existsSync(join(codeFolder, "node_modules", "hidden", "data.txt"))).toBe(true);
  const { steps } = (await import(join(codeFolder, "code.mjs"))) as {
    steps: Record<string, Record<symbol, { run(): unknown }>>;
  };
  expect(steps["run.ts#reads"]?.[Symbol.for("zenlite.step")]?.run()).toEqual({ text: "found" });
});

test("a linked package of the workspace is bundled with its sources, and its steps are found", async () => {
  const root = temporaryFolder();
  const library = project(
    {
      "src/index.ts":
        'import { step } from "@zenlite/pipeline";\nexport const shared = step("shared", () => ({ value: 1 }));\n',
    },
    { in: root, at: "packages/library", modulesAt: "", manifest: { name: "@acme/library", exports: "./src/index.ts" } },
  );
  const app = project(
    {
      "run.ts": `
        import { pipeline } from "@zenlite/pipeline";
        import { shared } from "@acme/library";
        export const using = pipeline("using", () => shared());`,
      "node_modules/@acme/.keep": "",
    },
    { in: join(root, "packages"), at: "app" },
  );
  symlinkSync(library.folder, join(app.folder, "node_modules/@acme/library"), "junction");
  const before = await app.compile("run.ts");
  expect(before.plan.steps[0]?.export).toBe("node_modules/@acme/library/src/index.ts#shared");
  library.write({
    "src/index.ts":
      'import { step } from "@zenlite/pipeline";\nexport const shared = step("shared", () => ({ value: 2 }));\n',
  });
  const after = await app.compile("run.ts");
  expect(after.plan.steps[0]?.fingerprint.code).not.toBe(before.plan.steps[0]?.fingerprint.code);
});

test("a step made by a function of the user's own is found in whatever module exports it", async () => {
  const { compile } = project({
    "make.ts":
      'import { step } from "@zenlite/pipeline";\nexport const make = (name: string, value: number) => step(name, () => ({ value }));\n',
    "parts.ts": 'import { make } from "./make.ts";\nexport const one = make("one", 1);\n',
    "run.ts":
      'import { pipeline } from "@zenlite/pipeline";\nimport { one } from "./parts.ts";\nexport const made = pipeline("made", () => one());\n',
  });
  const { plan } = await compile("run.ts");
  expect(plan.steps.map((step) => step.export)).toEqual(["parts.ts#one"]);
});

test("two copies of the package that makes steps are refused with both places", async () => {
  const { compile, folder } = project({
    "run.ts": smallPipeline.replace("export const small", 'export * from "other";\nexport const small'),
    "node_modules/other/package.json": '{"name":"other","version":"1.0.0","type":"module","main":"index.js"}',
    "node_modules/other/index.js": 'export { step as otherStep } from "@zenlite/pipeline";',
  });
  installCopy("@zenlite/pipeline", join(folder, "node_modules/other/node_modules/@zenlite/pipeline"));
  await expect(compile("run.ts")).rejects.toMatchObject({
    code: "ZENLITE_TWO_COPIES",
    message: expect.stringMatching(
      /@zenlite\/pipeline: .*pipeline and .*node_modules\/other\/node_modules\/@zenlite\/pipeline/,
    ) as unknown,
  });
});

test("import() of what only the run can know is said with its place, everything else that looks like it is not", async () => {
  const { compile } = project({
    "run.ts": `${smallPipeline}
const name = process.argv[99];
export const bad = () => import(/* a comment */ name ?? "x");
export const alsoBad = () => import("pkg-" + name);
export const literal = () => import("./other.ts");
export const pattern = (which: string) => import(\`./\${which}.ts\`);
export const text = "import(name)"; // import(name)
`,
    "other.ts": "export const other = 1;\n",
  });
  const { notices } = await compile("run.ts");
  expect(notices.map((notice) => notice.split(" ")[0])).toEqual(["run.ts:7:26:", "run.ts:8:30:"]);
  expect(notices[0]).toContain("import()");
});

test("a moved project keeps its digest and finds its native packages again", async () => {
  const one = project({ "run.ts": `import "better-sqlite3";\n${smallPipeline}` }, { copy: ["better-sqlite3"] });
  const before = await one.compile("run.ts");
  const moved = `${one.folder}-moved`;
  renameSync(one.folder, moved);
  const place = { module: join(moved, "run.ts"), projectFolder: moved, stateFolder: join(moved, ".zenlite") };
  const after = await compile({ ...place, conditions: ["zenlite-source"], stack: stackOf({ folder: moved }) });
  expect(after.digest).toBe(before.digest);
  expect(existsSync(join(after.codeFolder, "..", "node_modules", "better-sqlite3", "package.json"))).toBe(true);
});

test("steps of an installed package are found", async () => {
  const one = project(
    {
      "run.ts":
        'import { pipeline } from "@zenlite/pipeline";\nimport { brought } from "brings";\nexport const using = pipeline("using", () => brought());\n',
    },
    {
      installed: {
        "brings/package.json":
          '{"name":"brings","version":"1.0.0","type":"module","main":"index.js","peerDependencies":{"@zenlite/pipeline":"*"}}',
        "brings/index.js":
          'import { step } from "@zenlite/pipeline";\nexport const brought = step("brought", () => ({ value: 1 }));\n',
      },
    },
  );
  const { plan } = await one.compile("run.ts");
  expect(plan.steps.map((step) => step.export)).toEqual(["node_modules/brings/index.js#brought"]);
});

test("an add-on that is no package is refused", async () => {
  const { compile } = project({ "run.ts": `import "./mine.node";\n${smallPipeline}`, "mine.node": "" });
  await expect(compile("run.ts")).rejects.toMatchObject({
    code: "ZENLITE_CODE_INVALID",
    message: expect.stringContaining('The native add-on "mine.node" is no package') as unknown,
  });
});
