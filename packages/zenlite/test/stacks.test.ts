// `zenlite stack set|get|list|describe|update|rename|delete` through the command line, each in a project of its own.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stackProject } from "./stack-project.ts";

const components = `orchestrator:
  close: { flavor: near } # on this machine
artifact-store:
  cloud: { flavor: bucket, region: "\${env:REGION}" }
`;
const twoStacks = `${components}stack:
  first: { orchestrator: close, artifact-store: default } # the old one
  second:
    orchestrator: close
    artifact-store: cloud
`;

describe("set and get", () => {
  test("who says which stack: --stack, ZENLITE_STACK, the one set, the default", async () => {
    using project = stackProject(twoStacks);
    const state = project.path(".zenlite", "state", "active-stack");
    expect((await project.run("stack", "get")).stdout).toBe("default (nothing else is chosen)\n");
    expect(await project.run("stack", "set", "first")).toMatchObject({ code: 0, stdout: 'Active stack: "first".\n' });
    expect((await project.run("stack", "get")).stdout).toBe(
      "first (set by zenlite stack set, in .zenlite/state/active-stack)\n",
    );
    expect(await project.json("stack", "get")).toEqual({ name: "first", from: state });
    const other = await project.runWith({ ZENLITE_STACK: "second" }, "stack", "get");
    expect(other.stdout).toBe("second (from ZENLITE_STACK)\n");
    expect(await project.json("stack", "get", "--stack", "second")).toEqual({ name: "second", from: "--stack" });
    // Local state is not committed.
    expect(readFileSync(project.path(".zenlite", ".gitignore"), "utf8")).toBe("*\n");
  });

  test("an unknown one: the nearest, and nothing is written", async () => {
    using project = stackProject(twoStacks);
    const ended = await project.run("stack", "set", "secnd");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain('There is no stack "secnd". Did you mean "second"? Known: default, first, second.');
    expect(ended.stderr).toContain("next: zenlite stack set second");
    expect(project.exists(".zenlite")).toBe(false);
  });

  test("where ZENLITE_STACK is set, it says that it overrides", async () => {
    using project = stackProject(twoStacks);
    const ended = await project.runWith({ ZENLITE_STACK: "second" }, "stack", "set", "first");
    expect(ended).toMatchObject({ code: 0, stdout: 'Active stack: "first".\n' });
    expect(ended.stderr).toContain("ZENLITE_STACK=second overrides it");
    expect((await project.runWith({ ZENLITE_STACK: "first" }, "stack", "set", "first")).stderr).toBe("");
  });

  test("of many at once one is left, whole", async () => {
    using project = stackProject(twoStacks);
    const names = ["default", "first", "second"];
    const ended = await Promise.all([...names, ...names].map((name) => project.run("stack", "set", name)));
    expect(ended.map(({ code }) => code)).toEqual(Array(6).fill(0));
    expect(readdirSync(project.path(".zenlite", "state"))).toEqual(["active-stack"]);
    expect(names).toContain(readFileSync(project.path(".zenlite", "state", "active-stack"), "utf8").trim());
  });

  test("one that was set and is gone: who says so, and how to choose another", async () => {
    using project = stackProject(twoStacks, { ".zenlite/state/active-stack": "third\n" });
    const ended = await project.run("stack", "get");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("active-stack");
    expect(ended.stderr).toContain("next: zenlite stack set <name>");
    const list = await project.run("stack", "list");
    expect(list).toMatchObject({ code: 0, stderr: expect.stringContaining('the active stack "third"') });
    expect((await project.run("stack", "set", "second")).code).toBe(0);
  });

  test("state that cannot be written is the environment's fault", async () => {
    using project = stackProject(twoStacks, { ".zenlite/state/active-stack/file": "a folder in its place" });
    const ended = await project.run("stack", "set", "second");
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(ended.stderr).toContain("ZENLITE_STATE_FOLDER");
  });
});

describe("list and describe", () => {
  test("a table, with the active one marked, and no column that nothing fills", async () => {
    using project = stackProject(twoStacks);
    await project.run("stack", "set", "second");
    expect((await project.run("stack", "list")).stdout).toBe(
      [
        "   STACK    ORCHESTRATOR  ARTIFACT-STORE",
        "   default  default       default",
        "   first    close         default",
        "*  second   close         cloud",
        "",
      ].join("\n"),
    );
  });

  test("describe: flavors, where they come from, and the configuration as it is written", async () => {
    using project = stackProject(twoStacks);
    const { stdout, stderr, code } = await project.run("stack", "describe", "second");
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toContain('Stack "second", not active, declared in .zenliterc:15:3');
    expect(stdout).toMatch(/artifact-store +cloud +bucket +\.\/flavors\/bucket\.ts +region: \$\{env:REGION\}/);
    expect(await project.json("stack", "describe")).toMatchObject({ name: "default", active: true, problems: [] });
  });

  test("describe tells what is wrong beside what it shows", async () => {
    using project = stackProject(twoStacks.replace("flavor: near", "flavor: near, size: many, regoin: x"));
    const ended = await project.run("stack", "describe", "first");
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("size: many");
    expect(ended.stderr).toContain("ZENLITE_CONFIG_UNKNOWN_KEY");
    expect(await project.json("stack", "describe", "first")).toMatchObject({
      problems: [
        { code: "ZENLITE_CONFIG_INVALID", hint: "zenlite orchestrator update close --size=<value>" },
        { code: "ZENLITE_CONFIG_UNKNOWN_KEY", hint: "zenlite orchestrator explain near" },
      ],
    });
  });
});

describe("update", () => {
  test("exchanges components, takes them out, and leaves the rest of the file as it was", async () => {
    using project = stackProject(`${twoStacks}container-registry: { images: { flavor: hub } }\n`);
    const update = (...args: readonly string[]): Promise<unknown> => project.json("stack", "update", "first", ...args);
    expect(await update("-a", "cloud", "-c", "images")).toMatchObject({
      components: { orchestrator: "close", "artifact-store": "cloud", "container-registry": "images" },
      changed: true,
    });
    expect(project.text()).toContain("# the old one");
    expect(await update("--remove", "container_registry")).toMatchObject({
      components: { orchestrator: "close", "artifact-store": "cloud" },
    });
    expect(await update("-a", "cloud")).toMatchObject({ changed: false });
    const same = await project.run("stack", "update", "first", "--remove", "image-builder");
    expect(same).toMatchObject({ code: 0, stdout: 'Stack "first" is so already; nothing was changed.\n' });
  });

  test.each([
    [["first"], "Nothing to change is named"],
    [["first", "-a", "clowd"], 'Did you mean "cloud"?'],
    [["frist", "-a", "cloud"], "next: zenlite stack update first -a cloud"],
    [["first", "--remove", "orchestrator"], "every stack has an orchestrator"],
    [["first", "--remove", "container-registri"], 'Did you mean "container-registry"?'],
    [["first", "--remove", "container-registry", "-c", "x"], "to be set and to be removed"],
    [["default", "-a", "cloud"], "exists without configuration"],
  ])("%j is refused", async (args, says) => {
    using project = stackProject(twoStacks);
    const before = project.text();
    const ended = await project.run("stack", "update", ...args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(says);
    expect(project.text()).toBe(before);
  });

  test("mends a file whose stack names a component that is gone", async () => {
    using project = stackProject(twoStacks.replace("artifact-store: cloud", "artifact-store: clod"));
    const broken = await project.run("stack", "list");
    expect(broken.code).toBe(2);
    expect(broken.stderr).toContain("next: zenlite stack update second -a cloud");
    expect((await project.run("stack", "update", "second", "-a", "cloud")).code).toBe(0);
    expect((await project.run("stack", "list")).code).toBe(0);
  });
});

describe("rename and delete", () => {
  test("the active stack follows its name", async () => {
    using project = stackProject(twoStacks);
    await project.run("stack", "set", "first");
    expect(await project.run("stack", "rename", "first", "third")).toMatchObject({
      code: 0,
      stdout: 'Renamed stack "first" to "third" in .zenliterc; it stays the active one.\n',
    });
    expect(await project.json("stack", "get")).toMatchObject({ name: "third" });
    expect(project.text()).toContain("# the old one");
    expect(await project.json("stack", "rename", "second", "fourth")).toMatchObject({ active: false });
  });

  test.each([
    [["default", "other"], "exists without configuration"],
    [["first", "second"], "ZENLITE_NAME_TAKEN"],
    [["first", "first"], "ZENLITE_NAME_TAKEN"],
    [["first", "a b"], "ZENLITE_CONFIG_NAME"],
    [["firts", "third"], "next: zenlite stack rename first third"],
  ])("rename %j is refused", async (args, says) => {
    using project = stackProject(twoStacks);
    const before = project.text();
    const ended = await project.run("stack", "rename", ...args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(says);
    expect(project.text()).toBe(before);
  });

  test("delete takes the stack and leaves its components", async () => {
    using project = stackProject(twoStacks);
    expect(await project.run("stack", "delete", "first")).toMatchObject({
      code: 0,
      stdout: 'Deleted stack "first" from .zenliterc; its components stay.\n',
    });
    expect(project.text()).not.toContain("first");
    expect(project.text()).toContain("close");
    expect((await project.run("stack", "delete", "first")).code).toBe(2);
  });

  test("the active one is not deleted, whoever says that it is the active one", async () => {
    using project = stackProject(twoStacks);
    const variable = await project.runWith({ ZENLITE_STACK: "second" }, "stack", "delete", "second");
    expect(variable).toMatchObject({ code: 2, stderr: expect.stringContaining("next: unset ZENLITE_STACK") });
    await project.run("stack", "set", "first");
    const refused = await project.run("stack", "delete", "first");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("next: zenlite stack set default") });
    // Overridden for now, it would be gone when the variable is.
    expect((await project.runWith({ ZENLITE_STACK: "second" }, "stack", "delete", "first")).code).toBe(2);
    expect((await project.run("stack", "delete", "default")).stderr).toContain("exists without configuration");
    expect((await project.run("stack", "delete", "second")).code).toBe(0);
  });
});

describe("a stack of an imported file", () => {
  const base = `stack: { shared: { orchestrator: default, artifact-store: default } }\n`;

  test("is listed with its file, can be chosen, and is not changed from here", async () => {
    using project = stackProject("$import: ./base/stacks.yaml\n", { "base/stacks.yaml": base });
    const list = await project.run("stack", "list");
    expect(list.stdout).toMatch(/STACK +ORCHESTRATOR +ARTIFACT-STORE +FILE/);
    expect(list.stdout).toMatch(/shared +default +default +base\/stacks\.yaml/);
    expect((await project.run("stack", "set", "shared")).code).toBe(0);
    for (const args of [
      ["update", "shared", "-a", "default"],
      ["rename", "shared", "mine"],
      ["delete", "shared"],
    ]) {
      const refused = await project.run("stack", ...args);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("base/stacks.yaml") });
    }
    expect(readFileSync(project.path("base", "stacks.yaml"), "utf8")).toBe(base);
  });
});

test("a configuration that is a program is not changed; the lines to add are printed", async () => {
  using project = stackProject("", {
    "zenlite.config.ts": "export default { orchestrator: { own: { flavor: 'local' } } };\n",
  });
  rmSync(project.path(".zenliterc"));
  const ended = await project.run("stack", "register", "mine", "-o", "own", "-a", "default");
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("ZENLITE_CONFIG_NOT_EDITABLE");
  expect(ended.stderr).toContain("mine");
  expect((await project.run("stack", "list")).code).toBe(0);
});

test("every verb has a description and an example", async () => {
  using project = stackProject();
  const verbs = [
    "register",
    "set",
    "get",
    "list",
    "describe",
    "update",
    "rename",
    "delete",
    "validate",
    "export",
    "import",
  ];
  const helps = await Promise.all(verbs.map((verb) => project.run("stack", verb, "--help")));
  for (const [index, { stdout, code }] of helps.entries()) {
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: zenlite stack ${verbs[index]}`);
    expect(stdout).toMatch(/Example:\n {2}zenlite stack/);
  }
  const unknown = await project.run("stack", "regsiter");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("register") });
});
