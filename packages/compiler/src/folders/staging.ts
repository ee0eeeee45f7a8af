// Folders of the cache appear whole or not at all: written beside, then renamed; given up, they leave nothing behind.
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ZenliteError, hasCode, messageOf } from "@zenlite/core";
import { ensureStateFolder } from "@zenlite/core/config";
import { newNonce } from "@zenlite/records";
import type { FileEntry } from "../code/carried.ts";
import { markUsed } from "./unused.ts";

/** A folder under `<state>/cache` that is not yet in its place. */
export interface Staged {
  /** Where it lies until it is committed. */
  readonly folder: string;
  /** Moves it to its place and gives that; thrown away where somebody was faster, as the name is the content's digest. */
  commit(): Promise<string>;
  /** Removes it, and the folders that were made for it. */
  discard(): Promise<void>;
}

/** A folder that is there already. */
export function inPlace(folder: string): Staged {
  return {
    folder,
    async commit() {
      await markUsed(folder);
      return folder;
    },
    discard: () => Promise.resolve(),
  };
}

/** `fill` writes into the folder it is given. */
export async function stage(
  stateFolder: string,
  kind: "code" | "runner",
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<Staged> {
  const place = join(stateFolder, "cache", kind, name);
  if (existsSync(place)) return inPlace(place);
  const parent = dirname(place);
  const folder = await makeBeside(stateFolder, parent);
  const discard = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await removeEmpty(stateFolder, parent);
  };
  try {
    await fill(folder);
  } catch (cause) {
    await discard();
    throw cause instanceof ZenliteError ? cause : cannotWrite(folder, cause);
  }
  return {
    folder,
    discard,
    async commit() {
      try {
        await rename(folder, place);
      } catch (cause) {
        if (!existsSync(place)) throw cannotWrite(place, cause);
        await rm(folder, { recursive: true, force: true });
      }
      return place;
    },
  };
}

async function makeBeside(stateFolder: string, parent: string, isRetry = false): Promise<string> {
  await ensureStateFolder(stateFolder);
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    // Not mkdtemp: its folders are for their maker only, and a container's user may be somebody else.
    const folder = join(parent, `${unfinished}${newNonce()}`);
    await mkdir(folder);
    return folder;
  } catch (cause) {
    // Another process that gave up took the empty folder away in between.
    if (!isRetry && hasCode(cause, "ENOENT")) return makeBeside(stateFolder, parent, true);
    throw cannotWrite(parent, cause);
  }
}

const unfinished = ".new-";
const hourMilliseconds = 3_600_000;

/** What a killed process left: older than any compile takes. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(unfinished)) continue;
    const folder = join(parent, name);
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > hourMilliseconds) await rm(folder, { recursive: true, force: true });
  }
}

export async function writeEntries(folder: string, entries: readonly FileEntry[]): Promise<void> {
  const made = new Set<string>();
  for (const { path, source } of entries) {
    const target = join(folder, path);
    const parent = dirname(target);
    if (!made.has(parent)) {
      await mkdir(parent, { recursive: true });
      made.add(parent);
    }
    if (typeof source !== "string") await writeFile(target, source);
    // A clone where the disk can make one.
    else await copyFile(source, target, constants.COPYFILE_FICLONE);
  }
}

/** Writes a file of the cache: whole, or as it was. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${newNonce()}`;
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw cannotWrite(path, cause);
  }
}

/** From the deepest folder up to the state folder, as long as nothing else is in them. */
async function removeEmpty(stateFolder: string, deepest: string): Promise<void> {
  for (let folder = deepest; folder.startsWith(stateFolder); folder = dirname(folder)) {
    try {
      if (folder === stateFolder && (await readdir(folder)).join() === ".gitignore")
        await unlink(join(folder, ".gitignore"));
      await rmdir(folder);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) return;
    }
  }
}

function cannotWrite(place: string, cause: unknown): ZenliteError {
  const full = hasCode(cause, "ENOSPC") || hasCode(cause, "EDQUOT");
  return new ZenliteError("ZENLITE_CACHE_NOT_WRITTEN", `${place} cannot be written: ${messageOf(cause)}`, {
    fault: "environment",
    cause,
    hint: full ? "Free some space on the disk." : "Make the project's folder writable.",
  });
}
