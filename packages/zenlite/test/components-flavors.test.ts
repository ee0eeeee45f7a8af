// Flavors through the command line: modules and packages registered, listed without importing any, refused with a reason.
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { readFlavorModule } from "../src/client/flavor-module.ts";
import { createProject, zenlite, type Ended, type Project } from "./project.ts";
import { flavorModule } from "./stack-project.ts";

const module = "./orchestrator/my-docker-orchestrator-flavor.ts";
const own = { "orchestrator/my-docker-orchestrator-flavor.ts": flavorModule("orchestrator", "my_docker") };

function flavorPackage(project: Project, name: string, flavors: readonly object[]): void {
  const manifest = { name, version: "1.2.3", type: "module", exports: "./index.js" };
  project.write(
    `node_modules/${name}/package.json`,
    JSON.stringify({ ...manifest, zenliteFlavors: { contract: 1, flavors } }),
  );
  project.write(`node_modules/${name}/index.js`, 'throw new Error("this package is imported");\n');
}

function text(project: Project): string {
  return readFileSync(project.path(".zenliterc"), "utf8");
}

function expectMistake(ended: Ended, ...says: readonly (string | RegExp)[]): void {
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  for (const each of says)
    expect(ended.stderr).toEqual(
      typeof each === "string" ? expect.stringContaining(each) : expect.stringMatching(each),
    );
  expect(ended.stderr).not.toMatch(/^\s+at /mu);
}

test("the tutorial's way: a module, a component of it, both again", async () => {
  using project = createProject(own);
  const run = (...args: readonly string[]): Promise<Ended> => zenlite(project.folder, args);
  expect(await run("orchestrator", "flavor", "register", module)).toMatchObject({
    code: 0,
    stdout: `Registered orchestrator flavor "my_docker" (${module}) in .zenliterc.\n`,
    stderr: "",
  });
  const registered = text(project);
  expect(await run("orchestrator", "flavor", "register", module.slice(2))).toMatchObject({
    code: 0,
    stdout: `The orchestrator flavor "my_docker" (${module}) is registered already.\n`,
  });
  expect(text(project)).toBe(registered);
  expect(await run("orchestrator", "register", "my_docker_orchestrator", "-f", "my_docker")).toMatchObject({ code: 0 });
  expect((await run("orchestrator", "flavor", "describe", "my_docker")).stdout).toMatch(
    /^from +\.\/orchestrator\/[^]*^declared +\.zenliterc:\d+:\d+\nused by +my_docker_orchestrator$/mu,
  );
  expectMistake(
    await run("orchestrator", "flavor", "delete", "my_docker"),
    "ZENLITE_FLAVOR_USED",
    'orchestrator "my_docker_orchestrator"',
    "zenlite orchestrator delete my_docker_orchestrator",
  );
  await run("orchestrator", "delete", "my_docker_orchestrator");
  expect((await run("orchestrator", "flavor", "delete", "my_docker")).stdout).toBe(
    `Deleted orchestrator flavor "my_docker" (${module}) in .zenliterc.\n`,
  );
  expect((await run("orchestrator", "flavor", "list", "--json")).stdout).not.toContain("my_docker");
});

test("a path starts in the current folder and is written as the file sees it", async () => {
  using project = createProject({ "infra/mine.ts": flavorModule("image-builder", "kiln"), ".zenliterc": "# ours\n" });
  const ended = await zenlite(project.path("infra"), ["image-builder", "flavor", "register", "mine.ts", "--json"]);
  expect(JSON.parse(ended.stdout)).toEqual({
    flavors: [{ type: "image-builder", name: "kiln", module: "./infra/mine.ts" }],
    file: project.path(".zenliterc"),
    changed: true,
  });
  expect(text(project)).toMatch(/^# ours\n[^]*\.\/infra\/mine\.ts/u);
});

test("a name that another module or a builtin has stays theirs", async () => {
  using project = createProject({
    ...own,
    "copy.ts": flavorModule("orchestrator", "my_docker"),
    "local.ts": flavorModule("orchestrator", "local"),
  });
  await zenlite(project.folder, ["orchestrator", "flavor", "register", module]);
  const before = text(project);
  const register = (file: string): Promise<Ended> =>
    zenlite(project.folder, ["orchestrator", "flavor", "register", file]);
  expectMistake(
    await register("./copy.ts"),
    "ZENLITE_FLAVOR_DUPLICATE",
    module,
    "zenlite orchestrator flavor delete my_docker",
  );
  expectMistake(await register("./local.ts"), "ZENLITE_FLAVOR_DUPLICATE", "builtin");
  expectMistake(await zenlite(project.folder, ["orchestrator", "flavor", "delete", "local"]), "ZENLITE_BUILTIN");
  expect(text(project)).toBe(before);
});

describe("a module that is no flavor: its own error, and nothing written", () => {
  const fake = "supports() {}, open() {}, config: { '~standard': { validate() {}, jsonSchema: {} } }";
  const cases: readonly [string, string, ...(string | RegExp)[]][] = [
    ["does not parse", "export const a = 1;\nconst b: number = ;\n", "ZENLITE_FLAVOR_BROKEN", /flavor\.ts:2:19\n/u],
    ["declares a name twice", "const a: number = 1;\nconst a = 2;\nexport default a;\n", /flavor\.ts:2:7\n/u, "'a'"],
    ["is no erasable TypeScript", "enum A { B }\nexport default A;\n", /flavor\.ts:1:1\n/u, "enum"],
    [
      "throws",
      '\n  throw new Error("out of cheese");\n',
      "ZENLITE_FLAVOR_BROKEN",
      /flavor\.ts:2:9\n/u,
      "out of cheese",
    ],
    [
      "throws and leaves a timer",
      'setInterval(() => {}, 1000); throw new Error("boom");',
      "ZENLITE_FLAVOR_BROKEN",
      "boom",
    ],
    ["needs a package", '\nimport x from "cheese";\nexport default x;\n', /flavor\.ts:2:15\n/u, "npm install cheese"],
    ["needs another module", 'export { default } from "./nowhere.ts";\n', "ZENLITE_FLAVOR_BROKEN", "nowhere.ts"],
    ["has no default export", "export const flavor = 1;\n", "ZENLITE_FLAVOR_INVALID", "it exports flavor"],
    ["is empty", "", "ZENLITE_FLAVOR_INVALID", "no default export"],
    ["exports a number", "export default 5;\n", "ZENLITE_FLAVOR_INVALID", "a number", "defineFlavor"],
    ["exports a class", "export default class X {}\n", "ZENLITE_FLAVOR_INVALID", "a function or class"],
    ["exports another object", "export default { a: 1 };\n", "ZENLITE_FLAVOR_INVALID", "neither type nor name"],
    [
      "is of no type that there is",
      'export default { contract: 1, type: "orchestratr", name: "x" };\n',
      'Did you mean "orchestrator"?',
    ],
    [
      "has a name that no file may hold",
      `export default { contract: 1, type: "orchestrator", name: "a/b", ${fake} };\n`,
      '"a/b" cannot name a flavor',
    ],
    [
      "is of a later contract",
      'export default { contract: 7, type: "orchestrator", name: "x" };\n',
      "ZENLITE_CONTRACT_TOO_NEW",
    ],
    [
      "is of another type",
      flavorModule("artifact-store", "bucket"),
      "ZENLITE_FLAVOR_INVALID",
      "zenlite artifact-store flavor register ./flavor.ts",
    ],
    ["ends the process", "process.exit(0);\n", "ZENLITE_FLAVOR_BROKEN", "process.exit()"],
    [
      "waits for what never comes",
      "await new Promise(() => {});\nexport default 1;\n",
      "ZENLITE_FLAVOR_BROKEN",
      "open()",
    ],
  ];
  test.concurrent.each(cases)("%s", async (_name, source, ...says) => {
    using project = createProject({ "flavor.ts": source });
    expectMistake(await zenlite(project.folder, ["orchestrator", "flavor", "register", "./flavor.ts"]), ...says);
    expect(existsSync(project.path(".zenliterc"))).toBe(false);
  });
  test("is not there, is a folder", async () => {
    using project = createProject(own);
    const register = (file: string): Promise<Ended> =>
      zenlite(project.folder, ["orchestrator", "flavor", "register", file]);
    expectMistake(
      await register("./orchestrator/my-docker-orchestrator-flavour.ts"),
      "ZENLITE_FLAVOR_NOT_FOUND",
      `Did you mean "${module}"?`,
    );
    expectMistake(await register("./nowhere/flavor.ts"), "ZENLITE_FLAVOR_NOT_FOUND");
    expectMistake(await register("./orchestrator"), "ZENLITE_FLAVOR_NOT_FOUND", "is a folder");
  });
  test("one that does not end is left after a while", async () => {
    using project = createProject({ "flavor.mjs": "await new Promise(() => {});\nexport default 1;\n" });
    const reading = { title: "./flavor.mjs", limitMilliseconds: 20, onEnd: () => {} };
    await expect(readFlavorModule(project.path("flavor.mjs"), reading)).rejects.toMatchObject({
      code: "ZENLITE_FLAVOR_BROKEN",
      message: expect.stringContaining("did not end within 0.02 s"),
    });
  });
});

test("a package is one entry with all of its flavors, and is not imported", async () => {
  using project = createProject();
  flavorPackage(project, "flavors-of-mine", [
    { type: "orchestrator", name: "kube", module: "." },
    { type: "image-builder", name: "kube", module: "." },
  ]);
  const run = (...args: readonly string[]): Promise<Ended> => zenlite(project.folder, args);
  expectMistake(
    await run("artifact-store", "flavor", "register", "flavors-of-mine"),
    "ZENLITE_FLAVOR_INVALID",
    "zenlite orchestrator flavor register flavors-of-mine",
  );
  expect((await run("orchestrator", "flavor", "register", "flavors-of-mine")).stdout).toBe(
    'Registered orchestrator flavor "kube", image-builder "kube" (flavors-of-mine@1.2.3) in .zenliterc.\n',
  );
  expect((await run("image-builder", "flavor", "register", "flavors-of-mine")).stdout).toContain(
    "is registered already",
  );
  const rows = (await run("flavor", "list")).stdout.split("\n").map((line) => line.split(/ {2,}/u).slice(0, 3));
  expect(rows).toEqual([
    ["TYPE", "NAME", "FROM"],
    ["artifact-store", "local", "builtin"],
    ["image-builder", "kube", "flavors-of-mine@1.2.3"],
    ["orchestrator", "kube", "flavors-of-mine@1.2.3"],
    ["orchestrator", "local", "builtin"],
    [""],
  ]);
  expect((await run("orchestrator", "flavor", "delete", "kube")).stdout).toBe(
    'Deleted orchestrator flavor "kube" (flavors-of-mine@1.2.3), and with it image-builder "kube", in .zenliterc.\n',
  );
});

test.concurrent.each<readonly [string, ...string[]]>([
  ["nowhere-package", "ZENLITE_FLAVOR_NOT_INSTALLED", "npm install nowhere-package"],
  ["orchestrator-docker", 'Packages are named in full: "@zenlite/orchestrator-docker"'],
  ["@zenlite/orchestrator-docker@1.0.0", "ZENLITE_ARGUMENT_INVALID", "without a version"],
  ["orchestrator.my_docker.MyFlavor", "ZENLITE_ARGUMENT_INVALID", "a module"],
  ["zenlite", "ZENLITE_FLAVOR_MANIFEST", "no flavor package"],
  ["", "ZENLITE_ARGUMENT_INVALID"],
])("no flavor package: %j", async (named, ...says) => {
  using project = createProject();
  expectMistake(await zenlite(project.folder, ["orchestrator", "flavor", "register", named]), ...says);
  expect(existsSync(project.path(".zenliterc"))).toBe(false);
});

test("what ships with zenlite is there already", async () => {
  using project = createProject();
  const ended = await zenlite(project.folder, ["orchestrator", "flavor", "register", "@zenlite/orchestrator-local"]);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("is registered already") });
});

test("lists import no flavor and no vendor's library, builtin ones neither", async () => {
  using project = createProject({
    "flavors/mine.ts": 'throw new Error("this module is imported");\n',
    ".zenliterc": `flavors:
  - "@zenlite/orchestrator-docker"
  - "@zenlite/image-builder-docker"
  - { type: orchestrator, name: mine, module: ./flavors/mine.ts }
orchestrator:
  one: { flavor: mine }
  two: { flavor: docker }
`,
    "guard.mjs": `import { registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    if (/^(?:@aws-sdk\\/|dockerode)/.test(specifier)) throw new Error("imports " + specifier);
    return next(specifier, context);
  },
  load(url, context, next) {
    const loaded = next(url, context);
    if (/orchestrator-docker|image-builder-docker|flavors/.test(url)) throw new Error("imports " + url);
    // The builtin flavors lie in a bundle's chunk, whose name says nothing.
    if (/Runs steps on this machine:|Artifacts, records and logs in a folder/.test(String(loaded.source)))
      throw new Error("imports a builtin flavor: " + url);
    return loaded;
  },
});
`,
  });
  const guard = { NODE_OPTIONS: `--import ${pathToFileURL(project.path("guard.mjs")).href}` };
  for (const args of [
    ["flavor", "list"],
    ["flavor", "list", "--json"],
    ["orchestrator", "flavor", "list"],
    ["orchestrator", "flavor", "describe", "docker"],
    ["orchestrator", "list"],
    ["orchestrator", "list", "--json"],
    ["orchestrator", "describe", "one"],
  ])
    expect(await zenlite(project.folder, args, guard)).toMatchObject({ code: 0, stderr: "" });
  for (const flavor of ["mine", "docker", "local"])
    expect((await zenlite(project.folder, ["orchestrator", "explain", flavor], guard)).code).not.toBe(0);
});
