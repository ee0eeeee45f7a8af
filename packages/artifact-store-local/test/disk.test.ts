import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "./child/spawn.ts";
import { temporaryFolder } from "./folder.ts";
import { call, openAt } from "./open.ts";

// Mounting a small disk needs root on Linux, which CI is.
const mounts = process.platform === "linux" && process.getuid?.() === 0;
const why = mounts ? "" : " (skipped: mounting a small disk needs root on Linux)";

/** A disk of so many KiB in memory, unmounted with the scope that holds it. */
function smallDisk(path: string, kibibytes: number): { remountReadOnly(): void } & Disposable {
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kibibytes}k,mode=0700`, "zenlite-test", path]);
  return {
    remountReadOnly: () => void execFileSync("mount", ["-o", "remount,ro", path]),
    [Symbol.dispose]: () => void execFileSync("umount", [path]),
  };
}

test.skipIf(!mounts)(`a full disk fails the write with the path and leaves nothing behind${why}`, async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state");
  using _disk = smallDisk(path, 2048);
  const store = await openAt(path);
  await store.write("runs/a/created.json", Buffer.from("{}"), { ...call, if: "absent" });
  const before = readdirSync(join(path, "store"), { recursive: true }).sort();
  const full = { code: "ZENLITE_STORE_FULL", fault: "environment", hint: expect.stringContaining("zenlite clean") };

  const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(300_000)) });
  const message = expect.stringContaining(join(path, "store", "runs/a/large"));
  await expect(store.write("runs/a/large", endless, { ...call, if: "always" })).rejects.toMatchObject({
    ...full,
    message,
  });
  const large = new Uint8Array(5_000_000);
  await expect(store.write("runs/b/large", large, { ...call, if: "absent" })).rejects.toMatchObject(full);
  await expect(
    store.write("runs/b/small", large.subarray(0, 1_000_000), { ...call, if: "absent" }),
  ).resolves.toHaveProperty("etag");
  await expect(
    store.write("runs/b/other", large.subarray(0, 1_000_000), { ...call, if: { etag: null } }),
  ).resolves.toHaveProperty("etag");
  await expect(
    store.write("runs/c/small", large.subarray(0, 1_000_000), { ...call, if: "absent" }),
  ).rejects.toMatchObject(full);
  await store.delete(["runs/b/small", "runs/b/other"], call);
  expect(readdirSync(join(path, "store"), { recursive: true }).sort()).toEqual(before);

  await store.write("runs/a/finished.json", Buffer.from("{}"), { ...call, if: "absent" });
  expect((await store.stat("runs/a/created.json", call))?.bytes).toBe(2);
});

test.skipIf(!mounts)(`a read-only disk denies writing and deleting, and is read${why}`, async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state");
  using disk = smallDisk(path, 2048);
  const store = await openAt(path);
  await store.write("a/b", Buffer.from("x"), { ...call, if: "absent" });
  await store.write("a/lease", Buffer.from("x"), { ...call, if: { etag: null } });
  disk.remountReadOnly();
  const denied = {
    code: "ZENLITE_STORE_DENIED",
    fault: "environment",
    message: expect.stringContaining(join(path, "store")),
  };
  await expect(store.write("a/c", Buffer.from("x"), { ...call, if: "absent" })).rejects.toMatchObject(denied);
  await expect(store.delete(["a/b"], call)).rejects.toMatchObject(denied);
  await expect(store.delete(["a/lease"], call)).rejects.toMatchObject(denied);
  expect(await new Response(await store.read("a/b", call)).text()).toBe("x");
});

test.skipIf(!mounts)(`a folder of another user denies writing${why}`, async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const child = start("refused.ts", [folder.path]);
  const error: unknown = JSON.parse(await child.line());
  expect(error).toMatchObject({
    code: "ZENLITE_STORE_DENIED",
    fault: "environment",
    message: expect.stringContaining(folder.path),
  });
  expect(await child.ended).toBe(0);
});

test("a path that is a file, or leads through one, fails with that path", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "store"), "a file");
  const store = await openAt(folder.path);
  const failed = {
    code: "ZENLITE_STORE_FAILED",
    fault: "environment",
    message: expect.stringContaining(join(folder.path, "store")),
  };
  await expect(store.write("a/b", Buffer.from("x"), { ...call, if: "absent" })).rejects.toMatchObject(failed);
  const beneath = await openAt(join(folder.path, "store"));
  await expect(beneath.write("a/b", Buffer.from("x"), { ...call, if: "absent" })).rejects.toMatchObject(failed);
});
