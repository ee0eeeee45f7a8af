// `zenlite init` and `zenlite login`: what a newcomer types first.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProject, zenlite } from "./project.ts";

/** Outside of every project and repository. */
function createFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "zenlite-init-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Every file below a folder with its text. */
function contents(folder: string): { readonly [file: string]: string } {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith("node_modules") && statSync(join(folder, name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

const files = [
  ".zenlite/.gitignore",
  ".zenlite/schema/run-configuration.json",
  ".zenlite/schema/zenliterc.json",
  ".zenliterc",
];
const stack = "stack: { mine: { orchestrator: default, artifact-store: default } }\n";

async function stackNames(folder: string): Promise<readonly string[]> {
  const { stdout } = await zenlite(folder, ["stack", "list", "--json"]);
  return (JSON.parse(stdout) as readonly { readonly name: string }[]).map(({ name }) => name);
}

describe("init", () => {
  test("makes a commented .zenliterc and .zenlite/, and nothing else; again it changes nothing", async () => {
    using project = createProject();
    const before = readFileSync(project.path("package.json"), "utf8");
    const first = await zenlite(project.folder, ["init"]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain(`Made .zenlite/, .zenliterc and .zenlite/schema/ in ${project.folder}.`);
    expect(first.stdout).toMatch(/^next: zenlite run <module>/m);
    const made = contents(project.folder);
    expect(Object.keys(made)).toEqual([...files, "package.json"]);
    expect(made["package.json"]).toBe(before);
    expect(made[".zenlite/.gitignore"]).toBe("*\n");
    expect(made[".zenliterc"]).toMatch(/^# yaml-language-server: \$schema=\.zenlite\/schema\/zenliterc\.json\n/);

    const again = await zenlite(project.folder, ["init"]);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(again.stdout).toContain("Nothing to do");
    expect(contents(project.folder)).toEqual(made);
  });

  test("the example in the comment is a sound file", async () => {
    using project = createProject();
    await zenlite(project.folder, ["init"]);
    const written = readFileSync(project.path(".zenliterc"), "utf8");
    const [, example = ""] = written.split(/^# For example.*\n/m);
    project.write(".zenliterc", example.replaceAll(/^# ?/gm, ""));
    expect(await stackNames(project.folder)).toEqual(["default", "docker"]);
  });

  test("a second `init` leaves what somebody wrote, and makes what was lost (as after a clone)", async () => {
    using project = createProject({ ".zenliterc": `# mine\n${stack}` });
    const ended = await zenlite(project.folder, ["init", "--json"]);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      file: project.path(".zenliterc"),
      made: [".zenlite/", ".zenlite/schema/"],
      there: [".zenliterc"],
    });
    expect(readFileSync(project.path(".zenliterc"), "utf8")).toBe(`# mine\n${stack}`);
  });

  test.each([".zenliterc.json", ".config/zenliterc.yaml", "zenlite.config.ts"])(
    "beside %s no .zenliterc is made, which would hide it",
    async (name) => {
      using project = createProject({ [name]: name.endsWith(".ts") ? "export default {};" : "{}" });
      const ended = await zenlite(project.folder, ["init"]);
      expect(ended.code).toBe(0);
      expect(ended.stdout).toContain(`Already there: ${name}`);
      expect(project.exists(".zenliterc")).toBe(false);
    },
  );

  test("in an empty folder: other commands use that very .zenliterc and .zenlite/", async () => {
    using folder = createFolder();
    const ended = await zenlite(folder.path, ["init"]);
    expect(ended.stdout).toContain("next: npm init -y && npm install zenlite");
    expect(Object.keys(contents(folder.path))).toEqual(files);
    writeFileSync(join(folder.path, ".zenliterc"), stack);
    expect(await zenlite(folder.path, ["stack", "set", "mine"])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder.path, ".zenlite/state/active-stack"), "utf8").trim()).toBe("mine");
  });

  test("in a folder of a project: a place of its own, whose state is not the project's", async () => {
    using project = createProject({ ".zenliterc": stack.replace("mine", "outer"), "inner/a.txt": "" });
    const ended = await zenlite(project.path("inner"), ["init"]);
    expect(ended.stdout).toContain(`Until now ${project.path(".zenliterc")} held for this folder.`);
    expect(ended.stdout).toContain("$import: ../.zenliterc");
    expect(Object.keys(contents(project.path("inner")))).toEqual([...files, "a.txt"]);
    writeFileSync(project.path("inner/.zenliterc"), `$import: ../.zenliterc\n${stack}`);
    expect(await stackNames(project.path("inner"))).toEqual(["default", "outer", "mine"]);
    expect(await zenlite(project.path("inner"), ["stack", "set", "mine"])).toMatchObject({ code: 0 });
    expect(project.exists("inner/.zenlite/state/active-stack")).toBe(true);
    expect(project.exists(".zenlite")).toBe(false);
  });

  test("at the root of a repository without package.json: folders below share its state", async () => {
    using folder = createFolder();
    execFileSync("git", ["init", "--quiet", folder.path]);
    await zenlite(folder.path, ["init"]);
    writeFileSync(join(folder.path, ".zenliterc"), stack);
    mkdirSync(join(folder.path, "deep/er"), { recursive: true });
    expect(await zenlite(join(folder.path, "deep/er"), ["stack", "set", "mine"])).toMatchObject({ code: 0 });
    expect(Object.keys(contents(folder.path)).filter((name) => name.endsWith("active-stack"))).toEqual([
      ".zenlite/state/active-stack",
    ]);
  });

  test("a run in a folder of its own keeps its store there, and finds its package above", async () => {
    using project = createProject({
      "inner/run.ts":
        'import { pipeline, step } from "zenlite";\nexport const one = step("one", () => ({ n: 1 }));\nexport const p = pipeline("p", () => one());\n',
    });
    await zenlite(project.path("inner"), ["init"]);
    expect(await zenlite(project.path("inner"), ["run", "run.ts"])).toMatchObject({ code: 0 });
    expect(project.exists("inner/.zenlite/store/project.json")).toBe(true);
    expect(project.exists(".zenlite")).toBe(false);
  });

  test.each([
    [
      "a folder in the place of .zenliterc",
      (path: string) => mkdirSync(join(path, ".zenliterc")),
      2,
      "ZENLITE_CONFIG_UNREADABLE",
    ],
    [
      "a broken .zenliterc",
      (path: string) => writeFileSync(join(path, ".zenliterc"), "stack: {\n"),
      2,
      "ZENLITE_CONFIG_SYNTAX",
    ],
    [
      "a link that leads nowhere",
      (path: string) => symlinkSync("nowhere", join(path, ".zenliterc")),
      2,
      "ZENLITE_CONFIG_UNREADABLE",
    ],
    [
      "a file in the place of .zenlite",
      (path: string) => writeFileSync(join(path, ".zenlite"), ""),
      3,
      "ZENLITE_STATE_FOLDER",
    ],
  ])("refused: %s", async (_what, prepare, code, error) => {
    using folder = createFolder();
    prepare(folder.path);
    const ended = await zenlite(folder.path, ["init"]);
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).toContain(error);
    expect(ended.stderr).toContain(folder.path);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test("a folder that may not be written", async () => {
    using folder = createFolder();
    // The superuser may write everywhere but on a disk that is read-only.
    const root = process.getuid?.() === 0;
    if (root) execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "zenlite-test", folder.path]);
    else chmodSync(folder.path, 0o555);
    try {
      const ended = await zenlite(folder.path, ["init"]);
      expect(ended.code, ended.stderr).toBe(3);
      expect(ended.stderr).toContain("ZENLITE_STATE_FOLDER");
      expect(ended.stderr).toContain("Make the project's folder writable.");
      expect(readdirSync(folder.path)).toEqual([]);
    } finally {
      if (root) execFileSync("umount", [folder.path]);
      else chmodSync(folder.path, 0o755);
    }
  });

  test("two at once make one sound project", async () => {
    using project = createProject();
    const ended = await Promise.all([zenlite(project.folder, ["init"]), zenlite(project.folder, ["init"])]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(Object.keys(contents(project.folder))).toEqual([...files, "package.json"]);
    expect(await zenlite(project.folder, ["init"])).toMatchObject({ code: 0 });
  });

  test("a project that is copied with its .zenlite/ is the same project", async () => {
    using project = createProject();
    await zenlite(project.folder, ["init"]);
    using copy = createFolder();
    cpSync(project.folder, copy.path, { recursive: true, verbatimSymlinks: true });
    expect((await zenlite(copy.path, ["init"])).stdout).toContain("Nothing to do");
  });
});

describe("login", () => {
  test.each([
    [[]],
    [["--local"]],
    [["https://zenml.example.com"]],
    [["https://x", "--api-key", "hunter2", "--no-verify-ssl"]],
  ])("needs no server: %j", async (args) => {
    using folder = createFolder();
    const ended = await zenlite(folder.path, ["login", ...args]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("zenlite needs no server");
    for (const option of args.filter((word) => word.startsWith("--"))) expect(ended.stdout).toContain(option);
    expect(ended.stdout).not.toContain("hunter2");
  });

  test("as JSON", async () => {
    using folder = createFolder();
    const ended = await zenlite(folder.path, ["login", "--local", "--json"]);
    expect(JSON.parse(ended.stdout)).toMatchObject({ server: null, unused: ["--local"] });
  });
});
