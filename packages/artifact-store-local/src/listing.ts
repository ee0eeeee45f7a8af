import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { temporaryFolder } from "@zenlite/core";
import { unless } from "./disk.ts";
import { compareBytes, parseVersion } from "./key.ts";
import { versionsOf } from "./versions.ts";

interface Listed {
  readonly key: string;
  readonly bytes: number;
}

/** A writer that has not touched its temporary file for so long is taken for dead. */
const leftoverMilliseconds = 24 * 60 * 60 * 1000;
/** A long listing lets timers and sockets have their turn: the lease of the process must go on beating. */
const turn = 256;

/** Keys below the folder `start` (empty or with / at its end) that begin with `prefix` and come after `after`, in byte order. */
export async function* listKeys(
  root: string,
  start: string,
  prefix: string,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  let count = 0;
  for (const listed of walk(root, start, prefix, after)) {
    signal.throwIfAborted();
    yield listed;
    count += 1;
    if (count % turn === 0) await setImmediate();
  }
}

function* walk(root: string, start: string, prefix: string, after: string): Generator<Listed> {
  const entries = unless(["ENOENT", "ENOTDIR"], () => readdirSync(join(root, start), { withFileTypes: true })) ?? [];
  const compare = orderOf(start, entries);
  const keys = new Set<string>();
  for (const entry of entries) {
    const key = start + nameOf(entry);
    if (key === start || !key.startsWith(prefix) || key === `${temporaryFolder}/`) continue;
    // A folder that `after` lies in still has later keys.
    if (after === "" || compare(key, after) > 0 || (key.endsWith("/") && after.startsWith(key))) keys.add(key);
  }
  // Folders are compared with their /, which is where their keys differ from others: `a-b` comes before `a/c`.
  for (const key of [...keys].sort(compare)) {
    if (key.endsWith("/")) yield* walk(root, key, prefix, after);
    else {
      const bytes = bytesOf(join(root, key));
      if (bytes !== undefined) yield { key, bytes };
    }
  }
}

/** The order of bytes; by the engine's own comparison where no character is one that it orders otherwise. */
function orderOf(start: string, entries: readonly Dirent[]): (left: string, right: string) => number {
  const wide = /[\ud800-\uffff]/;
  if (wide.test(start) || entries.some(({ name }) => wide.test(name))) return compareBytes;
  return (left, right) => (left < right ? -1 : left > right ? 1 : 0);
}

/** The part of a key that an entry stands for: a folder ends in /, versions stand for one key, anything else is no key. */
function nameOf(entry: Dirent): string {
  if (entry.isDirectory()) return `${entry.name}/`;
  return entry.isFile() ? (parseVersion(entry.name)?.name ?? entry.name) : "";
}

function bytesOf(path: string): number | undefined {
  const plain = lstatSync(path, { throwIfNoEntry: false });
  if (plain !== undefined) return plain.size;
  // A version that vanished since it was listed has newer ones.
  for (let attempt = 1; attempt <= 1000; attempt += 1) {
    const newest = versionsOf(path).at(-1);
    if (newest === undefined) return undefined;
    const found = lstatSync(`${path}@${newest}`, { throwIfNoEntry: false });
    if (found !== undefined) return found.size;
  }
  return undefined;
}

/** What dead writers left in the temporary folder, under keys that only `delete` takes. */
export function* listLeftovers(temporaries: string, prefix: string, after: string): Generator<Listed> {
  const oldest = Date.now() - leftoverMilliseconds;
  for (const name of (unless(["ENOENT", "ENOTDIR"], () => readdirSync(temporaries)) ?? []).sort(compareBytes)) {
    const key = `${temporaryFolder}/${name}`;
    if (!key.startsWith(prefix) || compareBytes(key, after) <= 0) continue;
    const found = lstatSync(join(temporaries, name), { throwIfNoEntry: false });
    if (found !== undefined && found.isFile() && found.mtimeMs < oldest) yield { key, bytes: found.size };
  }
}
