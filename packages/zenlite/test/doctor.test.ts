// `zenlite doctor`: what it finds, what it says to type, and how it ends.
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadConfig, resolveStack } from "@zenlite/core/config";
import { reachComponent } from "../src/cli/verbs/doctor/reach.ts";
import { builtins } from "../src/client/builtins.ts";
import { baseImage, createProject, dockerConfiguration, engineMissing, zenlite, type Project } from "./project.ts";

interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "wrong";
  readonly message: string;
  readonly next?: string;
  readonly code?: string;
  readonly where?: { readonly file?: string; readonly line?: number };
}

interface Report {
  readonly code: number | null;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly text: string;
  of(check: string, level?: Finding["level"]): readonly Finding[];
}

type Environment = { readonly [name: string]: string };

async function doctor(folder: string, args: readonly string[] = [], environment: Environment = {}): Promise<Report> {
  const { code, stdout, stderr } = await zenlite(folder, ["doctor", "--json", ...args], environment);
  expect(stderr).toBe("");
  const { ok, findings } = JSON.parse(stdout) as { readonly ok: boolean; readonly findings: readonly Finding[] };
  const of = (check: string, level?: Finding["level"]): readonly Finding[] =>
    findings.filter((finding) => finding.check === check && (level === undefined || finding.level === level));
  return { code, ok, findings, text: stdout, of };
}

const levels = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, code }) => (code === undefined ? level : `${level} ${code}`));

/** A flavor of the project; `opened` is what it gives. */
function flavor(
  type: string,
  name: string,
  opened: string,
  supports = "{ hostFolders: true, platforms: [], credentials: [] }",
): string {
  return `import { defineFlavor, defineSchema } from "@zenlite/core";
export default defineFlavor({ type: "${type}", name: "${name}", config: defineSchema({ token: { type: "string" } }),
  supports: () => (${supports}), open: async (config) => ({ ...${opened}, async [Symbol.asyncDispose]() {} }) });
`;
}

const launcher = (check: string): string => flavor("orchestrator", "mine", `{ drives: "steps", check: ${check} }`);
const declared =
  "flavors: [{ type: orchestrator, name: mine, module: ./mine.ts }]\norchestrator: { own: { flavor: mine } }\n";
const stack = "stack: { s: { orchestrator: own, artifact-store: default } }\n";
const nobody = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

describe("nothing is wrong", () => {
  test("in a fresh project", async () => {
    using project = createProject();
    const report = await doctor(project.folder);
    expect(report).toMatchObject({ code: 0, ok: true });
    expect(report.findings.map(({ check, level }) => `${check} ${level}`)).toEqual([
      "node ok",
      "zenlite ok",
      "config ok",
      "stack ok",
      "orchestrator ok",
      "disk ok",
      "artifact-store ok",
    ]);
    expect(report.of("node")[0]?.message).toContain(process.versions.node);
    expect(report.of("disk")[0]?.message).toContain("GiB free");
    // Looking leaves no trace.
    expect(project.exists(".zenlite")).toBe(false);
  });

  test("for people: words beside the symbols, no colours in a pipe", async () => {
    using project = createProject({
      ".zenliterc": declared + stack,
      "mine.ts": launcher('async () => ["two CPUs are few"]'),
    });
    const ended = await zenlite(project.folder, ["doctor", "--stack", "s"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^✔ ok {5}node +\d/m);
    expect(ended.stdout).toMatch(/^! warn {3}orchestrator +two CPUs are few$/m);
    expect(ended.stdout).toMatch(
      /^✔ ok {5}stack +s \(from --stack\): orchestrator own \(mine\), artifact-store default \(local\)$/m,
    );
    expect(ended.stdout).toContain("Nothing is wrong; 1 line may matter.");
    expect(ended.stdout).not.toContain("\u001b");
  });

  test("without a package.json there is something to type", async () => {
    using project = createProject({ "package.json": "{}" });
    const { rmSync } = await import("node:fs");
    rmSync(project.path("package.json"));
    expect(await doctor(project.folder)).toMatchObject({ code: 0 });
    expect((await doctor(project.folder)).of("project")[0]).toMatchObject({
      level: "warn",
      next: "npm init -y && npm install zenlite",
    });
  });

  test("another version in the project is said", async () => {
    using project = createProject();
    const { rmSync } = await import("node:fs");
    rmSync(project.path("node_modules/zenlite"));
    expect((await doctor(project.folder)).of("zenlite", "warn")[0]).toMatchObject({ next: "npm install zenlite" });
    project.write("node_modules/zenlite/package.json", '{"name": "zenlite", "version": "99.0.0"}');
    expect((await doctor(project.folder)).of("zenlite")[0]).toMatchObject({
      level: "warn",
      next: "npx zenlite doctor",
    });
  });
});

describe("the configuration is wrong: exit 2", () => {
  test.each<
    readonly [what: string, files: { readonly [name: string]: string }, code: string, line: number | undefined]
  >([
    ["syntax", { ".zenliterc": "stack:\n  a: {\n" }, "ZENLITE_CONFIG_SYNTAX", 3],
    [
      "an unknown key of a flavor",
      { ".zenliterc": dockerConfiguration.replace("base_image", "basse_image") },
      "ZENLITE_CONFIG_UNKNOWN_KEY",
      4,
    ],
    [
      "a package that is not installed",
      { ".zenliterc": 'flavors: ["zenlite-flavor-nowhere"]\n' },
      "ZENLITE_FLAVOR_NOT_INSTALLED",
      1,
    ],
    [
      "a component that is not there",
      { ".zenliterc": "stack: { s: { orchestrator: nobody, artifact-store: default } }\n" },
      "ZENLITE_COMPONENT_UNKNOWN",
      1,
    ],
  ])("%s", async (_what, files, code, line) => {
    using project = createProject(files);
    const report = await doctor(project.folder);
    expect(report).toMatchObject({ code: 2, ok: false });
    const [found] = report.of("config", "wrong");
    expect(found).toMatchObject({ code, where: { file: project.path(".zenliterc"), line } });
    expect(report.of("stack", "warn")).toHaveLength(1);
    expect(report.of("disk")).toHaveLength(1);
  });

  test("an unknown stack", async () => {
    using project = createProject();
    const report = await doctor(project.folder, ["--stack", "defualt"]);
    expect(report.code).toBe(2);
    expect(report.of("stack")[0]).toMatchObject({ code: "ZENLITE_STACK_UNKNOWN", next: "zenlite stack list" });
  });

  test("a flavor that does not load: wrong where the stack uses it, else a hint", async () => {
    using project = createProject({ ".zenliterc": declared + stack, "mine.ts": "throw new Error('out of cheese');" });
    const used = await doctor(project.folder, ["--stack", "s"]);
    expect(used.code).toBe(2);
    expect(levels(used.findings.filter(({ code }) => code !== undefined))).toEqual(["wrong ZENLITE_FLAVOR_BROKEN"]);
    expect(used.text).toContain("out of cheese");
    const unused = await doctor(project.folder);
    expect(unused.code).toBe(0);
    expect(levels(unused.findings.filter(({ code }) => code !== undefined))).toEqual(["warn ZENLITE_FLAVOR_BROKEN"]);
  });

  test("components that do not fit together: wrong in the active stack, else a hint", async () => {
    const needing = launcher("async () => []").replace(
      "supports:",
      'requires: [{ type: "container-registry", why: "It pulls." }], supports:',
    );
    using project = createProject({ ".zenliterc": declared + stack, "mine.ts": needing });
    expect((await doctor(project.folder, ["--stack", "s"])).of("stack", "wrong")[0]).toMatchObject({
      code: "ZENLITE_STACK_INVALID",
    });
    const other = await doctor(project.folder);
    expect(other.code).toBe(0);
    expect(other.of("stack", "warn")[0]).toMatchObject({ code: "ZENLITE_STACK_INVALID" });
  });
});

describe("the machine is wrong: exit 3", () => {
  test.each([
    ["of the active stack: wrong", ["--stack", "docker"], 3, "wrong"],
    ["of another stack: a hint", [], 0, "warn"],
  ])("an engine that does not answer, %s", async (_what, args, code, level) => {
    using project = createProject({ ".zenliterc": dockerConfiguration });
    const report = await doctor(project.folder, args, nobody);
    expect(report.code).toBe(code);
    const found = report.of("orchestrator").find((finding) => finding.code === "ZENLITE_DOCKER_UNREACHABLE");
    expect(found?.level).toBe(level);
    expect(found?.message).toContain("/nowhere/docker.sock");
    expect(found?.next).toContain("docker info");
  });

  test("a declared flavor that no component uses yet is asked too", async () => {
    using project = createProject({
      ".zenliterc": 'flavors: ["@zenlite/orchestrator-docker", "@zenlite/image-builder-docker"]\n',
    });
    const report = await doctor(project.folder, [], nobody);
    expect(report.code).toBe(0);
    // Both would say the same of the same engine.
    expect(levels(report.findings.filter(({ code }) => code !== undefined))).toEqual([
      "warn ZENLITE_DOCKER_UNREACHABLE",
    ]);
  });

  test("variables and secrets that the stack refers to: which are missing, never what they say", async () => {
    const component = "orchestrator: { own: { flavor: mine, token: '${env:HOST_OF_MINE}:${secret:mine.token}' } }\n";
    using project = createProject({
      ".zenliterc": declared.replace(/orchestrator: \{ own.*\n/, component) + stack,
      "mine.ts": launcher("async () => []"),
    });
    const home = { XDG_CONFIG_HOME: project.folder };
    const missing = await doctor(project.folder, ["--stack", "s"], { ...home, HOST_OF_MINE: "hunter2" });
    expect(missing.code).toBe(3);
    expect(missing.of("secrets")[0]).toMatchObject({ level: "wrong", code: "ZENLITE_SECRET_MISSING" });
    expect(missing.of("secrets")[0]?.next).toContain("zenlite secret create mine --key token");
    const unset = await doctor(project.folder, ["--stack", "s"], { ...home, ZENLITE_SECRET_MINE_TOKEN: "hunter3" });
    expect(unset.code).toBe(3);
    expect(unset.of("secrets")[0]).toMatchObject({ code: "ZENLITE_VARIABLE_MISSING" });
    const set = await doctor(project.folder, ["--stack", "s"], {
      ...home,
      HOST_OF_MINE: "hunter2",
      ZENLITE_SECRET_MINE_TOKEN: "hunter3",
    });
    expect(set.code).toBe(0);
    expect(set.of("secrets")[0]?.message).toContain("env:HOST_OF_MINE, secret:mine.token");
    expect(missing.text + unset.text + set.text).not.toContain("hunter");
  });

  test("a secrets file that others may read", async () => {
    using project = createProject({ "zenlite/secrets.json": "{}" });
    const report = await doctor(project.folder, [], { XDG_CONFIG_HOME: project.folder });
    expect(report.of("secrets")[0]).toMatchObject({ level: "warn", code: "ZENLITE_SECRETS_UNREADABLE" });
  });

  test("a store whose folder is a file", async () => {
    using project = createProject({
      ".zenliterc":
        "artifact-store: { disk: { flavor: local, path: ./taken/store } }\nstack: { s: { orchestrator: default, artifact-store: disk } }\n",
      taken: "",
    });
    const report = await doctor(project.folder, ["--stack", "s"]);
    expect(report.code).toBe(3);
    expect(report.of("disk", "wrong")[0]).toMatchObject({ code: "ZENLITE_FOLDER_UNUSABLE" });
    expect(report.of("disk", "wrong")[0]?.message).toContain(project.path("taken"));
    expect((await doctor(project.folder)).code).toBe(0);
  });

  test("a state folder that cannot be made", async () => {
    using project = createProject({
      ".zenliterc": `${declared}artifact-store: { disk: { flavor: local, path: ./store } }\n${stack.replace("default", "disk")}`,
      "mine.ts": launcher("async () => []"),
      ".zenlite": "",
    });
    const report = await doctor(project.folder, ["--stack", "s"]);
    expect(report.code).toBe(3);
    expect(report.of("orchestrator", "wrong")[0]).toMatchObject({ code: "ZENLITE_STATE_FOLDER" });
  });

  test("what a launcher refuses, and what it throws without a word for people", async () => {
    using project = createProject({
      ".zenliterc": declared + stack,
      "mine.ts": launcher('async () => { throw new Error("no quota"); }'),
    });
    const report = await doctor(project.folder, ["--stack", "s"]);
    expect(report.code).toBe(3);
    expect(report.of("orchestrator", "wrong")[0]?.message).toContain("no quota");
  });

  test("a connector that cannot say who one is", async () => {
    const connector = (verify: string): string => flavor("service-connector", "cloud", `{ verify: ${verify} }`);
    const text =
      "flavors:\n  - { type: orchestrator, name: mine, module: ./mine.ts }\n  - { type: service-connector, name: cloud, module: ./cloud.ts }\n" +
      "service-connector: { account: { flavor: cloud } }\norchestrator: { own: { flavor: mine, connector: account } }\n";
    using project = createProject({
      ".zenliterc": text + stack,
      "mine.ts": launcher("async () => []"),
      "cloud.ts": connector('async () => ({ identity: "me@example" })'),
    });
    const report = await doctor(project.folder, ["--stack", "s"]);
    expect(report.code).toBe(0);
    expect(report.of("service-connector")[0]?.message).toContain("acts as me@example");
    project.write("cloud.ts", connector('async () => { throw new Error("the token has expired"); }'));
    const expired = await doctor(project.folder, ["--stack", "s"]);
    expect(expired.code).toBe(3);
    expect(expired.of("service-connector", "wrong")[0]?.message).toContain("the token has expired");
  });

  test("a flavor that neither answers nor listens is given up", async () => {
    using project: Project = createProject({ ".zenliterc": declared + stack });
    writeFileSync(project.path("mine.ts"), launcher("() => new Promise(() => {})"));
    const config = await loadConfig(project.folder, { builtins, environment: {} });
    const { orchestrator } = (await resolveStack(config, "s")).components;
    expect(await reachComponent(orchestrator, "wrong", 0.05)).toMatchObject([
      { check: "orchestrator", level: "wrong", code: "ZENLITE_NO_ANSWER", fault: "environment" },
    ]);
  });
});

test.skipIf(engineMissing)("a Docker engine that is there answers, for orchestrator and image builder", async () => {
  using project = createProject({
    ".zenliterc": `${dockerConfiguration.replace("flavors:\n", 'flavors:\n  - "@zenlite/image-builder-docker"\n')}image-builder: { images: { flavor: docker } }\n`,
  });
  const report = await doctor(project.folder, ["--stack", "docker"]);
  expect(report.code, report.text).toBe(0);
  expect(report.of("orchestrator")[0]?.message).toBe('"containers" (docker) answers');
  expect(report.of("image-builder")[0]?.message).toBe('"images" (docker) answers');
  expect(report.text).not.toContain(baseImage);
  expect(project.exists(".zenlite", ".gitignore")).toBe(true);
});
