import { createHash, randomBytes } from "node:crypto";
import { readdirSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { discard, unless } from "./disk.ts";
import { parseVersion } from "./key.ts";

// A key that changes is a row of files `<key>@<n>`, each made by `link`, which fails where the name is taken: that is the whole
// compare-and-swap. The highest number is the value. A reader may hold the one before, so that one stays; older ones go.

/** The numbers of a changing key's versions, lowest first. */
export function versionsOf(path: string): number[] {
  const name = basename(path);
  const numbers: number[] = [];
  for (const entry of unless(["ENOENT", "ENOTDIR"], () => readdirSync(dirname(path))) ?? []) {
    if (!entry.startsWith(name)) continue;
    const parsed = parseVersion(entry);
    if (parsed?.name === name) numbers.push(parsed.version);
  }
  return numbers.sort((left, right) => left - right);
}

/** A name of one's own in the temporary folder; one aimed at a version says which. */
export function temporaryName(key: string, version: number | undefined): string {
  const nonce = randomBytes(12).toString("hex");
  return version === undefined ? nonce : `${aimedAt(key)}${version}-${nonce}`;
}

function aimedAt(key: string): string {
  return `${createHash("sha256").update(key).digest("hex").slice(0, 24)}@`;
}

/**
 * Keeps the newest version and the one before. A removed number could be made anew by a writer that looked before and slept
 * since; so the temporary files aimed at those numbers go first, after which its `link` has nothing to name. A temporary file
 * that appears later belongs to a writer that will still look at the numbers, and will see the newest.
 */
export function removeOldVersions(path: string, key: string, newest: number, temporaries: string): void {
  const old = versionsOf(path).filter((version) => version < newest - 1);
  if (old.length === 0) return;
  const prefix = aimedAt(key);
  for (const name of unless(["ENOENT"], () => readdirSync(temporaries)) ?? [])
    if (name.startsWith(prefix) && Number.parseInt(name.slice(prefix.length), 10) < newest)
      discard(join(temporaries, name));
  // From the oldest on: as long as a number is there, so are all between it and the newest.
  for (const version of old) discard(`${path}@${version}`);
}

export function removeAllVersions(path: string): void {
  // From the oldest on, so that none of them becomes the value on the way.
  for (const version of versionsOf(path)) unless(["ENOENT"], () => unlinkSync(`${path}@${version}`));
}
