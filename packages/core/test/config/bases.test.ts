import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsOf, flavorModule, flavorPackage, load, makeProject, refusals, summary } from "./project.ts";

test("a base's entries are there; one's own win by name; flavors of both are declared, each relative to its file", async () => {
  const folder = await makeProject({
    "app/package.json": "{}",
    "app/.zenliterc": [
      "$import: ../base/.zenliterc",
      "flavors: [{ type: orchestrator, name: mine, module: ./mine.ts }]",
      "orchestrator:",
      "  shared: { flavor: mine }",
      "stack:",
      "  a: { orchestrator: shared, artifact-store: default }",
    ].join("\n"),
    "app/mine.ts": flavorModule("orchestrator", "mine"),
    "base/.zenliterc": [
      "flavors: ['flavor-of-base', { type: orchestrator, name: theirs, module: ./theirs.ts }]",
      "orchestrator:",
      "  shared: { flavor: theirs, base_image: a }",
      "  only_base: { flavor: theirs }",
      "  packaged: { flavor: theirs-too }",
      "stack:",
      "  a: { orchestrator: only_base, artifact-store: default }",
      "  b: { orchestrator: shared, artifact-store: default }",
    ].join("\n"),
    "base/theirs.ts": flavorModule("orchestrator", "theirs"),
    ...Object.fromEntries(
      Object.entries(flavorPackage("flavor-of-base", "orchestrator", "theirs-too")).map(([name, text]) => [
        `base/${name}`,
        text,
      ]),
    ),
  });
  const config = await load(join(folder, "app"));
  expect(config.file).toBe(join(folder, "app/.zenliterc"));
  expect(
    config.components
      .filter(({ name }) => name !== "default")
      .map(({ name, flavor, config: keys, place }) => [name, flavor, keys, place.configFolder]),
  ).toEqual([
    ["shared", "mine", {}, join(folder, "app")],
    ["only_base", "theirs", {}, join(folder, "base")],
    ["packaged", "theirs-too", {}, join(folder, "base")],
  ]);
  expect(config.stacks.map(({ name, components }) => [name, components.orchestrator])).toEqual([
    ["default", "default"],
    ["a", "shared"],
    ["b", "shared"],
  ]);
  expect(config.flavors.filter(({ builtin }) => !builtin).map((flavor) => flavor.moduleFile())).toEqual([
    join(folder, "base/node_modules/flavor-of-base/index.js"),
    join(folder, "base/theirs.ts"),
    join(folder, "app/mine.ts"),
  ]);
});

test("several bases: the later wins; a base that two bases share is read once, its mistakes told once", async () => {
  const folder = await makeProject({
    ".zenliterc": "$import: [./one.yaml, ./two.json]",
    "one.yaml": "$import: ./shared.yaml\norchestrator: { a: { flavor: local, path: one } }",
    "two.json": '{"$import": "./shared.yaml", "orchestrator": {"a": {"flavor": "local", "path": "two"}}}',
    "shared.yaml": "orchestrator: { b: { flavor: local } }",
  });
  expect((await load(folder)).components.map(({ name, config }) => [name, config])).toContainEqual([
    "a",
    { path: "two" },
  ]);
  const rc = "$import: [./one.yaml, ./two.yaml]\nstak: {}";
  const files = { "one.yaml": "$import: shared.yaml", "two.yaml": "$import: shared.yaml", "shared.yaml": "\nstac: {}" };
  expect(await refusals(rc, files)).toEqual([
    'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:2:1 Unknown key "stak". Did you mean "stack"?',
    'ZENLITE_CONFIG_UNKNOWN_KEY shared.yaml:2:1 Unknown key "stac". Did you mean "stack"?',
  ]);
});

test("a flavor package that the base and the file both declare is one flavor", async () => {
  const folder = await makeProject({
    ".zenliterc": "$import: base.yaml\nflavors: [some-flavor]",
    "base.yaml": "flavors: [some-flavor]",
    ...flavorPackage("some-flavor", "orchestrator", "some"),
  });
  expect((await load(folder)).flavors.filter(({ name }) => name === "some")).toHaveLength(1);
});

test("a missing base, a folder, a wrong value, an unreadable base", async () => {
  expect(
    await refusals("stack: {}\n$import: [../nowhere/.zenliterc, base, 3, bad.yaml]", {
      "base/a.txt": "",
      "bad.yaml": "a: [",
    }),
  ).toEqual([
    expect.stringMatching(
      /^ZENLITE_CONFIG_UNREADABLE \.zenliterc:2:11 .*nowhere\/\.zenliterc cannot be read: there is no such file\.$/u,
    ),
    expect.stringMatching(/^ZENLITE_CONFIG_UNREADABLE \.zenliterc:2:34 base cannot be read: EISDIR/u),
    "ZENLITE_CONFIG_INVALID .zenliterc:2:40 $import[2]: expected the path of a configuration file, got 3.",
    expect.stringMatching(/^ZENLITE_CONFIG_SYNTAX bad\.yaml:1:/u),
  ]);
});

test("files that import each other", async () => {
  expect(
    await refusals("stack: {}\n$import: b.yaml", { "b.yaml": "$import: ./c.yaml", "c.yaml": "$import: b.yaml" }),
  ).toEqual(["ZENLITE_CONFIG_CYCLE c.yaml:1:10 These files import each other: b.yaml → c.yaml → b.yaml."]);
  expect(await refusals("$import: .zenliterc")).toEqual([
    "ZENLITE_CONFIG_CYCLE .zenliterc:1:10 These files import each other: .zenliterc → .zenliterc.",
  ]);
});

test("what a broken base would have brought is not called missing", async () => {
  const rc = "$import: base.yaml\nstack: { s: { orchestrator: of_base, artifact-store: default } }";
  const folder = await makeProject({ ".zenliterc": rc, "base.yaml": "orchestrator: {" });
  const errors = summary(folder, await errorsOf(load(folder)));
  expect(errors.every((error) => error.startsWith("ZENLITE_CONFIG_SYNTAX base.yaml:"))).toBe(true);
});

test("a base may be TypeScript", async () => {
  const folder = await makeProject({
    ".zenliterc": "$import: ./base.ts",
    "base.ts": "export default { orchestrator: { a: { flavor: 'local' } } };",
  });
  expect((await load(folder)).components.map(({ name }) => name)).toContain("a");
});

test("the mistakes of the file itself come before those of its bases", async () => {
  const folder = await makeProject({
    "zenlite.config.ts": "export default { $import: './base.yaml', stak: {} };",
    "base.yaml": "stac: {}",
  });
  expect(summary(folder, await errorsOf(load(folder)))).toEqual([
    'ZENLITE_CONFIG_UNKNOWN_KEY zenlite.config.ts Unknown key "stak". Did you mean "stack"?',
    'ZENLITE_CONFIG_UNKNOWN_KEY base.yaml:1:1 Unknown key "stac". Did you mean "stack"?',
  ]);
});
