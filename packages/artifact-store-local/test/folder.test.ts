import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import flavor from "../src/index.ts";
import { temporaryFolder } from "./folder.ts";
import { call, openAt } from "./open.ts";

const place = { projectFolder: "/p", stateFolder: "/p/.zenlite", configFolder: "/p/configs" };

test.each([
  [{}, "/p/.zenlite/store"],
  [{ path: "artifacts" }, "/p/configs/artifacts"],
  [{ path: "../artifacts" }, "/p/artifacts"],
  [{ path: "/data/artifacts" }, "/data/artifacts"],
  [{ path: "~/artifacts" }, join(homedir(), "artifacts")],
  [{ path: "~" }, homedir()],
])("the config %j means the folder %s", (config, folder) => {
  expect(flavor.supports(config, place)).toEqual({ local: true, folder });
});

test.each([{ path: "" }, { path: 3 }, { path: "~bob/artifacts" }, { folder: "x" }])(
  "the config %j is refused",
  async (config) => {
    expect((await flavor.config["~standard"].validate(config)).issues).toHaveLength(1);
  },
);

test("in a container the store lies where the launcher mounted it", async () => {
  using folder = temporaryFolder();
  const store = await openAt("/nowhere", { where: "step", mountedAt: join(folder.path, "mounted") });
  await store.write("a", Buffer.from("x"), { ...call, if: "absent" });
  expect(readdirSync(join(folder.path, "mounted")).sort()).toEqual([".tmp", "a"]);
});

test("a key that changes is stored as versions, of which the newest two stay", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  let etag: string | null = null;
  for (const value of ["1", "2", "3", "4"]) {
    const written = await store.write("runs/a/lease", Buffer.from(value), { ...call, if: { etag } });
    etag = written === "conflict" ? null : written.etag;
  }
  expect(readdirSync(join(folder.path, "store/runs/a"))).toEqual(["lease@3", "lease@4"]);
});

test("what is no regular file is no object: nothing else of the folder is listed or read", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  await store.write("real", Buffer.from("x"), { ...call, if: "absent" });
  const root = join(folder.path, "store");
  execFileSync("mkfifo", [join(root, "pipe")]);
  symlinkSync(join(root, "real"), join(root, "link"));
  const keys: string[] = [];
  for await (const { key } of store.list("", call)) keys.push(key);
  expect(keys).toEqual(["real"]);
  await expect(store.read("link", call)).rejects.toMatchObject({ code: "ZENLITE_NOT_FOUND" });
  expect(await store.stat("pipe", call)).toBeUndefined();
  await expect(store.read("pipe", call)).rejects.toMatchObject({ code: "ZENLITE_NOT_FOUND" });
});

test("a symbolic link that leads out of the store is not followed, one to the store's own folder is", async () => {
  using folder = temporaryFolder();
  const outside = join(folder.path, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret"), "not yours");
  const elsewhere = join(folder.path, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(folder.path, "store"));
  const store = await openAt(folder.path);
  await store.write("runs/a", Buffer.from("x"), { ...call, if: "absent" });
  expect(existsSync(join(elsewhere, "runs/a"))).toBe(true);

  symlinkSync(outside, join(elsewhere, "escape"));
  const refused = { code: "ZENLITE_KEY_INVALID", message: expect.stringContaining("escape") };
  await expect(store.read("escape/secret", call)).rejects.toMatchObject(refused);
  await expect(store.stat("escape/secret", call)).rejects.toMatchObject(refused);
  await expect(store.delete(["escape/secret"], call)).rejects.toMatchObject(refused);
  for (const condition of ["absent", "always", { etag: null }] as const)
    await expect(store.write("escape/new/file", Buffer.from("x"), { ...call, if: condition })).rejects.toMatchObject(
      refused,
    );
  const keys: string[] = [];
  for await (const { key } of store.list("", call)) keys.push(key);
  expect(keys).toEqual(["runs/a"]);
  expect(readdirSync(outside)).toEqual(["secret"]);
});

test("one key cannot be an object and a folder: the error says so", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  await store.write("a/b", Buffer.from("x"), { ...call, if: "absent" });
  for (const key of ["a", "a/b/c"])
    for (const condition of ["absent", "always"] as const)
      await expect(store.write(key, Buffer.from("x"), { ...call, if: condition })).rejects.toMatchObject({
        code: "ZENLITE_KEY_INVALID",
        message: expect.stringContaining(`"${key}"`),
      });
});
