// Mistakes of a user: a code, a place, the next step; exit 2; nothing recorded, nothing started.
import { describe, expect, test } from "vitest";
import { createProject, dockerConfiguration, engineMissing, zenlite, type Project } from "./project.ts";

const good = `import { pipeline, step } from "zenlite";
export const one = step("one", ({ size }: { size: number }) => ({ size }));
export const two = step("two", ({ size }: { size: number }) => ({ twice: size * 2 }));
export const pair = pipeline("pair", { parameters: { scale: 1 } }, ({ scale }) => {
  const { size } = one({ size: scale });
  return two({ size });
});
`;

interface Case {
  readonly name: string;
  readonly files?: { readonly [name: string]: string };
  readonly prepare?: (project: Project) => void;
  readonly args?: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  /** All of these stand in the error. */
  readonly says: readonly (string | RegExp)[];
  /**
   * Set for mistakes in the configuration: `stack validate --all` tells them as well, and so does every verb that reads the file.
   * `flavors`: only importing a flavor shows it, and `stack list` imports none.
   */
  readonly config?: "file" | "flavors";
  readonly engine?: true;
}

const run = ["run", "run.ts"];

const flavorPackage = (project: Project, name: string, manifest: object, module: string): void => {
  project.write(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./index.js", zenliteFlavors: manifest }),
  );
  project.write(`node_modules/${name}/index.js`, module);
};

const cases: readonly Case[] = [
  {
    name: "malformed YAML",
    files: { ".zenliterc": "stack:\n  a: {\n" },
    says: [/\.zenliterc:\d+:\d+/],
    config: "file",
  },
  {
    name: "malformed JSON",
    files: { ".zenliterc.json": '{ "stack": { ' },
    says: [/\.zenliterc\.json:\d+:\d+/],
    config: "file",
  },
  {
    name: "a TypeScript configuration that throws",
    files: { "zenlite.config.ts": 'throw new Error("the moon is full");' },
    says: ["zenlite.config.ts", "the moon is full"],
    config: "file",
  },
  {
    name: "an unknown key at the top",
    files: { ".zenliterc": "stacks:\n  a: {}\n" },
    says: [".zenliterc:1:1", "stacks", "stack"],
    config: "file",
  },
  {
    name: "an unknown key in a component",
    files: { ".zenliterc": dockerConfiguration.replace("base_image", "basse_image") },
    says: [/\.zenliterc:4:\d+/, "basse_image", "base_image"],
    config: "flavors",
  },
  {
    name: "a wrong type in a component",
    files: { ".zenliterc": dockerConfiguration.replace("base_image:", "look_ahead: many, base_image:") },
    says: [/\.zenliterc:4:\d+/, "look_ahead", "many"],
    config: "flavors",
  },
  {
    name: "a stack that names a missing component",
    files: { ".zenliterc": dockerConfiguration.replace("orchestrator: containers,", "orchestrator: container,") },
    says: [/\.zenliterc:6:\d+/, "container", "containers"],
    config: "file",
  },
  {
    name: "a component that names a missing flavor",
    files: {
      ".zenliterc":
        "artifact-store:\n  cloud: { flavor: s3 }\nstack:\n  a: { orchestrator: default, artifact-store: cloud }\n",
    },
    says: [/\.zenliterc:2:\d+/, "zenlite artifact-store flavor register @zenlite/artifact-store-s3"],
    config: "file",
  },
  {
    name: "a flavor package that is not installed",
    files: { ".zenliterc": 'flavors: ["zenlite-flavor-nowhere"]\n' },
    says: ["ZENLITE_FLAVOR_NOT_INSTALLED", "npm install zenlite-flavor-nowhere"],
    config: "file",
  },
  {
    name: "a flavor whose import throws",
    files: {
      ".zenliterc":
        'flavors: ["broken-flavor"]\norchestrator:\n  mine: { flavor: broken }\nstack:\n  other: { orchestrator: mine, artifact-store: default }\n',
    },
    prepare: (project) =>
      flavorPackage(
        project,
        "broken-flavor",
        { contract: 1, flavors: [{ type: "orchestrator", name: "broken", module: "." }] },
        'throw new Error("out of cheese");',
      ),
    args: [...run, "--stack", "other"],
    says: ["ZENLITE_FLAVOR_BROKEN", "out of cheese"],
    config: "flavors",
  },
  {
    name: "a flavor of a contract from the future",
    files: { ".zenliterc": 'flavors: ["future-flavor"]\norchestrator:\n  mine: { flavor: later }\n' },
    prepare: (project) =>
      flavorPackage(
        project,
        "future-flavor",
        { contract: 9, flavors: [{ type: "orchestrator", name: "later", module: "." }] },
        "export default {};",
      ),
    says: ["ZENLITE_CONTRACT_TOO_NEW", "9"],
    config: "file",
  },
  {
    name: "a stack that does not exist",
    args: [...run, "--stack", "defualt"],
    says: ["defualt", 'Did you mean "default"?'],
  },
  { name: "a module that does not exist", args: ["run", "rum.ts"], says: ["rum.ts"] },
  { name: "an export that does not exist", args: ["run", "run.ts#pear"], says: ["pear", "pair"] },
  { name: "a syntax error in the module", files: { "run.ts": "export const x = ;\n" }, says: [/run\.ts:1:1\d/] },
  {
    name: "an import that cannot be resolved",
    files: { "run.ts": 'import nothing from "not-there";\nconsole.log(nothing);\n' },
    says: ["run.ts:1:", "npm install not-there"],
  },
  { name: "an unknown parameter", args: [...run, "--set", "scael=2"], says: ["scael", "scale"] },
  { name: "a parameter of the wrong type", args: [...run, "--set", "scale=much"], says: ["scale", "much", "number"] },
  { name: "an unknown step in --set", args: [...run, "--set", "tow.size=2"], says: ["tow", "two"] },
  { name: "an unknown step in --force", args: [...run, "--force", "tow"], says: ["tow", "two"] },
  {
    name: "an unknown step in the run configuration",
    files: { "c.yaml": "steps:\n  tow:\n    enable_cache: false\n" },
    args: [...run, "--config", "c.yaml"],
    says: [/c\.yaml:2:3/, "tow", "two"],
  },
  {
    name: "an unknown key in the run configuration",
    files: { "c.yaml": "enable_cach: true\n" },
    args: [...run, "--config", "c.yaml"],
    says: [/c\.yaml:1:1/, "enable_cach", "enable_cache"],
  },
  {
    name: "a bad unit",
    files: { "c.yaml": 'resources:\n  memory: "4 bananas"\n' },
    args: [...run, "--config", "c.yaml"],
    says: [/c\.yaml:2:11/, "4 bananas"],
  },
  {
    name: "a parameter of the wrong type in the run configuration",
    files: { "c.yaml": "parameters:\n  scale: much\n" },
    args: [...run, "--config", "c.yaml"],
    says: [/c\.yaml:2:\d+/, "scale"],
  },
  {
    name: "a requirement that is not in package.json",
    files: { "c.yaml": "settings:\n  docker:\n    requirements:\n      - left-pad\n" },
    args: [...run, "--config", "c.yaml"],
    says: [/c\.yaml:4:\d+/, "left-pad", "npm install left-pad"],
  },
  {
    name: "a run configuration that does not exist",
    args: [...run, "--config", "nowhere.yaml"],
    says: ["nowhere.yaml"],
  },
  {
    name: "a step that is not exported",
    files: {
      "run.ts":
        'import { pipeline, step } from "zenlite";\nconst hidden = step("hidden", () => ({ a: 1 }));\nexport const p = pipeline("p", () => hidden());\n',
    },
    says: ["ZENLITE_STEP_NOT_EXPORTED", "hidden", "export const"],
  },
  {
    name: "an async pipeline body",
    files: {
      "run.ts":
        'import { pipeline, step } from "zenlite";\nexport const a = step("a", () => ({ a: 1 }));\n// @ts-ignore: on purpose\nexport const p = pipeline("p", async () => a());\n',
    },
    says: ["ZENLITE_PIPELINE_ASYNC"],
  },
  {
    name: "a parameter that is no data",
    files: {
      "run.ts":
        'import { pipeline, step } from "zenlite";\nexport const a = step("a", ({ day }: { day: Date }) => ({ day }));\nexport const p = pipeline("p", () => a({ day: new Date(0) }));\n',
    },
    says: ["ZENLITE_PARAMETER_NOT_DATA", "Date"],
  },
  { name: "an unknown verb", args: ["rum"], says: ["rum", "run"] },
  { name: "an unknown option", args: [...run, "--stakc", "x"], says: ["--stakc", "--stack"] },
  { name: "an unknown run", args: ["runs", "show", "yesterday"], says: ["yesterday", "runs list"] },
  {
    name: "an image that does not exist",
    files: { ".zenliterc": dockerConfiguration.replace("zenlite-base:node24", "zenlite-no-such-image:1") },
    args: [...run, "--stack", "docker"],
    says: ["ZENLITE_IMAGE_NOT_FOUND", "zenlite-no-such-image:1"],
    engine: true,
  },
  {
    name: "an engine on another machine with a local store",
    files: { ".zenliterc": dockerConfiguration },
    args: [...run, "--stack", "docker"],
    environment: { DOCKER_HOST: "tcp://192.0.2.1:2375" },
    says: ["DOCKER_HOST"],
  },
];

describe.each(cases)("$name", ({ files = {}, prepare, args = run, environment = {}, says, config, engine }) => {
  test("is refused", async (context) => {
    context.skip(engine === true && engineMissing, "no Docker engine");
    using project = createProject({ "run.ts": good, ...files });
    prepare?.(project);
    const ended = await zenlite(project.folder, args, environment);
    for (const text of says) expect(ended.stderr).toMatch(text);
    expect(ended.code, ended.stderr).toBe(2);
    expect(ended.stderr).not.toMatch(/^\s+at .*\(?(node:|file:|\/)/m);
    expect(project.exists(".zenlite", "store")).toBe(false);
  });

  if (config !== undefined)
    test.each(["list", "validate"])("stack %s tells it too", async (verb) => {
      using project = createProject({ "run.ts": good, ...files });
      prepare?.(project);
      const all = verb === "validate" ? ["--all"] : [];
      const ended = await zenlite(project.folder, ["stack", verb, ...all]);
      if (verb === "list" && config === "flavors") {
        expect(ended.stdout).toContain("STACK");
        expect(ended).toMatchObject({ code: 0, stderr: "" });
        return;
      }
      for (const text of says) expect(ended.stderr).toMatch(text);
      expect(ended).toMatchObject({ code: 2, stdout: "" });
    });
});

test("a flavor whose import throws leaves the other stacks usable", async () => {
  using project = createProject({
    "run.ts": good,
    ".zenliterc":
      'flavors: ["broken-flavor"]\norchestrator:\n  mine: { flavor: broken }\nstack:\n  other: { orchestrator: mine, artifact-store: default }\n',
  });
  flavorPackage(
    project,
    "broken-flavor",
    { contract: 1, flavors: [{ type: "orchestrator", name: "broken", module: "." }] },
    'throw new Error("out of cheese");',
  );
  const ended = await zenlite(project.folder, run);
  expect(ended.code, ended.stderr).toBe(0);
});

test("a module that Node takes for CommonJS, as npm init writes package.json: what to type is said", async () => {
  using project = createProject({
    "package.json": '{ "name": "mine", "type": "commonjs" }',
    "flavor.ts": "export default {};\n",
    "configured/package.json": '{ "name": "other", "type": "commonjs" }',
    "configured/zenlite.config.ts": "export default {};\n",
  });
  const flavor = await zenlite(project.folder, ["orchestrator", "flavor", "register", "./flavor.ts"]);
  const config = await zenlite(project.path("configured"), ["stack", "list"]);
  for (const ended of [flavor, config]) {
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("next: npm pkg set type=module\n");
  }
});

test("a package.yaml, as pnpm allows one, is in nobody's way", async () => {
  using project = createProject({
    "run.ts": good,
    "package.yaml": "name: mine\n",
    ".zenliterc": "stack:\n  other: { orchestrator: default, artifact-store: default }\n",
  });
  const ended = await zenlite(project.folder, ["stack", "list"]);
  expect(ended.code, ended.stderr).toBe(0);
});

test("no engine is the environment's fault: exit 3", async () => {
  using project = createProject({ "run.ts": good, ".zenliterc": dockerConfiguration });
  const ended = await zenlite(project.folder, [...run, "--stack", "docker"], {
    DOCKER_HOST: `unix://${project.path("no.sock")}`,
  });
  expect(ended.stderr).toContain("ZENLITE_DOCKER_UNREACHABLE");
  expect(ended.code).toBe(3);
});

test("a secret that is not set is missing in the environment: exit 3, and nothing starts", async () => {
  using project = createProject({
    "run.ts":
      'import { pipeline, step } from "zenlite";\nexport const a = step("a", { secrets: { KEY: "${env:NOT_SET_ANYWHERE}" } }, () => ({ a: 1 }));\nexport const p = pipeline("p", () => a());\n',
  });
  const ended = await zenlite(project.folder, run);
  expect(ended.stderr).toContain("NOT_SET_ANYWHERE");
  expect(ended.code).toBe(3);
  expect(project.exists(".zenlite", "store")).toBe(false);
});

test("a store that cannot be written is the environment's fault: exit 3", async (context) => {
  context.skip(process.getuid?.() === 0 && process.platform !== "linux", "root may write anywhere");
  using project = createProject({
    "run.ts": good,
    ".zenliterc":
      "artifact-store:\n  broken: { flavor: local, path: /proc/zenlite }\nstack:\n  s: { orchestrator: default, artifact-store: broken }\n",
  });
  const ended = await zenlite(project.folder, [...run, "--stack", "s"]);
  expect(ended.code, ended.stderr).toBe(3);
});

test("a Node that is too old is told so in one line", async () => {
  // The check is plain old JavaScript: run with a process that says it is Node 20.
  using project = createProject({
    "old.cjs": 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.0" } });',
  });
  const { start, binary } = await import("./project.ts");
  const ended = await start(project.folder, [process.execPath, "--require", project.path("old.cjs"), binary, "--help"])
    .ended;
  expect(ended.stderr).toMatch(/^zenlite needs Node 24\.2 or newer; this is Node 20\.11\.0\..*\n$/);
  expect(ended.code).toBe(3);
});
