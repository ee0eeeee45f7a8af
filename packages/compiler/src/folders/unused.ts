// Folders of the cache that no run has used for a while. Any of them can be made again, from the source or from the artifact store.
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "@zenlite/core";

export interface UnusedFolder {
  /** Absolute: a folder of bundled code or of a runner, or what is remembered of a bundle. */
  readonly path: string;
  readonly bytes: number;
}

const kinds = ["code", "runner", "bundles"] as const;

/** Said whenever a run takes a folder: its age is the time since its last use. */
export async function markUsed(folder: string, now = new Date()): Promise<void> {
  // A read-only cache can be used as it is.
  await utimes(folder, now, now).catch(() => undefined);
}

/** `before`: what was used since then stays. Runs of any stack may be reading it. */
export async function findUnused(stateFolder: string, before: Date): Promise<readonly UnusedFolder[]> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const folder = join(stateFolder, "cache", kind);
      const names = await ifThere(readdir(folder));
      return Promise.all(
        (names ?? []).map(async (name): Promise<readonly UnusedFolder[]> => {
          const path = join(folder, name);
          const facts = await ifThere(stat(path));
          return facts === undefined || facts.mtime >= before ? [] : [{ path, bytes: await bytesOf(path) }];
        }),
      );
    }),
  );
  return found.flat(2);
}

/** What a run has taken since it was found stays. */
export async function removeUnused(folders: readonly UnusedFolder[], before: Date): Promise<void> {
  await Promise.all(
    folders.map(async ({ path }) => {
      const facts = await ifThere(stat(path));
      if (facts !== undefined && facts.mtime < before) await rm(path, { recursive: true, force: true });
    }),
  );
}

async function bytesOf(path: string): Promise<number> {
  const facts = await ifThere(stat(path));
  if (facts === undefined || !facts.isDirectory()) return facts?.size ?? 0;
  const entries = (await ifThere(readdir(path, { recursive: true, withFileTypes: true }))) ?? [];
  const sizes = await Promise.all(
    // Links to the project's own packages lead out of the cache: what they name is not counted, and not removed.
    entries.filter((entry) => entry.isFile()).map((entry) => ifThere(stat(join(entry.parentPath, entry.name)))),
  );
  return sizes.reduce((sum, file) => sum + (file?.size ?? 0), 0);
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
