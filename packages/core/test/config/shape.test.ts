import { describe, expect, test } from "vitest";
import { flavorPackage, refusals, makeProject, load, errorsOf } from "./project.ts";

const docker = flavorPackage("@zenlite/orchestrator-docker", "orchestrator", "docker");

describe("a .zenliterc that is refused", () => {
  test("unknown keys at every depth, each with its place and the nearest key", async () => {
    const rc = [
      "flavours: []",
      "flavors:",
      "  - { type: orchestrator, name: mine, modul: ./mine.ts }",
      "orchestrators: {}",
      "stack:",
      "  s: { orchestrator: default, artifact-store: default, artefact_store: default }",
    ].join("\n");
    expect(await refusals(rc)).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:1:1 Unknown key "flavours". Did you mean "flavors"?',
      'ZENLITE_CONFIG_INVALID .zenliterc:3:5 flavors[0]: "module" is missing.',
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:3:39 Unknown key "modul" in flavors[0]. Did you mean "module"?',
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:4:1 Unknown key "orchestrators". Did you mean "orchestrator"?',
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:6:56 Unknown key "artefact_store" in stack.s. Did you mean "artifact-store"?',
    ]);
  });

  test("config keys are checked too where something else is wrong: all problems at once", async () => {
    const rc = [
      'flavors: ["@zenlite/orchestrator-docker"]',
      "orchestrator:",
      "  one: { flavor: docker, base_imag: x, max_parallel: many }",
      "  two:",
      "    flavor: docker",
      "    host_config: { shm_sizes: 1 }",
      "    extra_mounts: [{}, { host_path: 7 }]",
      "stack:",
      "  s: { orchestrator: on, artifact-store: default }",
    ].join("\n");
    expect(await refusals(rc, docker)).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:3:26 Unknown key "base_imag" in orchestrator.one. Did you mean "base_image"?',
      'ZENLITE_CONFIG_INVALID .zenliterc:3:54 orchestrator.one.max_parallel: expected a whole number, got "many".',
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:6:20 Unknown key "shm_sizes" in orchestrator.two.host_config. Did you mean "shm_size"?',
      'ZENLITE_CONFIG_INVALID .zenliterc:7:20 orchestrator.two.extra_mounts[0]: "host_path" is missing.',
      "ZENLITE_CONFIG_INVALID .zenliterc:7:37 orchestrator.two.extra_mounts[1].host_path: expected a string, got 7.",
      'ZENLITE_COMPONENT_UNKNOWN .zenliterc:9:22 Stack "s": there is no orchestrator "on". Did you mean "one"? Known: default, one, two.',
    ]);
  });

  test("wrong types", async () => {
    expect(await refusals("- a\n- b")).toEqual([
      "ZENLITE_CONFIG_INVALID .zenliterc:1:1 Expected a mapping with flavors, components and stack, got a list.",
    ]);
    expect(
      await refusals(
        "flavors: x\norchestrator: [a]\nartifact-store: { a: 1, b: {}, c: { flavor: 3 } }\nstack: { s: , t: [] }",
      ),
    ).toEqual([
      'ZENLITE_CONFIG_INVALID .zenliterc:1:10 flavors: expected a list of packages, got "x".',
      "ZENLITE_CONFIG_INVALID .zenliterc:2:15 orchestrator: expected a mapping from names to orchestrator components, got a list.",
      'ZENLITE_CONFIG_INVALID .zenliterc:3:22 artifact-store.a: expected a mapping with "flavor", got 1.',
      'ZENLITE_CONFIG_INVALID .zenliterc:3:25 artifact-store.b: "flavor" is missing.',
      "ZENLITE_CONFIG_INVALID .zenliterc:3:45 artifact-store.c.flavor: expected the name of a flavor, got 3.",
      "ZENLITE_CONFIG_INVALID .zenliterc:4:10 stack.s: expected a mapping such as { orchestrator: default, artifact-store: default }, got nothing.",
      "ZENLITE_CONFIG_INVALID .zenliterc:4:18 stack.t: expected a mapping such as { orchestrator: default, artifact-store: default }, got a list.",
    ]);
  });

  test("flavor entries", async () => {
    const rc = [
      "flavors:",
      "  - ./mine.ts",
      "  - 3",
      "  - { type: orchestator, name: a, module: ./a.ts }",
      "  - { type: orchestrator, name: a b, module: ./a.ts }",
      "  - { type: orchestrator, name: a, module: flavors/a.ts }",
      "  - { type: orchestrator, name: a, module: ./a.ts }",
    ].join("\n");
    expect(await refusals(rc)).toEqual([
      'ZENLITE_CONFIG_INVALID .zenliterc:2:5 flavors[0]: expected the full name of a package, got "./mine.ts".',
      "ZENLITE_CONFIG_INVALID .zenliterc:3:5 flavors[1]: expected the full name of a package, got 3.",
      'ZENLITE_CONFIG_INVALID .zenliterc:4:13 flavors[2].type: "orchestator" is no component type. Did you mean "orchestrator"?',
      'ZENLITE_CONFIG_NAME .zenliterc:5:33 "a b" cannot name a flavor: a name has letters, digits, "_", "-" and ".", and starts with a letter, digit or "_".',
      'ZENLITE_CONFIG_INVALID .zenliterc:6:44 flavors[4].module: a path starts with "./", write "./flavors/a.ts".',
      'ZENLITE_FLAVOR_NOT_FOUND .zenliterc:7:44 There is no module ./a.ts for the orchestrator flavor "a" (looked for a.ts).',
    ]);
  });

  test.each([
    ['"__proto__"', "this name is reserved"],
    ["constructor", "this name is reserved"],
    ['""', "a name cannot be empty"],
    ['"a b"', "a name has letters"],
    ["a/b", "a name has letters"],
    ['"../a"', "a name has letters"],
    ['"a\\nb"', "a name has letters"],
    ["x".repeat(101), "a name has at most 100 characters, this one has 101"],
  ])("the name %s", async (name, reason) => {
    const [component, stack, ...more] = await refusals(
      `orchestrator:\n  ? ${name}\n  : { flavor: local }\nstack:\n  ? ${name}\n  : { orchestrator: default, artifact-store: default }`,
    );
    expect(more).toEqual([]);
    expect(component).toMatch(/^ZENLITE_CONFIG_NAME \.zenliterc:2:5 .* cannot name a component: /u);
    expect(component).toContain(reason);
    expect(stack).toMatch(/^ZENLITE_CONFIG_NAME \.zenliterc:5:5 .* cannot name a stack: /u);
  });

  test("a stack without its two parts, with a connector, with one part twice", async () => {
    const rc =
      "stack:\n  a: {}\n  b: { orchestrator: default, artifact-store: default, artifact_store: default, service-connector: c }";
    expect(await refusals(rc)).toEqual([
      'ZENLITE_CONFIG_INVALID .zenliterc:2:3 stack.a: "orchestrator" is missing (for example orchestrator: default).',
      'ZENLITE_CONFIG_INVALID .zenliterc:2:3 stack.a: "artifact-store" is missing (for example artifact-store: default).',
      "ZENLITE_CONFIG_INVALID .zenliterc:3:56 stack.b.artifact_store: the artifact-store is named twice.",
      "ZENLITE_CONFIG_INVALID .zenliterc:3:81 stack.b.service-connector: a stack names no connector; the components that use one do (connector: name).",
    ]);
  });

  test("a component type in two spellings", async () => {
    expect(await refusals("artifact-store: {}\nartifact_store: {}")).toEqual([
      'ZENLITE_CONFIG_INVALID .zenliterc:2:1 artifact_store: "artifact-store" and "artifact_store" are one key, written twice.',
    ]);
  });

  test("a connector that is not declared, and a connector of a connector", async () => {
    const rc = [
      "service-connector:",
      "  cloud: { flavor: local, connector: cloud }",
      "artifact-store:",
      "  s: { flavor: local, connector: clod }",
    ].join("\n");
    expect(await refusals(rc)).toEqual([
      'ZENLITE_FLAVOR_UNKNOWN .zenliterc:2:20 service-connector "cloud": no declared package has the service-connector flavor "local". Known: aws.',
      "ZENLITE_CONFIG_INVALID .zenliterc:2:27 service-connector.cloud.connector: a service-connector has no connector of its own.",
      'ZENLITE_COMPONENT_UNKNOWN .zenliterc:4:34 artifact-store "s": there is no service-connector "clod". Did you mean "cloud"? Known: cloud.',
    ]);
  });

  test("a component whose entry is wrong is not called missing by the stack that names it", async () => {
    const rc = "orchestrator: { a: { flavour: local } }\nstack: { s: { orchestrator: a, artifact-store: default } }";
    expect(await refusals(rc)).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY .zenliterc:1:22 Unknown key "flavour" in orchestrator.a. Did you mean "flavor"?',
    ]);
  });
});

describe("a .zenliterc that is read", () => {
  test("snake_case and camelCase types, empty sections, positions of what it declares", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors:\norchestrator:\nartifact_store:\n  mine: { flavor: local, path: x }\nstack:\n  s: { orchestrator: default, artifactStore: mine }\n",
    });
    const config = await load(folder);
    expect(config.components.map(({ type, name }) => `${type}/${name}`)).toEqual([
      "orchestrator/default",
      "artifact-store/default",
      "artifact-store/mine",
    ]);
    const mine = config.components[2];
    expect(mine).toMatchObject({ flavor: "local", config: { path: "x" }, place: { configFolder: folder } });
    expect(mine?.where).toEqual({ file: config.file, line: 4, column: 3, field: "artifact_store.mine" });
    expect(mine?.locate(["path"])).toMatchObject({ line: 4, column: 32, field: "artifact_store.mine.path" });
    expect(config.stacks.map(({ name, components }) => ({ name, components }))).toEqual([
      { name: "default", components: { orchestrator: "default", "artifact-store": "default" } },
      { name: "s", components: { orchestrator: "default", "artifact-store": "mine" } },
    ]);
    expect(config.stacks[1]?.locate(["artifact-store"])).toMatchObject({ line: 6, column: 46 });
  });

  test("one's own stack default and component default win over those that exist anyway", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "orchestrator: { default: { flavor: local }, other: { flavor: local } }\nstack: { default: { orchestrator: other, artifact-store: default } }",
    });
    const config = await load(folder);
    expect(config.components.map(({ type, name, where }) => [type, name, where?.line])).toEqual([
      ["artifact-store", "default", undefined],
      ["orchestrator", "default", 1],
      ["orchestrator", "other", 1],
    ]);
    expect(config.stacks.map(({ components }) => components)).toEqual([
      { orchestrator: "other", "artifact-store": "default" },
    ]);
  });

  test.each(["", "\n", "# only a comment\n", "{}", "---\n"])("%j says nothing, and the defaults exist", async (rc) => {
    const config = await load(await makeProject({ ".zenliterc": rc }));
    expect(config.stacks.map(({ name }) => name)).toEqual(["default"]);
  });

  test("an error tells what to do", async () => {
    const [first] = await errorsOf(load(await makeProject({ ".zenliterc": "flavors: [./mine.ts]" })));
    expect(first?.hint).toContain('module: "./flavors/mine.ts"');
    expect(first?.fault).toBe("user");
  });
});
