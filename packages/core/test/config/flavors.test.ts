import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkConfig, listFlavors, loadConfig, resolveStack } from "@zenlite/core/config";
import { builtins, errorsOf, flavorModule, flavorPackage, load, makeProject, refusals, summary } from "./project.ts";

const broken = (name: string): Record<string, string> => ({
  ...flavorPackage(name, "orchestrator", name),
  [`node_modules/${name}/index.js`]: "throw new RangeError('no engine room');",
});
const manifest = (value: unknown): Record<string, string> => ({
  "node_modules/some-flavor/package.json": JSON.stringify({ name: "some-flavor", zenliteFlavors: value }),
});

describe("a component whose flavor is nowhere declared", () => {
  test("one that is published: what to install and the command that declares it", async () => {
    const folder = await makeProject({ ".zenliterc": "orchestrator:\n  a: { flavor: docker }" });
    const [error] = await errorsOf(load(folder));
    expect(error).toMatchObject({
      code: "ZENLITE_FLAVOR_UNKNOWN",
      where: { line: 2, column: 16, field: "orchestrator.a.flavor" },
      hint: "npm install @zenlite/orchestrator-docker\nzenlite orchestrator flavor register @zenlite/orchestrator-docker",
    });
  });

  test("one that is installed but not declared: only the line to write", async () => {
    const folder = await makeProject({
      ".zenliterc": "orchestrator:\n  a: { flavor: docker }",
      ...flavorPackage("@zenlite/orchestrator-docker", "orchestrator", "docker"),
    });
    const [error] = await errorsOf(load(folder));
    expect(error?.hint).toBe("zenlite orchestrator flavor register @zenlite/orchestrator-docker");
  });

  test("a misspelling of a declared one, of a published one, and a name that nobody knows", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [own]\norchestrator:\n  a: { flavor: kubernetis }\n  b: { flavor: dokcer }\n  c: { flavor: zzzzzz }",
      ...flavorPackage("own", "orchestrator", "kubernetes"),
    });
    const errors = await errorsOf(load(folder));
    expect(errors.map(({ message, hint }) => [message.split(". ").at(-1)?.trim(), hint])).toEqual([
      ['Did you mean "kubernetes"?', "flavor: kubernetes"],
      ['Did you mean "docker"?', expect.stringContaining("npm install @zenlite/orchestrator-docker")],
      [expect.stringContaining("Known: local, kubernetes, docker, aws-step"), expect.stringContaining("npm install ")],
    ]);
  });
});

describe("a declared package", () => {
  test("that is not installed: once, and not also for the components that use it", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        'flavors: ["@zenlite/orchestrator-docker", other-flavor, docker]',
        "orchestrator: { a: { flavor: docker }, b: { flavor: other } }",
      ].join("\n"),
    });
    const errors = await errorsOf(load(folder));
    expect(summary(folder, errors)).toEqual([
      "ZENLITE_FLAVOR_NOT_INSTALLED .zenliterc:1:11 The flavor package @zenlite/orchestrator-docker is not installed.",
      "ZENLITE_FLAVOR_NOT_INSTALLED .zenliterc:1:43 The flavor package other-flavor is not installed.",
      'ZENLITE_FLAVOR_NOT_INSTALLED .zenliterc:1:57 The flavor package docker is not installed. Packages are named in full: "@zenlite/orchestrator-docker".',
    ]);
    expect(errors.map(({ hint }) => hint)).toEqual([
      "npm install @zenlite/orchestrator-docker",
      "npm install other-flavor",
      "npm install @zenlite/orchestrator-docker",
    ]);
    expect(errors[0]?.where?.package).toBe("@zenlite/orchestrator-docker");
  });

  test("is found in a node_modules above the file", async () => {
    const folder = await makeProject({
      ...flavorPackage("some-flavor", "orchestrator", "some"),
      "package.json": '{"workspaces": ["a"]}',
      "a/package.json": "{}",
      "a/.zenliterc": "flavors: [some-flavor]",
    });
    expect(listFlavors(await load(join(folder, "a")))).toContainEqual({
      type: "orchestrator",
      name: "some",
      package: "some-flavor",
      version: "1.2.3",
      module: ".",
      builtin: false,
      where: { file: join(folder, "a/.zenliterc"), line: 1, column: 11, field: "flavors[0]" },
    });
  });

  test.each([
    ["no manifest", undefined, "it is no flavor package"],
    ["a manifest that is no mapping", [], '"zenliteFlavors" is no mapping'],
    ["no contract", { flavors: [] }, '"zenliteFlavors.contract" is undefined, expected 1'],
    ["a contract that is no number", { contract: "1", flavors: [] }, '"zenliteFlavors.contract" is "1", expected 1'],
    ["no flavors", { contract: 1, flavors: [] }, '"zenliteFlavors.flavors" is no list of flavors'],
    ["an entry that is no mapping", { contract: 1, flavors: ["x"] }, '"zenliteFlavors.flavors[0]" is no mapping'],
    [
      "an unknown type",
      { contract: 1, flavors: [{ type: "orchestrater", name: "x", module: "." }] },
      'Did you mean "orchestrator"?',
    ],
    [
      "a bad name",
      { contract: 1, flavors: [{ type: "orchestrator", name: "__proto__", module: "." }] },
      "this name is reserved",
    ],
    [
      "a module outside",
      { contract: 1, flavors: [{ type: "orchestrator", name: "x", module: "./../y" }] },
      "expected an export of the package",
    ],
  ])("with %s", async (_title, value, reason) => {
    const folder = await makeProject({ ".zenliterc": "flavors:\n  - some-flavor", ...manifest(value) });
    const [error, ...more] = await errorsOf(load(folder));
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      code: "ZENLITE_FLAVOR_MANIFEST",
      where: { line: 2, column: 5, package: "some-flavor" },
    });
    expect(error?.message).toContain(reason);
    expect(error?.message).toContain(join(folder, "node_modules/some-flavor/package.json"));
  });

  test("with a package.json that is no JSON", async () => {
    expect(await refusals("flavors: [some-flavor]", { "node_modules/some-flavor/package.json": "{" })).toEqual([
      expect.stringMatching(
        /^ZENLITE_FLAVOR_MANIFEST \.zenliterc:1:11 some-flavor: its package\.json cannot be read: /u,
      ),
    ]);
  });

  test("of a later contract is refused before anything of it is read or imported", async () => {
    const files = {
      ...manifest({ contract: 2, flavors: { shape: "of another time" } }),
      "node_modules/some-flavor/index.js": "globalThis.imported = true;",
    };
    const folder = await makeProject({ ".zenliterc": "flavors: [some-flavor]", ...files });
    const [error] = await errorsOf(load(folder));
    expect(error).toMatchObject({
      code: "ZENLITE_CONTRACT_TOO_NEW",
      hint: "npm install zenlite@latest",
      where: { line: 1, column: 11 },
    });
    expect(error?.message).toBe("some-flavor speaks flavor contract 2; this zenlite speaks 1.");
    expect(globalThis).not.toHaveProperty("imported");
  });

  test("two flavors with one type and name, also of a builtin", async () => {
    const rc = "flavors:\n  - one\n  - two\n  - own-local\n  - '@zenlite/orchestrator-local'";
    const files = {
      ...flavorPackage("one", "orchestrator", "same"),
      ...flavorPackage("two", "orchestrator", "same"),
      ...flavorPackage("own-local", "orchestrator", "local"),
    };
    expect(await refusals(rc, files)).toEqual([
      'ZENLITE_FLAVOR_DUPLICATE .zenliterc:3:5 There are two orchestrator flavors "same": one and two.',
      'ZENLITE_FLAVOR_DUPLICATE .zenliterc:4:5 There are two orchestrator flavors "local": @zenlite/orchestrator-local and own-local.',
    ]);
  });
});

describe("importing flavors", () => {
  test("loading and listing import nothing", async () => {
    const folder = await makeProject({
      ".zenliterc": "flavors: [bad]\norchestrator: { a: { flavor: bad, anything: 1 } }",
      ...broken("bad"),
    });
    const config = await load(folder);
    expect(listFlavors(config).map(({ type, name, package: from }) => `${type}/${name} ${from}`)).toEqual([
      "artifact-store/local @zenlite/artifact-store-local",
      "orchestrator/bad bad",
      "orchestrator/local @zenlite/orchestrator-local",
    ]);
  });

  test("one that throws is one problem with its own error as the cause; the others are checked and can be used", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors:",
        "  - bad",
        "  - good",
        "orchestrator:",
        "  a: { flavor: bad }",
        "  b: { flavor: bad }",
        "  c: { flavor: good, base_imag: x }",
        "  d: { flavor: good }",
        "stack: { s: { orchestrator: d, artifact-store: default } }",
      ].join("\n"),
      ...broken("bad"),
      ...flavorPackage("good", "orchestrator", "good"),
    });
    const config = await load(folder);
    const errors = await checkConfig(config);
    expect(summary(folder, errors)).toEqual([
      "ZENLITE_FLAVOR_BROKEN .zenliterc:2:5 bad is there, but importing it failed: no engine room",
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:7:22 Unknown key "base_imag" in orchestrator.c. Did you mean "base_image"?',
    ]);
    expect(errors[0]?.cause).toBeInstanceOf(RangeError);
    expect((await resolveStack(config, "s")).components.orchestrator.flavor.name).toBe("good");
  });

  test("a package that does not export what its manifest names, and one that misses a dependency", async () => {
    const folder = await makeProject({
      ".zenliterc": "flavors: [closed, poor]\norchestrator: { a: { flavor: closed }, b: { flavor: poor } }",
      ...flavorPackage("closed", "orchestrator", "closed"),
      "node_modules/closed/package.json": JSON.stringify({
        name: "closed",
        exports: { "./package.json": "./package.json" },
        zenliteFlavors: { contract: 1, flavors: [{ type: "orchestrator", name: "closed", module: "." }] },
      }),
      ...flavorPackage("poor", "orchestrator", "poor"),
      "node_modules/poor/index.js": "import 'a-package-that-nobody-installed';",
    });
    const errors = await checkConfig(await load(folder));
    expect(errors.map(({ code, where }) => [code, where?.package])).toEqual([
      ["ZENLITE_FLAVOR_BROKEN", "closed"],
      ["ZENLITE_FLAVOR_BROKEN", "poor"],
    ]);
    expect(errors[0]?.cause).toMatchObject({ code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
    expect(errors[1]?.message).toContain("a-package-that-nobody-installed");
  });

  test("a module is checked again: contract, type and name, members", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors:",
        ...["future", "other", "empty", "half"].map(
          (name) => `  - { type: orchestrator, name: ${name}, module: ./${name}.ts }`,
        ),
        "orchestrator:",
        ...["future", "other", "empty", "half"].map((name) => `  ${name}: { flavor: ${name} }`),
      ].join("\n"),
      "future.ts": "export default { contract: 2 };",
      "other.ts": flavorModule("orchestrator", "another"),
      "empty.ts": "export const flavor = {};",
      "half.ts": "export default { contract: 1, type: 'orchestrator', name: 'half' };",
    });
    expect(summary(folder, await checkConfig(await load(folder)))).toEqual([
      "ZENLITE_CONTRACT_TOO_NEW .zenliterc:2:5 ./future.ts speaks flavor contract 2; this zenlite speaks 1.",
      'ZENLITE_FLAVOR_INVALID .zenliterc:3:5 ./other.ts: it is declared as orchestrator "other" but the module says orchestrator "another".',
      "ZENLITE_FLAVOR_INVALID .zenliterc:4:5 ./empty.ts: the module has no default export.",
      "ZENLITE_FLAVOR_INVALID .zenliterc:5:5 ./half.ts: supports is missing or no function.",
    ]);
  });

  test("a schema that would drop unknown keys is made to refuse them; one that throws is the flavor's fault", async () => {
    const schema = (input: string): string => `config: { "~standard": { version: 1, vendor: "zod",
      validate: (value) => ({ value: { known: value.known } }), jsonSchema: { input: ${input}, output: () => ({}) } } },`;
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [dropping, throwing]\norchestrator:\n  a: { flavor: dropping, knwon: 1 }\n  b: { flavor: throwing }",
      ...flavorPackage(
        "dropping",
        "orchestrator",
        "dropping",
        schema("() => ({ type: 'object', properties: { known: {} } })"),
      ),
      ...flavorPackage(
        "throwing",
        "orchestrator",
        "throwing",
        schema("() => { throw new Error('Date cannot be represented'); }"),
      ),
    });
    expect(summary(folder, await checkConfig(await load(folder)))).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:3:26 Unknown key "knwon" in orchestrator.a. Did you mean "known"?',
      "ZENLITE_FLAVOR_INVALID .zenliterc:4:3 throwing: its schema cannot be used: Date cannot be represented",
    ]);
  });

  test("the real builtins' manifests say what the builtins say", async () => {
    const config = await loadConfig(await makeProject({}), { builtins, environment: {} });
    for (const { package: name, type } of config.flavors) {
      const file = new URL(`../../../${name?.replace("@zenlite/", "")}/package.json`, import.meta.url);
      expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
        zenliteFlavors: { contract: 1, flavors: [{ type, name: "local", module: "." }] },
      });
    }
  });
});
