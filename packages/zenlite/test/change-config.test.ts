import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isZenliteError, type ZenliteError } from "@zenlite/core";
import { listErrors, type Edit } from "@zenlite/core/config";
import { changeConfig, refuseInherited } from "../src/client/change-config.ts";

/** A folder with a package.json and the given files; it is removed after the test. */
function makeProject(files: { readonly [name: string]: string } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-change-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "package.json": '{ "name": "project" }', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const textOf = (folder: string, name = ".zenliterc"): string => readFileSync(join(folder, name), "utf8");

async function refused(attempt: Promise<unknown>): Promise<ZenliteError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isZenliteError(error)) return error;
  throw new Error("it was not refused as it should be", { cause: error });
}

const addLocal = (name: string): Edit => ({ at: ["orchestrator", name], set: { flavor: "local" } });
const sound = "# mine\norchestrator:\n  a: { flavor: local } # first\n";

test("without a file one is made, as a person would have begun it", async () => {
  const folder = makeProject();
  const change = await changeConfig(folder, ({ file, components }) => {
    expect(file).toBeUndefined();
    expect(components.map(({ name }) => name)).toEqual(["default", "default"]);
    return [addLocal("mine"), { at: ["stack", "s"], set: { orchestrator: "mine", "artifact-store": "default" } }];
  });
  expect(change).toEqual({ file: join(folder, ".zenliterc"), created: true, changed: true });
  expect(textOf(folder)).toBe(
    "orchestrator:\n  mine: { flavor: local }\n\nstack:\n  s: { orchestrator: mine, artifact-store: default }\n",
  );
  expect(readdirSync(folder).toSorted()).toEqual([".zenlite", ".zenliterc", "package.json"]);
});

test("the file is made where a search from the same folder finds it again", async () => {
  const folder = makeProject({ "inner/.git/HEAD": "", "inner/deep/note": "" });
  const { file } = await changeConfig(join(folder, "inner", "deep"), () => [addLocal("a")]);
  expect(file).toBe(join(folder, "inner", ".zenliterc"));
  const again = await changeConfig(join(folder, "inner", "deep"), () => [addLocal("b")]);
  expect(again).toEqual({ file, created: false, changed: true });
});

test("nothing to change: the file is not touched, and none is made", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  chmodSync(join(folder, ".zenliterc"), 0o444);
  const { ino } = statSync(join(folder, ".zenliterc"));
  expect(await changeConfig(folder, () => [addLocal("a")])).toMatchObject({ created: false, changed: false });
  expect(statSync(join(folder, ".zenliterc")).ino).toBe(ino);
  const empty = makeProject();
  expect(await changeConfig(empty, () => [])).toMatchObject({ created: false, changed: false });
  expect(existsSync(join(empty, ".zenliterc"))).toBe(false);
});

test("what decide refuses is refused, and nothing is written or left locked", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  const no = new Error("no");
  await expect(changeConfig(folder, () => Promise.reject(no))).rejects.toBe(no);
  expect(textOf(folder)).toBe(sound);
  expect(existsSync(join(folder, ".zenlite", "state", "config.lock"))).toBe(false);
});

test("an edit that would make the file wrong is refused, without a line that nobody can look at", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  const error = await refused(
    changeConfig(folder, () => [{ at: ["stack", "s"], set: { orchestrator: "nobody", "artifact-store": "default" } }]),
  );
  expect(error).toMatchObject({ code: "ZENLITE_COMPONENT_UNKNOWN", where: { field: "stack.s.orchestrator" } });
  expect(error.where?.line).toBeUndefined();
  expect(textOf(folder)).toBe(sound);
});

test("a file in which a package is missing can be changed, and mended", async () => {
  const text = 'flavors: ["@nobody/gone"]\norchestrator:\n  a: { flavor: gone }\n  b: { flavor: local }\n';
  const folder = makeProject({ ".zenliterc": text });
  await changeConfig(folder, ({ components }) => {
    expect(components.map(({ name }) => name)).toContain("a");
    return [addLocal("c"), { at: ["orchestrator", "a"], remove: true }];
  });
  await changeConfig(folder, () => [{ at: ["flavors", 0], remove: true }]);
  expect(textOf(folder)).toBe("orchestrator:\n  b: { flavor: local }\n  c: { flavor: local }\n");
});

test("a second problem beside an old one is refused, alone", async () => {
  const text = "flavors: [gone]\n";
  const folder = makeProject({ ".zenliterc": text });
  const error = await refused(changeConfig(folder, () => [{ at: ["flavors"], append: "gone-too" }]));
  expect(listErrors(error).map(({ code, message }) => `${code} ${message}`)).toEqual([
    "ZENLITE_FLAVOR_NOT_INSTALLED The flavor package gone-too is not installed.",
  ]);
  expect(textOf(folder)).toBe(text);
});

test.each([
  ["broken by hand", "orchestrator:\n  a: { flavor: local\n", "ZENLITE_CONFIG_SYNTAX"],
  ["an entry that says nothing", "orchestrator:\n  a: { flavour: local }\n", "ZENLITE_CONFIG_UNKNOWN_KEY"],
  ["a list", "- a\n", "ZENLITE_CONFIG_INVALID"],
  [
    "a bomb",
    `a: &a [x, x]\n${Array.from({ length: 9 }, (_, n) => `b${n}: &b${n} [*${n === 0 ? "a" : `b${n - 1}`}, *a]`).join("\n")}\nstack: [${"*b8, ".repeat(100)}]\n`,
    "ZENLITE_CONFIG_SYNTAX",
  ],
])("%s between two commands: refused where it stands, and left as it is", async (_title, text, code) => {
  const folder = makeProject();
  await changeConfig(folder, () => [addLocal("a")]);
  writeFileSync(join(folder, ".zenliterc"), text);
  const error = await refused(changeConfig(folder, () => [addLocal("b")]));
  expect(error).toMatchObject({ code, where: { file: join(folder, ".zenliterc") } });
  expect(error.where?.line).toBeGreaterThan(0);
  expect(textOf(folder)).toBe(text);
});

test("a read-only file stays as it is, also for the superuser", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  chmodSync(join(folder, ".zenliterc"), 0o444);
  const error = await refused(changeConfig(folder, () => [addLocal("b")]));
  expect(error).toMatchObject({ code: "ZENLITE_CONFIG_READ_ONLY", fault: "environment" });
  expect(error.hint).toBe(`chmod u+w ${join(folder, ".zenliterc")}`);
  expect(textOf(folder)).toBe(sound);
  expect(readdirSync(folder).toSorted()).toEqual([".zenlite", ".zenliterc", "package.json"]);
});

test("a folder in its place", async () => {
  const folder = makeProject({ ".zenliterc/inside": "" });
  expect(await refused(changeConfig(folder, () => [addLocal("b")]))).toMatchObject({
    code: "ZENLITE_CONFIG_UNREADABLE",
    where: { file: join(folder, ".zenliterc") },
  });
});

test("bytes that are no text would come back as others", async () => {
  const folder = makeProject();
  const bytes = Buffer.from([0x23, 0xff, 0xfe, 0x0a]);
  writeFileSync(join(folder, ".zenliterc"), bytes);
  expect(await refused(changeConfig(folder, () => [addLocal("b")]))).toMatchObject({
    code: "ZENLITE_CONFIG_UNREADABLE",
  });
  expect(readFileSync(join(folder, ".zenliterc"))).toEqual(bytes);
});

test("a link stays a link, and the file behind it keeps its mode", async () => {
  const folder = makeProject({ "shared/real.yaml": sound });
  chmodSync(join(folder, "shared", "real.yaml"), 0o640);
  symlinkSync(join("shared", "real.yaml"), join(folder, ".zenliterc"));
  await changeConfig(folder, () => [addLocal("b")]);
  expect(readlinkSync(join(folder, ".zenliterc"))).toBe(join("shared", "real.yaml"));
  expect(textOf(folder, "shared/real.yaml")).toBe(`${sound}  b: { flavor: local }\n`);
  expect(statSync(join(folder, "shared", "real.yaml")).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(folder, "shared"))).toEqual(["real.yaml"]);
});

test("a link to nothing is not replaced", async () => {
  const folder = makeProject();
  symlinkSync("gone", join(folder, ".zenliterc"));
  expect(await refused(changeConfig(folder, () => [addLocal("b")]))).toMatchObject({
    code: "ZENLITE_CONFIG_UNREADABLE",
  });
  expect(lstatSync(join(folder, ".zenliterc")).isSymbolicLink()).toBe(true);
});

test("a byte order mark and Windows' line ends stay", async () => {
  const folder = makeProject({ ".zenliterc": "\uFEFF# mine\r\norchestrator:\r\n    a: {flavor: local}\r\n" });
  await changeConfig(folder, () => [addLocal("b")]);
  expect(textOf(folder)).toBe("\uFEFF# mine\r\norchestrator:\r\n    a: {flavor: local}\r\n    b: {flavor: local}\r\n");
});

test.each([".zenliterc.json", ".zenliterc"])("JSON in %s stays JSON", async (name) => {
  const folder = makeProject({ [name]: '{\n    "orchestrator": {\n        "a": { "flavor": "local" }\n    }\n}' });
  await changeConfig(folder, () => [addLocal("b")]);
  expect(textOf(folder, name)).toBe(
    '{\n    "orchestrator": {\n        "a": { "flavor": "local" },\n        "b": { "flavor": "local" }\n    }\n}',
  );
});

test("a configuration that is a program is not changed: the lines are printed in its own language", async () => {
  const text = "export default { orchestrator: { old: { flavor: 'local' } } };";
  const folder = makeProject({ "zenlite.config.ts": text });
  const error = await refused(
    changeConfig(folder, () => [
      { at: ["flavors"], append: { type: "orchestrator", name: "mine", module: "./mine.ts" } },
      { at: ["orchestrator", "new one"], set: { flavor: "mine", base_image: "node:24", environment: { MY_KEY: "x" } } },
      { at: ["stack", "s"], set: { orchestrator: "new one", "artifact-store": "default" } },
      { at: ["orchestrator", "old", "max_parallel"], remove: true },
      { at: ["orchestrator", "old"], rename: "older" },
    ]),
  );
  expect(error).toMatchObject({ code: "ZENLITE_CONFIG_NOT_EDITABLE", fault: "user" });
  expect(error.hint).toBe(`change it by hand:
remove orchestrator.old.maxParallel
rename orchestrator.old to older
add to the default export:
  flavors: [
    { type: "orchestrator", name: "mine", module: "./mine.ts" },
  ],
  orchestrator: {
    "new one": { flavor: "mine", baseImage: "node:24", environment: { MY_KEY: "x" } },
  },
  stack: {
    s: { orchestrator: "new one", artifactStore: "default" },
  },`);
  expect(textOf(folder, "zenlite.config.ts")).toBe(text);
  expect(readdirSync(folder).toSorted()).toEqual(["package.json", "zenlite.config.ts"]);
});

test("what an editor saves while a command decides is not lost: the command decides again", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  const seen: number[] = [];
  await changeConfig(folder, ({ components }) => {
    seen.push(components.filter(({ where }) => where !== undefined).length);
    if (seen.length === 1) writeFileSync(join(folder, ".zenliterc"), `${sound}  b: { flavor: local } # by hand\n`);
    return [addLocal("c")];
  });
  expect(seen).toEqual([1, 2]);
  expect(textOf(folder)).toBe(`${sound}  b: { flavor: local } # by hand\n  c: { flavor: local }\n`);
});

test("a file that appears while a command decides to make one is not overwritten", async () => {
  const folder = makeProject();
  let turns = 0;
  const change = await changeConfig(folder, () => {
    turns += 1;
    if (turns === 1) writeFileSync(join(folder, ".zenliterc"), sound);
    return [addLocal("c")];
  });
  expect(change).toMatchObject({ created: false, changed: true });
  expect(textOf(folder)).toBe(`${sound}  c: { flavor: local }\n`);
});

test("a file that is never the same is given up", async () => {
  const folder = makeProject({ ".zenliterc": sound });
  let turns = 0;
  const error = await refused(
    changeConfig(folder, () => {
      turns += 1;
      writeFileSync(join(folder, ".zenliterc"), `${sound}# ${turns}\n`);
      return [addLocal("c")];
    }),
  );
  expect(error).toMatchObject({ code: "ZENLITE_CONFIG_LOCKED", fault: "environment" });
  expect(textOf(folder)).toBe(`${sound}# ${turns}\n`);
});

test("packages of a workspace that share a file share its lock", async () => {
  const folder = makeProject({
    "package.json": '{ "name": "root", "workspaces": ["packages/*"] }',
    ".zenliterc": sound,
    "packages/one/package.json": '{ "name": "one" }',
    "packages/two/package.json": '{ "name": "two" }',
  });
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  await Promise.all(
    names.map((name, index) =>
      changeConfig(join(folder, "packages", index % 2 === 0 ? "one" : "two"), () => [addLocal(name)]),
    ),
  );
  const lines = textOf(folder).split("\n");
  for (const name of names) expect(lines).toContain(`  ${name}: { flavor: local }`);
});

test("what a base declares is changed there", async () => {
  const folder = makeProject({
    "base.yaml": "orchestrator:\n  theirs: { flavor: local }\n",
    ".zenliterc": "$import: ./base.yaml\norchestrator:\n  ours: { flavor: local }\n",
  });
  await changeConfig(folder, (config) => {
    const whereOf = (name: string) => config.components.find((component) => component.name === name)?.where;
    expect(() => refuseInherited(config, "ours", whereOf("ours"))).not.toThrow();
    expect(() => refuseInherited(config, "default", whereOf("default"))).not.toThrow();
    expect(() => refuseInherited(config, 'The orchestrator "theirs"', whereOf("theirs"))).toThrow(
      expect.objectContaining({
        code: "ZENLITE_CONFIG_INHERITED",
        where: expect.objectContaining({ file: join(folder, "base.yaml"), line: 2, column: 3 }),
      }),
    );
    return [];
  });
});
