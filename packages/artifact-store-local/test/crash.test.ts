import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "./child/spawn.ts";
import { temporaryFolder } from "./folder.ts";
import { call, openAt } from "./open.ts";

async function keysOf(store: Awaited<ReturnType<typeof openAt>>, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, call)) keys.push(key);
  return keys;
}

test("a writer that is killed leaves no object; what it left is listed once it is a day old, and deleted", async () => {
  using folder = temporaryFolder();
  const child = start("stall.ts", [folder.path]);
  expect(await child.line()).toBe("stalled");
  child.process.kill("SIGKILL");
  expect(await child.ended).toBe("SIGKILL");

  const store = await openAt(folder.path);
  expect(await store.stat("large", call)).toBeUndefined();
  expect(await keysOf(store, "")).toEqual([]);
  const temporaries = join(folder.path, "store", ".tmp");
  const [name = ""] = readdirSync(temporaries);
  // Nobody can tell yet that its writer is dead.
  expect(await keysOf(store, ".tmp/")).toEqual([]);
  const dayAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(join(temporaries, name), dayAgo, dayAgo);
  expect(await keysOf(store, ".tmp/")).toEqual([`.tmp/${name}`]);
  expect(await keysOf(store, "")).toEqual([]);
  await store.delete([`.tmp/${name}`], call);
  expect(existsSync(join(temporaries, name))).toBe(false);

  await store.write("large", Buffer.from("another try"), { ...call, if: "absent" });
  expect((await store.stat("large", call))?.bytes).toBe(11);
});

test("a failed or lost write leaves neither temporary files nor empty folders", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broken")) });
  await expect(store.write("a/b/c", broken, { ...call, if: "absent" })).rejects.toThrow("broken");
  await store.write("first", Buffer.from("1"), { ...call, if: "absent" });
  expect(await store.write("first", Buffer.from("2"), { ...call, if: "absent" })).toBe("conflict");
  expect(readdirSync(join(folder.path, "store"), { recursive: true }).sort()).toEqual([".tmp", "first"]);
  expect(readdirSync(join(folder.path, "store", ".tmp"))).toEqual([]);
});

test("delete takes the folders that it empties, and no others", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  for (const key of ["runs/a/steps/x/outcome.json", "runs/a/created.json", "runs/b/created.json"])
    await store.write(key, Buffer.from("{}"), { ...call, if: "absent" });
  await store.delete(["runs/a/steps/x/outcome.json", "runs/b/created.json"], call);
  expect(readdirSync(join(folder.path, "store"), { recursive: true }).sort()).toEqual([
    ".tmp",
    "runs",
    "runs/a",
    "runs/a/created.json",
  ]);
  await store.delete(["runs/a/created.json"], call);
  expect(readdirSync(join(folder.path, "store"))).toEqual([".tmp"]);
});

test("opening and reading make nothing on the disk", async () => {
  using folder = temporaryFolder();
  const store = await openAt(folder.path);
  await expect(store.read("runs/a", call)).rejects.toMatchObject({ code: "ZENLITE_NOT_FOUND" });
  expect(await store.stat("runs/a", call)).toBeUndefined();
  expect(await keysOf(store, "")).toEqual([]);
  await store.delete(["runs/a"], call);
  expect(existsSync(join(folder.path, "store"))).toBe(false);
});
