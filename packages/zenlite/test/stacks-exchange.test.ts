// `zenlite stack export` and `zenlite stack import`: a stack from one project to another.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stackProject, type StackProject } from "./stack-project.ts";

const source = `orchestrator:
  away: { flavor: far, connector: key, region: "\${env:REGION:-north}" }
artifact-store:
  cloud: { flavor: bucket, region: "\${secret:cloud.region}" } # not exported
container-registry: { images: { flavor: hub, size: 3 } }
service-connector: { key: { flavor: badge } }
image-builder: { unused: { flavor: kiln } }
stack:
  mine: { orchestrator: away, artifact-store: cloud, container-registry: images }
  plain: { orchestrator: default, artifact-store: default }
`;

async function exported(project: StackProject, stack = "mine"): Promise<string> {
  const { stdout, stderr, code } = await project.run("stack", "export", stack);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout;
}

describe("export", () => {
  test("the stack with its components, connectors and flavors; references as they are written", async () => {
    using project = stackProject(source);
    const { stdout } = await project.runWith(
      { REGION: "south", ZENLITE_SECRET_CLOUD_REGION: "s3cret" },
      "stack",
      "export",
      "mine",
    );
    expect(stdout).toContain("format: 1\n");
    expect(stdout).toContain("region: ${env:REGION:-north}");
    expect(stdout).toContain("region: ${secret:cloud.region}");
    expect(stdout).not.toMatch(/s3cret|south|unused|plain|kiln|near/);
    expect(await project.json("stack", "export", "mine")).toEqual({
      format: 1,
      zenlite: expect.any(String),
      flavors: [
        { type: "orchestrator", name: "far", module: "./flavors/far.ts" },
        { type: "artifact-store", name: "bucket", module: "./flavors/bucket.ts" },
        { type: "container-registry", name: "hub", module: "./flavors/hub.ts" },
        { type: "service-connector", name: "badge", module: "./flavors/badge.ts" },
      ],
      orchestrator: { away: { flavor: "far", connector: "key", region: "${env:REGION:-north}" } },
      "artifact-store": { cloud: { flavor: "bucket", region: "${secret:cloud.region}" } },
      "container-registry": { images: { flavor: "hub", size: 3 } },
      "service-connector": { key: { flavor: "badge" } },
      stack: { mine: { orchestrator: "away", "artifact-store": "cloud", "container-registry": "images" } },
    });
  });

  test("a package is named by its name, once, and what needs no configuration is not named", async () => {
    using project = stackProject("", {
      ".zenliterc":
        'flavors: ["@zenlite/orchestrator-docker"]\norchestrator: { box: { flavor: docker } }\nstack: { mine: { orchestrator: box, artifact-store: default } }\n',
    });
    expect(await project.json("stack", "export", "mine")).toMatchObject({
      flavors: ["@zenlite/orchestrator-docker"],
      stack: { mine: { orchestrator: "box", "artifact-store": "default" } },
    });
    expect(await project.json("stack", "export", "default")).not.toHaveProperty("flavors");
  });

  test("a module of an imported file is named from the project's own", async () => {
    using project = stackProject("$import: ./base/stacks.yaml\n", {
      "base/stacks.yaml":
        "flavors: [{ type: orchestrator, name: other, module: ../flavors/other.ts }]\norchestrator: { far_away: { flavor: other } }\nstack: { shared: { orchestrator: far_away, artifact-store: default } }\n",
      "flavors/other.ts": "",
    });
    expect(await project.json("stack", "export", "shared")).toMatchObject({
      flavors: [{ type: "orchestrator", name: "other", module: "./flavors/other.ts" }],
    });
  });

  test("to a file, and over one only with --force", async () => {
    using project = stackProject(source);
    const file = project.path("mine.yaml");
    expect(await project.run("stack", "export", "mine", "mine.yaml")).toMatchObject({
      code: 0,
      stdout: 'Exported stack "mine" to mine.yaml.\n',
    });
    expect(readFileSync(file, "utf8")).toBe(await exported(project));
    const again = await project.run("stack", "export", "plain", "mine.yaml");
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("next: zenlite stack export plain mine.yaml --force");
    expect((await project.run("stack", "export", "plain", "mine.yaml", "--force")).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(await exported(project, "plain"));
    expect((await project.run("stack", "export", "plain", "no/such/folder.yaml")).code).toBe(2);
    expect((await project.run("stack", "export", "mien")).stderr).toContain("next: zenlite stack export mine");
  });
});

describe("import", () => {
  test("adds what is missing, and the same export again changes nothing", async () => {
    using from = stackProject(source);
    using to = stackProject("", { ".zenliterc": "# mine\n", "theirs.yaml": await exported(from) });
    const ended = await to.run("stack", "import", "theirs.yaml");
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.split("\n")).toEqual([
      'Added orchestrator flavor "far".',
      'Added artifact-store flavor "bucket".',
      'Added container-registry flavor "hub".',
      'Added service-connector flavor "badge".',
      'Added orchestrator "away".',
      'Added artifact-store "cloud".',
      'Added container-registry "images".',
      'Added service-connector "key".',
      'Added stack "mine".',
      'Imported stack "mine" into .zenliterc.',
      "",
    ]);
    expect(to.text()).toMatch(/^# mine\n/);
    expect(await exported(to)).toBe(await exported(from));
    const after = to.text();
    const again = await to.run("stack", "import", "theirs.yaml");
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('Kept artifact-store "cloud": it is there already, with the same content.');
    expect(again.stdout).toContain('Stack "mine" is there already; nothing was changed.');
    expect(to.text()).toBe(after);
  });

  test("under another name", async () => {
    using from = stackProject(source);
    using to = stackProject("stack: { mine: { orchestrator: default, artifact-store: default } }\n", {
      "theirs.yaml": await exported(from),
    });
    const taken = await to.run("stack", "import", "theirs.yaml");
    expect(taken.code).toBe(2);
    expect(taken.stderr).toContain("next: zenlite stack import theirs.yaml --name <name>");
    expect(await to.json("stack", "import", "theirs.yaml", "--name", "theirs")).toMatchObject({
      name: "theirs",
      added: expect.arrayContaining(['stack "theirs"', 'orchestrator "away"']),
      kept: expect.arrayContaining(['orchestrator flavor "far"']),
    });
    expect((await to.run("stack", "import", "theirs.yaml", "--name", "a/b")).stderr).toContain("ZENLITE_CONFIG_NAME");
  });

  test("names with another content: all of them, both places, and nothing is done", async () => {
    using from = stackProject(source);
    using to = stackProject(
      `artifact-store:\n  cloud: { flavor: bucket, region: here }\ncontainer-registry:\n  images: { flavor: hub, size: 3 }\nservice-connector:\n  key: { flavor: badge, size: 1 }\n`,
      { "theirs.yaml": await exported(from) },
    );
    const before = to.text();
    const ended = await to.run("stack", "import", "theirs.yaml");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(
      /The artifact-store "cloud" of theirs\.yaml:\d+:\d+ is another than the one that is there: \.zenliterc:10:3\./,
    );
    expect(ended.stderr).toMatch(/The service-connector "key" of theirs\.yaml:\d+:\d+ .*: \.zenliterc:14:3\./);
    expect(ended.stderr).toContain("next: zenlite artifact-store rename cloud <new-name>");
    expect(ended.stderr).not.toContain("images");
    expect(to.text()).toBe(before);
  });

  test("a default of one's own is not theirs", async () => {
    using from = stackProject(source);
    using to = stackProject("artifact-store: { default: { flavor: bucket } }\n", {
      "plain.yaml": await exported(from, "plain"),
    });
    const ended = await to.run("stack", "import", "plain.yaml");
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The artifact-store "default" of plain.yaml'),
    });
    // Nor is theirs one's own.
    using back = stackProject("", { "mine.yaml": await exported(to, "default") });
    expect((await back.run("stack", "import", "mine.yaml")).stderr).toContain("the builtin one");
  });

  test("what is not there is told with the import's place, and nothing is done", async () => {
    using from = stackProject(source);
    const text = await exported(from);
    using bare = stackProject("", {
      ".zenliterc": "",
      "theirs.yaml": text.replace("./flavors/hub.ts", "./flavors/hup.ts"),
    });
    const missing = await bare.run("stack", "import", "theirs.yaml");
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/ZENLITE_FLAVOR_NOT_FOUND.*theirs\.yaml/);
    expect(missing.stderr).toContain("next: Copy the module");
    expect(bare.text()).toBe("");
    bare.write(
      "packages.yaml",
      "format: 1\nflavors: [zenlite-flavor-nowhere]\norchestrator: { a: { flavor: b } }\nstack: { s: { orchestrator: a, artifact-store: default } }\n",
    );
    const install = await bare.run("stack", "import", "packages.yaml");
    expect(install).toMatchObject({ code: 2, stderr: expect.stringContaining("npm install zenlite-flavor-nowhere") });
    expect(bare.text()).toBe("");
  });

  test("a stack whose components do not fit together is not taken", async () => {
    using project = stackProject("", {
      "far.yaml":
        "format: 1\norchestrator: { a: { flavor: far } }\nstack: { s: { orchestrator: a, artifact-store: default } }\n",
    });
    const before = project.text();
    const ended = await project.run("stack", "import", "far.yaml");
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("needs a container-registry") });
    expect(project.text()).toBe(before);
  });

  const stack = "stack: { s: { orchestrator: default, artifact-store: default } }";
  test.each([
    [
      "a newer format",
      `format: 2\nzenlite: 9.1.0\nstacks: []\n`,
      ["format 2 (zenlite 9.1.0)", "reads format 1", "next: npm install zenlite@latest", "x.yaml:1:9"],
    ],
    ["no format", `${stack}\n`, ["ZENLITE_EXPORT_INVALID", '"format" is missing']],
    ["another format", `format: one\n${stack}\n`, ["expected 1", "x.yaml:1:9"]],
    ["no mapping", "- format: 1\n", ["it is no mapping"]],
    ["an empty file", "", ["it is no mapping"]],
    ["no YAML", "format: {\n", ["ZENLITE_CONFIG_SYNTAX", "x.yaml:"]],
    [
      "a bomb",
      `a: &a [${"x,".repeat(50)}]\n${"bcdefgh"
        .split("")
        .map((key, index) => `${key}: &${key} [${`*${"abcdefgh"[index]},`.repeat(9)}]`)
        .join("\n")}\nformat: 1\n`,
      ["alias"],
    ],
    ["an unknown key", `format: 1\nstakc: {}\n${stack}\n`, ["ZENLITE_CONFIG_UNKNOWN_KEY", "stakc", "x.yaml:2:1"]],
    [
      "two stacks",
      `format: 1\nstack: { a: { orchestrator: default, artifact-store: default }, b: { orchestrator: default, artifact-store: default } }\n`,
      ["Expected one stack, got 2"],
    ],
    ["a base", `format: 1\n$import: ./other.yaml\n${stack}\n`, ["builds upon no other file"]],
    [
      "a component that it does not hold",
      `format: 1\nstack: { s: { orchestrator: o, artifact-store: default } }\n`,
      ["does not hold it", 'orchestrator "o"'],
    ],
    [
      "a name that nothing can have",
      `format: 1\nstack: { "__proto__": { orchestrator: default, artifact-store: default } }\n`,
      ["reserved"],
    ],
  ])("%s is refused", async (_what, text, says) => {
    using project = stackProject("", { "x.yaml": text });
    const before = project.text();
    const ended = await project.run("stack", "import", "x.yaml");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    for (const each of says) expect(ended.stderr).toContain(each);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(project.text()).toBe(before);
  });

  test("a file that is not there, and one that is a folder", async () => {
    using project = stackProject();
    for (const file of ["nowhere.yaml", "flavors"]) {
      const ended = await project.run("stack", "import", file);
      expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(file) });
    }
  });
});
