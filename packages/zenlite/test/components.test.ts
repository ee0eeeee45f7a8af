// The verbs of every component type through the command line: what they say, what they leave in `.zenliterc`, what they refuse.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { componentTypes, type Json } from "@zenlite/core";
import { readText } from "@zenlite/core/config";
import { addComponents } from "../src/cli/commands/components.ts";
import { createProject, zenlite, type Ended, type Project } from "./project.ts";
import { flavorLines, flavorModule, stackProject } from "./stack-project.ts";

const flavors = {
  orchestrator: "near",
  "artifact-store": "bucket",
  "container-registry": "hub",
  "image-builder": "kiln",
  "service-connector": "badge",
} as const;

const richFiles = {
  "flavors/near.ts": flavorModule(
    "orchestrator",
    "near",
    `description: "Runs steps near by.",
    config: defineSchema({
      baseImage: { type: "string", minLength: 1, description: "Image that steps start from.", default: "node:24-slim" },
      size: { type: "integer", minimum: 1 },
      debug: { type: "boolean" },
      mode: { enum: ["fast", "slow"] },
      tags: { type: "array", items: { type: "string" } },
      environment: { type: "object", additionalProperties: { type: "string" } },
      token: { type: "string" },
    }),
    settings: defineSchema({ mode: { enum: ["fast", "slow"], description: "How fast this step is." } }),`,
  ),
};

function expectMistake(ended: Ended, ...says: readonly (string | RegExp)[]): void {
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  for (const text of says)
    expect(ended.stderr).toEqual(
      typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text),
    );
  expect(ended.stderr).not.toMatch(/^\s+at /mu);
}

async function dataIn(text: string): Promise<Json> {
  return (await readText(".zenliterc", text)).value;
}

function lineOf(start: string, text: string): number {
  return text.split("\n").findIndex((line) => line.startsWith(start)) + 1;
}

describe.each(componentTypes)("%s", (type) => {
  const flavor = flavors[type];
  test("register, list, describe, update, rename, delete", async () => {
    using project = stackProject();
    const before = project.text();
    const register = [type, "register", "mine", "-f", flavor, "--region=eu", "--size", "3"];
    expect(await project.run(...register)).toMatchObject({
      code: 0,
      stdout: `Registered ${type} "mine" (flavor ${flavor}) in .zenliterc.\n`,
      stderr: "",
    });
    const registered = project.text();
    expect(registered.startsWith(before)).toBe(true);
    expect(await dataIn(registered)).toMatchObject({ [type]: { mine: { flavor, region: "eu", size: 3 } } });
    const place = `.zenliterc:${lineOf("  mine:", registered)}:3`;

    expect(await project.run(...register)).toMatchObject({
      code: 0,
      stdout: `The ${type} "mine" (flavor ${flavor}) is registered already: ${place}.\n`,
    });
    expectMistake(
      await project.run(type, "register", "mine", "-f", flavor, "--region=us"),
      "ZENLITE_NAME_TAKEN",
      place,
      `next: zenlite ${type} update mine --region=…`,
    );
    expect(project.text()).toBe(registered);

    const listed = await project.json(type, "list");
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type, name: "mine", flavor, config: { region: "eu", size: 3 } }),
      ]),
    );
    const table = await project.run(type, "list");
    expect(table.stdout).toMatch(new RegExp(`^ +mine +${flavor} +\\${place}\\s*$`, "mu"));
    expect((await project.run(type, "describe", "mine")).stdout).toMatch(
      new RegExp(
        `${flavor} \\(\\./flavors/${flavor}\\.ts\\)[^]*declared +\\${place}[^]*used by +nothing[^]*region +eu\nsize +3\n`,
        "u",
      ),
    );

    expect((await project.run(type, "update", "mine", "--region=us", "--unset", "size")).stdout).toBe(
      `Updated ${type} "mine" (region; without size) in .zenliterc.\n`,
    );
    expect((await project.run(type, "update", "mine", "--region=us", "--unset=size")).stdout).toBe(
      `Nothing to change: ${type} "mine" is so already.\n`,
    );
    expect((await project.run(type, "rename", "mine", "yours")).stdout).toBe(
      `Renamed ${type} "mine" to "yours" in .zenliterc.\n`,
    );
    expect(await dataIn(project.text())).toMatchObject({ [type]: { yours: { flavor, region: "us" } } });
    expect(await project.json(type, "delete", "yours")).toEqual({
      type,
      name: "yours",
      file: project.path(".zenliterc"),
      changed: true,
    });
    expect(project.text().trimEnd()).toBe(before.trimEnd());
  });
});

test("a connector is registered with --type, and named by its type on every command", async () => {
  using project = stackProject();
  expect((await project.run("service-connector", "register", "sso", "--type", "badge")).stdout).toBe(
    'Registered service-connector "sso" (flavor badge) in .zenliterc.\n',
  );
  expectMistake(
    await project.run("service-connector", "register", "b", "--type", "badge", "--connector", "sso"),
    "ZENLITE_OPTION_UNKNOWN",
    "A service-connector has no connector of its own.",
  );
  expectMistake(
    await project.run("service-connector", "register", "b", "--type", "badge", "-f", "other"),
    "one option",
  );
  expectMistake(await project.run("service-connector", "connect", "sso", "sso"), "unknown command 'connect'");
});

test("keys in every spelling, values of every kind, references kept as written", async () => {
  using project = stackProject("", richFiles);
  const registered = await project.json(
    "orchestrator",
    "register",
    "--debug",
    "mine",
    "--flavor=near",
    "--base-image",
    "24",
    "--tags=a,b",
    "--tags=c",
    "--environment=A=1,B=x=y",
    "--size=${env:SIZE}",
    "--token=${secret:near.token}",
  );
  const config = {
    debug: true,
    base_image: "24",
    tags: ["a", "b", "c"],
    environment: { A: "1", B: "x=y" },
    size: "${env:SIZE}",
    token: "${secret:near.token}",
  };
  expect(registered).toMatchObject({ type: "orchestrator", name: "mine", flavor: "near", config, changed: true });
  expect(await project.json("orchestrator", "describe", "mine")).toMatchObject({ config });
  const secret = { ZENLITE_SECRET_NEAR_TOKEN: "hunter2-hunter2", SIZE: "5" };
  for (const args of [
    ["describe", "mine"],
    ["list", "--json"],
    ["describe", "mine", "--json"],
  ]) {
    const { stdout, stderr } = await project.runWith(secret, "orchestrator", ...args);
    expect(stdout + stderr).not.toContain("hunter2");
  }
});

describe("mistakes", () => {
  const longName = "a".repeat(300);
  const cases: readonly [string, readonly string[], ...string[]][] = [
    ["an empty name", ["register", "", "-f", "near"], "ZENLITE_CONFIG_NAME", "cannot be empty"],
    ["a name with spaces", ["register", "a b", "-f", "near"], "ZENLITE_CONFIG_NAME", '"a b"'],
    ["a name with slashes", ["register", "a/b", "-f", "near"], "ZENLITE_CONFIG_NAME", '"a/b"'],
    ["__proto__", ["register", "__proto__", "-f", "near"], "ZENLITE_CONFIG_NAME", "reserved"],
    ["300 characters", ["register", longName, "-f", "near"], "ZENLITE_CONFIG_NAME", "at most 100"],
    ["a new name with slashes", ["rename", "used", "a/b"], "ZENLITE_CONFIG_NAME", '"a/b"'],
    ["a new name that is taken", ["rename", "used", "spare"], "ZENLITE_NAME_TAKEN", "spare"],
    ["the same new name", ["rename", "used", "used"], "ZENLITE_ARGUMENT_INVALID", "already"],
    ["no name", ["register", "-f", "near"], "missing required argument 'name'"],
    ["no name but a key", ["register", "-f", "near", "--debug"], "ZENLITE_ARGUMENT_INVALID", "name"],
    ["no flavor", ["register", "x"], "-f <flavor>", "near"],
    ["a misspelt option", ["register", "x", "--flavour", "near"], 'Did you mean "--flavor"?'],
    ["an unknown flavor", ["register", "x", "-f", "naer"], "ZENLITE_FLAVOR_UNKNOWN", 'Did you mean "near"?'],
    [
      "a flavor that is published and not installed",
      ["register", "x", "-f", "aws-step"],
      "npm install @zenlite/orchestrator-aws-step",
      "zenlite orchestrator flavor register @zenlite/orchestrator-aws-step",
    ],
    [
      "an unknown key",
      ["register", "x", "-f", "near", "--basse_image=a"],
      'Did you mean "--base_image"?',
      "zenlite orchestrator explain near",
    ],
    ["a wrong number", ["register", "x", "-f", "near", "--size=many"], "--size: expected a whole number", "many"],
    ["a number too small", ["register", "x", "-f", "near", "--size=0"], "at least 1"],
    ["a wrong choice", ["register", "x", "-f", "near", "--mode=fats"], 'Did you mean "fast"?'],
    ["an empty text", ["register", "x", "-f", "near", "--base_image="], "--base_image", "not empty"],
    ["no value", ["register", "x", "-f", "near", "--base_image"], "a value is missing"],
    ["broken JSON", ["register", "x", "-f", "near", "--tags=[1,"], "--tags: no JSON"],
    ["a wrong member", ["register", "x", "-f", "near", '--environment={"A": 1}'], "--environment.A: expected a string"],
    ["no reference", ["register", "x", "-f", "near", "--token=${nope}"], "ZENLITE_REFERENCE_INVALID", "${nope}"],
    ["a word too many", ["register", "x", "y", "-f", "near"], 'Unexpected "y"'],
    [
      "several at once",
      ["register", "x", "-f", "near", "--size=a", "--debug=b", "--nope=c"],
      "--size",
      "--debug",
      "--nope",
    ],
    [
      "an unknown connector",
      ["register", "x", "-f", "near", "--connector", "ssso"],
      "ZENLITE_COMPONENT_UNKNOWN",
      "ssso",
    ],
    ["updating nothing", ["update", "used"], "nothing to update"],
    ["updating what is not there", ["update", "usedd", "--size=1"], 'Did you mean "used"?'],
    ["updating the flavor", ["update", "used", "--flavor", "far"], "A component keeps its flavor"],
    ["updating the connector", ["update", "used", "--connector", "sso"], "zenlite orchestrator connect"],
    ["updating to a wrong value", ["update", "used", "--size=0"], "--size: expected at least 1"],
    ["taking an unknown key away", ["update", "used", "--unset", "sice"], "--unset sice", '"size"'],
    ["setting and taking away", ["update", "used", "--size=2", "--unset", "size"], "the same command sets it"],
    [
      "updating the default",
      ["update", "default", "--max-parallel=2"],
      "ZENLITE_BUILTIN",
      "exists without configuration",
    ],
    ["renaming the default", ["rename", "default", "x"], "ZENLITE_BUILTIN"],
    ["deleting the default", ["delete", "default"], "ZENLITE_BUILTIN"],
    ["another default", ["register", "default", "-f", "near"], "ZENLITE_NAME_TAKEN", "exists without configuration"],
    [
      "deleting what a stack uses",
      ["delete", "used"],
      "ZENLITE_COMPONENT_USED",
      'stack "main"',
      "zenlite stack delete main",
    ],
    ["describing what is not there", ["describe", "__proto__"], "ZENLITE_COMPONENT_UNKNOWN"],
    ["explaining what is not there", ["explain", "naer"], 'Did you mean "near"?'],
    ["an unknown verb", ["regster", "x"], "Did you mean register?"],
    ["an unknown option of a list", ["list", "--jsn"], "Did you mean --json?"],
  ];
  test.concurrent.each(cases)("%s", async (_name, args, ...says) => {
    using project = stackProject(
      `orchestrator:
  used: { flavor: near, size: 1 }
  spare: { flavor: near }
stack:
  main: { orchestrator: used, artifact-store: default }
`,
      richFiles,
    );
    const before = project.text();
    expectMistake(await project.run("orchestrator", ...args), ...says);
    expect(project.text()).toBe(before);
  });
  test("with --json the error is data too", async () => {
    using project = stackProject();
    const { stdout, code } = await project.run("orchestrator", "describe", "nope", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ event: "error", code: "ZENLITE_COMPONENT_UNKNOWN" });
  });
});

const linked = `service-connector:
  sso: { flavor: badge }
artifact-store:
  # Everything of this year.
  files: { flavor: bucket, connector: sso } # ours
orchestrator:
  runs: { flavor: near }
stack:
  main: { orchestrator: runs, artifact-store: files }
  other: { orchestrator: default, artifact-store: files }
`;

test("a new name goes to every stack and component that uses the old one; nothing else changes", async () => {
  using project = stackProject(linked);
  expect((await project.run("artifact-store", "rename", "files", "archive")).stdout).toBe(
    'Renamed artifact-store "files" to "archive", also in stack "main", stack "other", in .zenliterc.\n',
  );
  expect((await project.run("service-connector", "rename", "sso", "login")).stdout).toBe(
    'Renamed service-connector "sso" to "login", also in "archive", in .zenliterc.\n',
  );
  expect(project.text()).toBe(
    flavorLines +
      linked
        .replace("  files:", "  archive:")
        .replaceAll("artifact-store: files", "artifact-store: archive")
        .replace("  sso:", "  login:")
        .replace("connector: sso", "connector: login"),
  );
});

test("connect, disconnect; a connector that a component uses stays", async () => {
  using project = stackProject(linked);
  expectMistake(
    await project.run("service-connector", "delete", "sso"),
    "ZENLITE_COMPONENT_USED",
    'artifact-store "files"',
    "zenlite artifact-store disconnect files",
  );
  expect((await project.run("orchestrator", "connect", "runs", "--connector", "sso")).stdout).toBe(
    'Connected orchestrator "runs" with "sso", with which it can be opened, in .zenliterc.\n',
  );
  expect(project.text()).toContain("  runs: { flavor: near, connector: sso }\n");
  expect((await project.run("orchestrator", "connect", "runs", "sso")).stdout).toContain("already");
  expectMistake(await project.run("orchestrator", "connect", "runs"), "The connector is missing.", "--connector sso");
  expectMistake(await project.run("orchestrator", "connect", "runs", "sos"), 'Did you mean "sso"?');
  expectMistake(await project.run("orchestrator", "connect", "default", "sso"), "ZENLITE_BUILTIN");
  expect((await project.run("service-connector", "describe")).stdout).toContain(
    "artifact-store files, orchestrator runs",
  );
  expect((await project.run("orchestrator", "disconnect", "runs")).stdout).toBe(
    'Disconnected orchestrator "runs" from "sso" in .zenliterc.\n',
  );
  expect((await project.run("orchestrator", "disconnect", "runs")).stdout).toBe(
    'The orchestrator "runs" has no connector.\n',
  );
  await project.run("artifact-store", "disconnect", "files");
  expect((await project.run("service-connector", "delete", "sso")).code).toBe(0);
  expect(project.text()).toBe(
    flavorLines + linked.replace("service-connector:\n  sso: { flavor: badge }\n", "").replace(", connector: sso", ""),
  );
});

test("the component of the active stack is marked, and described where none is named", async () => {
  using project = stackProject(linked);
  const active = { ZENLITE_STACK: "main" };
  const { stdout } = await project.runWith(active, "orchestrator", "list");
  expect(stdout).toMatch(/^\* +runs +near/mu);
  expect(stdout).toMatch(/^ {3}default +local +builtin/mu);
  expect((await project.runWith(active, "orchestrator", "describe")).stdout).toMatch(
    /^orchestrator +runs \(active\)$/mu,
  );
  expect((await project.run("orchestrator", "describe")).stdout).toContain("exists without configuration");
  expectMistake(await project.run("image-builder", "describe"), "No image-builder is registered.");
  expect((await project.run("image-builder", "list")).stdout).toContain("zenlite image-builder register");
});

test("a key that somebody wrote by mistake can be taken away", async () => {
  using project = stackProject("orchestrator:\n  mine: { flavor: near, sice: 3, size: 4 }\n");
  expectMistake(
    await project.run("orchestrator", "update", "mine", "--size=5"),
    /\.zenliterc:10:\d+ orchestrator\.mine\.sice/u,
  );
  expect(await project.run("orchestrator", "update", "mine", "--size=5", "--unset", "sice")).toMatchObject({ code: 0 });
  expect(project.text()).toContain("  mine: { flavor: near, size: 5 }\n");
});

test("explain shows every key of the config and of the settings", async () => {
  using project = stackProject("", richFiles);
  const { stdout } = await project.run("orchestrator", "explain", "near");
  expect(stdout).toMatch(/^KEY +TYPE +DEFAULT +REQUIRED +MEANING$/mu);
  expect(stdout).toMatch(/^base_image +string +node:24-slim +Image that steps start from\.$/mu);
  expect(stdout).toMatch(/^mode +fast \| slow +How fast this step is\.$/mu);
  expect(stdout).toContain("under settings.orchestrator or settings.orchestrator.near:");
  expect(await project.json("orchestrator", "explain", "near")).toMatchObject({
    name: "near",
    description: "Runs steps near by.",
    config: expect.arrayContaining([{ key: "size", type: "integer", required: false, meaning: "(from 1)" }]),
    settings: [{ key: "mode", type: "fast | slow", required: false, meaning: "How fast this step is." }],
  });
});

test("what an imported file declares is shown with its place and not changed from here", async () => {
  using project = stackProject("", {
    "base/.zenliterc": `flavors:
  - { type: orchestrator, name: near, module: ../flavors/near.ts }
orchestrator:
  shared: { flavor: near, size: 2 }
`,
    ".zenliterc": "$import: ./base/.zenliterc\n",
  });
  expect((await project.run("orchestrator", "list")).stdout).toMatch(/^ +shared +near +base\/\.zenliterc:4:3/mu);
  for (const args of [
    ["update", "shared", "--size=3"],
    ["rename", "shared", "ours"],
    ["delete", "shared"],
    ["flavor", "delete", "near"],
  ])
    expect((await project.run("orchestrator", ...args)).stderr).toMatch(
      /ZENLITE_(?:CONFIG_INHERITED|FLAVOR_USED)[^]*base\/\.zenliterc/u,
    );
  expect(project.text()).toBe("$import: ./base/.zenliterc\n");
  expect((await project.run("orchestrator", "register", "own", "-f", "near")).code).toBe(0);
  expect(await dataIn(project.text())).toEqual({
    $import: "./base/.zenliterc",
    orchestrator: { own: { flavor: "near" } },
  });
});

describe("a file that cannot be worked with", () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]
${"bcdefghi"
  .split("")
  .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(", ")}]`)
  .join("\n")}
`;
  const register = ["orchestrator", "register", "x", "-f", "local"];
  const spoilt: readonly (readonly [string, number, string, (project: Project) => void])[] = [
    ["broken by hand", 2, "ZENLITE_CONFIG_SYNTAX", (project) => project.write(".zenliterc", "stack:\n  a: {\n")],
    ["a YAML bomb", 2, "ZENLITE_CONFIG_SYNTAX", (project) => project.write(".zenliterc", bomb)],
    [
      "a directory",
      2,
      "ZENLITE_CONFIG_UNREADABLE",
      (project) => {
        rmSync(project.path(".zenliterc"), { force: true });
        mkdirSync(project.path(".zenliterc"));
      },
    ],
    ["read-only", 3, "ZENLITE_CONFIG_READ_ONLY", (project) => chmodSync(project.path(".zenliterc"), 0o444)],
  ];
  test.each(spoilt)("%s", async (_name, code, says, spoil) => {
    using project = createProject({ ".zenliterc": "" });
    expect((await zenlite(project.folder, ["orchestrator", "register", "first", "-f", "local"])).code).toBe(0);
    spoil(project);
    const ended = await zenlite(project.folder, register);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).not.toMatch(/^\s+at /mu);
  });
  test("a program is not changed: the lines to add are printed", async () => {
    using project = createProject({ "zenlite.config.ts": "export default {};\n" });
    const ended = await zenlite(project.folder, [...register, "--isolation=process"]);
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toMatch(/ZENLITE_CONFIG_NOT_EDITABLE[^]*isolation/u);
    expect(readFileSync(project.path("zenlite.config.ts"), "utf8")).toBe("export default {};\n");
  });
  test("JSON stays JSON", async () => {
    using project = createProject();
    writeFileSync(project.path(".zenliterc.json"), '{\n  "stack": {}\n}\n');
    expect((await zenlite(project.folder, [...register, "--max-parallel=2"])).code).toBe(0);
    expect(JSON.parse(readFileSync(project.path(".zenliterc.json"), "utf8"))).toEqual({
      stack: {},
      orchestrator: { x: { flavor: "local", max_parallel: 2 } },
    });
  });
});

test("without a file one is made in the project's folder, also from a folder below", async () => {
  using project = createProject({ "src/run.ts": "" });
  const ended = await zenlite(project.path("src"), ["orchestrator", "register", "x", "-f", "local"]);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("in ../.zenliterc.") });
  expect(await dataIn(readFileSync(project.path(".zenliterc"), "utf8"))).toEqual({
    orchestrator: { x: { flavor: "local" } },
  });
});

test("every command says what it is for, with an example", () => {
  const program = new Command("zenlite");
  addComponents(program, async () => {});
  const leaves = (command: Command): readonly Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  for (const command of leaves(program)) {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(command.description()).not.toBe("");
    expect(help).toMatch(/\nExamples?:\n {2}zenlite /u);
    expect(help).toContain("--json");
  }
});
