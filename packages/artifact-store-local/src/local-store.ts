import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  type ArtifactStore,
  type Bytes,
  checkKey,
  checkPrefix,
  hasCode,
  refuseKey,
  temporaryFolder,
  type WriteCondition,
  ZenliteError,
} from "@zenlite/core";
import {
  chunkBytes,
  discard,
  explain,
  isBelow,
  makeFolders,
  removeEmpty,
  syncFolder,
  unless,
  writeLarge,
  writeNow,
} from "./disk.ts";
import { listKeys, listLeftovers } from "./listing.ts";
import { readDescriptor } from "./reading.ts";
import { removeAllVersions, removeOldVersions, temporaryName, versionsOf } from "./versions.ts";

const gone = ["ENOENT", "ENOTDIR", "ELOOP"] as const;

/** What a finished temporary file becomes: the key's own file, or the next version of a key that changes. */
interface Target {
  readonly file: string;
  readonly version?: number;
}

/** An artifact store in the folder `root`, which the first write makes. A key is a file; one that changes is `<key>@<n>`. */
export function openLocalStore(root: string): ArtifactStore & AsyncDisposable {
  const temporaries = join(root, temporaryFolder);
  let realRoot: string | undefined;

  /** False where the folder is not there. A symbolic link in the store is followed only as far as it stays in the store. */
  function stayInside(folder: string, key: string): boolean {
    realRoot ??= unless(gone, () => realpathSync.native(root));
    const real = unless(gone, () => realpathSync.native(folder));
    if (realRoot === undefined || real === undefined) return false;
    if (real !== realRoot && !isBelow(real, realRoot))
      refuseKey(key, `${folder} is a symbolic link that leads out of the store`);
    return true;
  }

  /** Repeats what failed because its folder is missing. More than once, as a sweep may remove a folder that is empty still. */
  function inFolder<T>(folder: string, key: string, act: () => T): T {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (attempt > 1 && !existsSync(root)) makeFolders(root, () => undefined);
        if (attempt > 1 && !existsSync(folder)) makeFolders(folder, (existing) => void stayInside(existing, key));
        return act();
      } catch (error) {
        if (attempt === 10 || !hasCode(error, "ENOENT")) throw error;
      }
    }
  }

  /** Undefined where the condition does not hold: somebody else was first. */
  function aim(path: string, key: string, condition: WriteCondition): Target | undefined {
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (present?.isDirectory() === true) refuseKey(key, "it is a folder of other keys");
    if (condition === "always") return { file: path };
    if (condition === "absent") return present === undefined ? { file: path } : undefined;
    if (present !== undefined && condition.etag !== null)
      throw new ZenliteError(
        "ZENLITE_STORE_MISUSE",
        `"${key}" was written once and for all; it cannot be changed by its etag.`,
        { fault: "internal" },
      );
    const expected = condition.etag === null ? 0 : /^[1-9]\d*$/.test(condition.etag) ? Number(condition.etag) : NaN;
    if (present !== undefined || (versionsOf(path).at(-1) ?? 0) !== expected) return undefined;
    return { file: `${path}@${expected + 1}`, version: expected + 1 };
  }

  /** Gives the temporary file its name: the one step that decides, by `link`, which replaces nothing. */
  function commit(temporary: string, path: string, key: string, condition: WriteCondition): string | undefined {
    const folder = dirname(path);
    stayInside(folder, key);
    // For a version this must be looked at again now that the temporary file is there: see removeOldVersions.
    const target = aim(path, key, condition);
    if (target === undefined) return undefined;
    const etag = target.version === undefined ? etagOf(lstatSync(temporary, { bigint: true })) : String(target.version);
    try {
      inFolder(folder, key, () => (condition === "always" ? renameSync : linkSync)(temporary, target.file));
    } catch (error) {
      // Taken away by whoever wrote later versions: this one was written and removed again while this writer slept.
      const overtaken = target.version !== undefined && hasCode(error, "ENOENT") && !existsSync(temporary);
      if (overtaken || hasCode(error, "EEXIST")) return undefined;
      throw error;
    }
    discard(temporary);
    syncFolder(folder);
    if (target.version !== undefined) removeOldVersions(path, key, target.version, temporaries);
    return etag;
  }

  async function write(
    path: string,
    key: string,
    body: Bytes | Uint8Array,
    signal: AbortSignal,
    condition: WriteCondition,
  ) {
    stayInside(temporaries, key);
    const target = aim(path, key, condition);
    if (target === undefined) {
      if (!(body instanceof Uint8Array)) void body.cancel().catch(() => undefined);
      return undefined;
    }
    const temporary = join(temporaries, temporaryName(key, target.version));
    const descriptor = inFolder(temporaries, key, () => openSync(temporary, "wx"));
    try {
      if (body instanceof Uint8Array && body.length <= chunkBytes) writeNow(descriptor, body);
      else await writeLarge(descriptor, body, signal);
      signal.throwIfAborted();
      return commit(temporary, path, key, condition);
    } finally {
      discard(temporary);
    }
  }

  /** Runs `use` on the file that holds the key's value. A version that vanished meanwhile was followed by newer ones. */
  function locate<T>(path: string, key: string, use: (file: string, version?: number) => T | undefined): T | undefined {
    if (!stayInside(dirname(path), key)) return undefined;
    const plain = use(path);
    if (plain !== undefined) return plain;
    for (let attempt = 1; attempt <= 1000; attempt += 1) {
      const newest = versionsOf(path).at(-1);
      if (newest === undefined) return undefined;
      const found = use(`${path}@${newest}`, newest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function guarded<T>(key: string, signal: AbortSignal, act: (path: string) => T): Promise<Awaited<T>> {
    signal.throwIfAborted();
    checkKey(key);
    const path = join(root, key);
    try {
      return await act(path);
    } catch (error) {
      if (hasCode(error, "ENOTDIR") && unless(gone, () => statSync(root))?.isDirectory() === true)
        refuseKey(key, "a part of it is an object, not a folder", error);
      throw explain(error, path);
    }
  }

  return {
    read: (key, { signal, from = 0 }) =>
      guarded(key, signal, (path) => {
        const descriptor = locate(path, key, openFile);
        if (descriptor !== undefined) return readDescriptor(descriptor, from, signal, path);
        throw new ZenliteError("ZENLITE_NOT_FOUND", `"${key}" is not in the artifact store ${root}.`, {
          where: { file: path },
        });
      }),

    write: (key, body, call) =>
      guarded(key, call.signal, async (path) => {
        try {
          const etag = await write(path, key, body, call.signal, call.if);
          if (etag !== undefined) return { etag };
          // Whoever hears of the winner builds on it: it must be as durable as if this writer had won.
          syncFolder(dirname(path));
          return "conflict";
        } catch (error) {
          removeEmpty(dirname(path), root);
          throw error;
        }
      }),

    stat: (key, { signal }) =>
      guarded(key, signal, (path) =>
        locate(path, key, (file, version) => {
          const found = unless(gone, () => lstatSync(file, { bigint: true, throwIfNoEntry: false }));
          if (found?.isFile() !== true) return undefined;
          return { bytes: Number(found.size), etag: version === undefined ? etagOf(found) : String(version) };
        }),
      ),

    async *list(prefix, { signal, after = "" }) {
      signal.throwIfAborted();
      checkPrefix(prefix);
      const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      try {
        if (start === `${temporaryFolder}/`) yield* listLeftovers(temporaries, prefix, after);
        else if (stayInside(join(root, start), prefix)) yield* listKeys(root, start, prefix, after, signal);
      } catch (error) {
        throw explain(error, join(root, start));
      }
    },

    async delete(keys, { signal }) {
      const changed = new Set<string>();
      for (const key of keys) {
        // Leftovers are deleted under the names that `list(".tmp/")` gives.
        const leftover = key.startsWith(`${temporaryFolder}/`);
        await guarded(leftover ? key.slice(temporaryFolder.length + 1) : key, signal, () => {
          const path = join(root, key);
          if (!stayInside(dirname(path), key)) return;
          const found = unless(gone, () => lstatSync(path, { throwIfNoEntry: false }));
          if (found === undefined) removeAllVersions(path);
          else if (!found.isDirectory()) unless(gone, () => unlinkSync(path));
          changed.add(removeEmpty(dirname(path), root));
        });
      }
      for (const folder of changed) syncFolder(folder);
    },

    async [Symbol.asyncDispose]() {},
  };
}

/** Undefined where there is no such file; a symbolic link is none. A pipe must not keep `open` waiting for its writer. */
function openFile(file: string): number | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = unless(gone, () => openSync(file, flags));
  if (descriptor === undefined || fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  return undefined;
}

/** Changes whenever the key is written: each write makes a file of its own. */
function etagOf({ ino, mtimeNs, size }: BigIntStats): string {
  return [ino, mtimeNs, size].map((part) => part.toString(36)).join("-");
}
