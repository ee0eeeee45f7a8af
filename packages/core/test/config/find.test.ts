import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ensureStateFolder } from "@zenlite/core/config";
import { errorsOf, load, makeProject, summary, writeFiles } from "./project.ts";

const rc = (stack: string): string => `stack: { ${stack}: { orchestrator: default, artifact-store: default } }`;
const stacksFrom = async (folder: string): Promise<readonly string[]> =>
  (await load(folder)).stacks.map(({ name }) => name);

describe("where the configuration is looked for", () => {
  test("none at all: the stack default exists, and nothing is written", async () => {
    const folder = await makeProject({});
    const config = await load(folder);
    expect(config.file).toBeUndefined();
    expect(config.stacks).toMatchObject([
      { name: "default", components: { orchestrator: "default", "artifact-store": "default" } },
    ]);
    expect(config).toMatchObject({ projectFolder: folder, stateFolder: join(folder, ".zenlite") });
    expect(existsSync(config.stateFolder)).toBe(false);
  });

  test("from a folder of the project, the project's file and folder", async () => {
    const folder = await makeProject({ ".zenliterc": rc("mine"), "src/deep/a.txt": "" });
    const config = await load(join(folder, "src/deep"));
    expect(config).toMatchObject({ file: join(folder, ".zenliterc"), projectFolder: folder });
  });

  test("from a package of a workspace, the file at the workspace's root; state stays with the package", async () => {
    const folder = await makeProject({
      "package.json": '{"workspaces": ["packages/*"]}',
      ".zenliterc": rc("shared"),
      "packages/a/package.json": "{}",
    });
    const config = await load(join(folder, "packages/a"));
    expect(config.stacks.map(({ name }) => name)).toEqual(["default", "shared"]);
    expect(config.stateFolder).toBe(join(folder, "packages/a/.zenlite"));
  });

  test("the nearest file wins, and nothing above it is read", async () => {
    const folder = await makeProject({
      "package.json": '{"workspaces": ["packages/*"]}',
      ".zenliterc": "this: [is broken",
      "packages/a/package.json": "{}",
      "packages/a/.zenliterc": rc("near"),
    });
    expect(await stacksFrom(join(folder, "packages/a"))).toEqual(["default", "near"]);
  });

  test("up to the root of the git repository, and no further", async () => {
    const folder = await makeProject({ ".zenliterc": rc("outside"), "repository/a/package.json": "{}" });
    execFileSync("git", ["init", "--quiet", join(folder, "repository")]);
    expect(await stacksFrom(join(folder, "repository/a"))).toEqual(["default"]);
    await writeFiles(folder, { "repository/.zenliterc": rc("inside") });
    expect(await stacksFrom(join(folder, "repository/a"))).toEqual(["default", "inside"]);
  });

  test("without a repository or a workspace, up to the package.json and no further", async () => {
    const folder = await makeProject({ ".zenliterc": rc("outside"), "a/package.json": "{}", "a/b/c.txt": "" });
    expect(await stacksFrom(join(folder, "a/b"))).toEqual(["default"]);
  });

  test.each([".zenliterc.json", ".zenliterc.yaml", ".zenliterc.yml", ".config/zenliterc", ".config/zenliterc.yaml"])(
    "%s",
    async (name) => {
      const text = '{"stack": {"s": {"orchestrator": "default", "artifact-store": "default"}}}';
      expect(await stacksFrom(await makeProject({ [name]: text }))).toEqual(["default", "s"]);
    },
  );

  test.each(["zenlite.config.ts", "zenlite.config.mjs", ".zenliterc.js", ".zenliterc.mts"])("%s", async (name) => {
    const text = 'export default {stack: {s: {orchestrator: "default", artifactStore: "default"}}};';
    expect(await stacksFrom(await makeProject({ [name]: text }))).toEqual(["default", "s"]);
  });

  test("package.json is no place for it: a flavor package's manifest is there", async () => {
    const folder = await makeProject({
      "package.json": '{"zenlite": {"nonsense": 1}, "zenliteFlavors": {"contract": 1, "flavors": []}}',
    });
    expect(await stacksFrom(folder)).toEqual(["default"]);
  });

  test("a file in a folder of its own, below the package.json: state lies beside the file, the project stays", async () => {
    const folder = await makeProject({ "a/.zenliterc": rc("own"), "a/b/c.txt": "", "d/.config/zenliterc.json": "{}" });
    const own = { file: join(folder, "a/.zenliterc"), projectFolder: folder, stateFolder: join(folder, "a/.zenlite") };
    expect(await load(join(folder, "a"))).toMatchObject(own);
    expect(await load(join(folder, "a/b"))).toMatchObject(own);
    expect(await load(join(folder, "d"))).toMatchObject({ stateFolder: join(folder, "d/.zenlite") });
    expect(await load(folder)).toMatchObject({ projectFolder: folder, stateFolder: join(folder, ".zenlite") });
  });

  test("without any package.json: the folder of the file is the project", async () => {
    const folder = await makeProject({ ".zenliterc": rc("own"), "a/b.txt": "" });
    await rm(join(folder, "package.json"));
    execFileSync("git", ["init", "--quiet", folder]);
    expect(await load(join(folder, "a"))).toMatchObject({
      projectFolder: folder,
      stateFolder: join(folder, ".zenlite"),
    });
  });

  test("a folder in the place of the file is told, not passed over", async () => {
    const folder = await makeProject({ ".zenliterc/a.txt": "" });
    expect(summary(folder, await errorsOf(load(folder)))).toEqual([
      "ZENLITE_CONFIG_UNREADABLE .zenliterc .zenliterc cannot be read: it is a folder, or may not be read.",
    ]);
  });
});

test("the state folder is made with a .gitignore, once, and an own .gitignore is left alone", async () => {
  const folder = await makeProject({});
  const stateFolder = join(folder, ".zenlite");
  await Promise.all([ensureStateFolder(stateFolder), ensureStateFolder(stateFolder)]);
  expect(await readFile(join(stateFolder, ".gitignore"), "utf8")).toBe("*\n");
  await writeFiles(stateFolder, { ".gitignore": "mine\n" });
  await ensureStateFolder(stateFolder);
  expect(await readFile(join(stateFolder, ".gitignore"), "utf8")).toBe("mine\n");
});

test("a state folder that cannot be made is an error that names it", async () => {
  const folder = await makeProject({ ".zenlite": "a file" });
  await expect(ensureStateFolder(join(folder, ".zenlite"))).rejects.toMatchObject({
    code: "ZENLITE_STATE_FOLDER",
    fault: "environment",
  });
});
