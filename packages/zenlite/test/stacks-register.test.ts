// `zenlite stack register` through the command line: what it adds, fills in and refuses.
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
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

describe("register", () => {
  test("adds the stack to the file, whose comments stay, and says what it did", async () => {
    using project = stackProject(components);
    const ended = await project.run("stack", "register", "mine", "-o", "close", "-a", "default");
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'Registered stack "mine" (close, default) in .zenliterc.\n',
      stderr: "",
    });
    expect(project.text()).toContain("# on this machine");
    expect(project.text()).toContain("# containers elsewhere");
    expect(await project.json("stack", "list")).toContainEqual({
      name: "mine",
      active: false,
      components: { orchestrator: "close", "artifact-store": "default" },
      file: project.path(".zenliterc"),
    });
  });

  test("long options, and --set", async () => {
    using project = stackProject(components);
    const options = ["--orchestrator", "close", "--artifact-store", "cloud", "--set"];
    const ended = await project.run("stack", "register", "mine", ...options);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain('Active stack: "mine".');
    expect(readFileSync(project.path(".zenlite", "state", "active-stack"), "utf8")).toBe("mine\n");
  });

  test("what is missing and has one candidate is filled in and said; with several it is refused, naming them", async () => {
    using project = stackProject("");
    const ended = await project.run("stack", "register", "mine");
    expect(ended.stdout.split("\n")).toEqual([
      "No orchestrator named; the only one is taken: default.",
      "No artifact-store named; the only one is taken: default.",
      'Registered stack "mine" (default, default) in .zenliterc.',
      "",
    ]);
    using several = stackProject(components);
    const refused = await several.run("stack", "register", "mine");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("No orchestrator is named, and there are several: default, close.");
    expect(refused.stderr).toContain("No artifact-store is named, and there are several: default, cloud.");
    expect(refused.stderr).toContain("next: zenlite stack register mine -o <orchestrator>");
    expect(several.text()).not.toContain("stack:");
  });

  test("a part that a flavor requires is filled in too", async () => {
    using project = stackProject(`service-connector: { key: { flavor: badge } }
orchestrator: { away: { flavor: far, connector: key } }
artifact-store: { cloud: { flavor: bucket } }
container-registry: { images: { flavor: hub } }
image-builder: { oven: { flavor: kiln } }
`);
    expect(await project.json("stack", "register", "mine", "-o", "away", "-a", "cloud")).toMatchObject({
      components: { orchestrator: "away", "artifact-store": "cloud", "container-registry": "images" },
      filled: [{ type: "container-registry", name: "images" }],
    });
  });

  test("unknown components: all of them, each with the nearest name and the register command", async () => {
    using project = stackProject(components);
    const before = project.text();
    const ended = await project.run("stack", "register", "mine", "-o", "colse", "-a", "default", "-c", "images");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain('There is no orchestrator "colse". Did you mean "close"? Known: default, close.');
    expect(ended.stderr).toContain("next: zenlite stack register mine -o close -a default -c images");
    expect(ended.stderr).toContain("or: zenlite orchestrator register colse -f <flavor>");
    expect(ended.stderr).toContain('There is no container-registry "images". No container-registry is registered.');
    expect(ended.stderr).toContain("next: zenlite container-registry register images -f <flavor>");
    expect(project.text()).toBe(before);
  });

  test("the same again says so; the name with other components is refused", async () => {
    using project = stackProject(twoStacks);
    const before = project.text();
    const again = await project.run("stack", "register", "first", "-o", "close", "-a", "default");
    expect(again).toMatchObject({
      code: 0,
      stdout: 'The stack "first" (close, default) is registered already: .zenliterc:14:3.\n',
    });
    const taken = await project.run("stack", "register", "first", "-o", "close", "-a", "cloud");
    expect(taken.code).toBe(2);
    expect(taken.stderr).toMatch(/ZENLITE_NAME_TAKEN.*\.zenliterc:14:3/);
    expect(taken.stderr).toContain("next: zenlite stack update first -o close -a cloud");
    const builtin = await project.run("stack", "register", "default", "-o", "close", "-a", "default");
    expect(builtin.code).toBe(2);
    expect(builtin.stderr).toContain("it exists without configuration");
    expect(project.text()).toBe(before);
  });

  test.each([
    ["an empty name", "", "cannot be empty"],
    ["a name with spaces", "my stack", "a name has letters"],
    ["a name with slashes", "../mine", "a name has letters"],
    ["__proto__", "__proto__", "reserved"],
    ["300 characters", "x".repeat(300), "at most 100 characters"],
  ])("%s is refused", async (_what, name, says) => {
    using project = stackProject(components);
    const before = project.text();
    const ended = await project.run("stack", "register", name, "-o", "close", "-a", "default");
    expect(ended.stderr).toContain("ZENLITE_CONFIG_NAME");
    expect(ended.stderr).toContain(says);
    expect(ended.code).toBe(2);
    expect(project.text()).toBe(before);
  });

  test.each(["true", "null", "1", "1.0", "1e3", "0x1F", "_", "größe"])("%s is a name like any other", async (name) => {
    using project = stackProject(components);
    expect(await project.run("stack", "register", name, "-o", "close", "-a", "default", "--set")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(await project.json("stack", "get")).toMatchObject({ name });
  });

  test("a flavor whose package is not installed: what to install, and nothing is written", async () => {
    using project = stackProject("", {
      ".zenliterc": "flavors: [zenlite-flavor-nowhere]\norchestrator: { mine: { flavor: nowhere } }\n",
    });
    const before = project.text();
    const ended = await project.run("stack", "register", "s", "-o", "mine", "-a", "default");
    expect(ended).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("npm install zenlite-flavor-nowhere"),
    });
    expect(project.text()).toBe(before);
  });

  test("many at once lose nothing", async () => {
    using project = stackProject(components);
    const names = ["a", "b", "c", "d", "e", "f"];
    const ended = await Promise.all(
      names.map((name) => project.run("stack", "register", name, "-o", "close", "-a", "default")),
    );
    expect(ended.map(({ stderr }) => stderr)).toEqual(names.map(() => ""));
    const stacks = (await project.json("stack", "list")) as readonly { readonly name: string }[];
    expect(new Set(stacks.map(({ name }) => name))).toEqual(new Set([...names, "default"]));
  });

  test("between two commands the file was made read-only, replaced by a folder, or broken", async () => {
    using project = stackProject(components);
    const file = project.path(".zenliterc");
    const register = ["stack", "register", "mine", "-o", "close", "-a", "default", "--set"];
    chmodSync(file, 0o444);
    const before = project.text();
    const readOnly = await project.run(...register);
    expect(readOnly).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("chmod u+w") });
    expect(project.text()).toBe(before);
    rmSync(file);
    mkdirSync(file);
    const folder = await project.run(...register);
    expect(folder).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("ZENLITE_CONFIG_UNREADABLE") });
    rmSync(file, { recursive: true });
    project.write(".zenliterc", "stack: {\n");
    const broken = await project.run(...register);
    expect(broken).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/\.zenliterc:\d+:\d+/) });
    expect(project.text()).toBe("stack: {\n");
    // Nothing is active that is not there.
    expect(project.exists(".zenlite", "state", "active-stack")).toBe(false);
  });

  test("in a project without any file", async () => {
    using project = stackProject();
    rmSync(project.path(".zenliterc"));
    expect((await project.run("stack", "register", "mine")).code).toBe(0);
    expect(project.text()).toContain("mine");
  });
});
