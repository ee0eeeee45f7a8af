// Puts a new text in a configuration file's place: at every moment, and after every crash, the file is the old one or the new one.
// By hand, since no library compares what is there at the last moment before it renames.
import { readFileSync, renameSync, type Stats } from "node:fs";
import { access, constants, link, open, readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasCode, messageOf, ZenliteError } from "@zenlite/core";

/**
 * Writes beside the file and renames: a link stays a link to the same file; mode and owner stay. `before` is what the file held when
 * it was read, `undefined` where there was none. False, and nothing done, where it is no longer so: an editor was quicker.
 *
 * Throws ZENLITE_CONFIG_READ_ONLY, ZENLITE_CONFIG_NOT_WRITTEN.
 */
export async function replaceFile(file: string, before: Uint8Array | undefined, text: string): Promise<boolean> {
  const target = before === undefined ? file : await realpath(file);
  const folder = dirname(target);
  const leftover = `${basename(target)}.zenlite-`;
  const beside = join(folder, `${leftover}${process.pid}`);
  try {
    const present = before === undefined ? undefined : await stat(target);
    if (present !== undefined) await refuseReadOnly(target, present);
    await removeLeftovers(folder, leftover);
    await writeDurably(beside, text, present);
    const isDone = before === undefined ? await create(beside, target) : exchange(beside, target, before);
    if (isDone) await syncFolder(folder);
    return isDone;
  } catch (cause) {
    throw notWritten(target, cause);
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

async function refuseReadOnly(file: string, { mode }: Stats): Promise<void> {
  // The superuser may write what is marked not to be written: the mark was meant all the same.
  if ((mode & 0o222) === 0) throw readOnly(file);
  await access(file, constants.W_OK);
}

function readOnly(file: string, cause?: unknown): ZenliteError {
  return new ZenliteError("ZENLITE_CONFIG_READ_ONLY", `${file} is read-only.`, {
    where: { file },
    fault: "environment",
    hint: `chmod u+w ${file}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function notWritten(file: string, cause: unknown): unknown {
  if (hasCode(cause, "ZENLITE_CONFIG_READ_ONLY")) return cause;
  if (["EACCES", "EPERM", "EROFS"].some((code) => hasCode(cause, code))) return readOnly(file, cause);
  return new ZenliteError("ZENLITE_CONFIG_NOT_WRITTEN", `${file} cannot be written: ${messageOf(cause)}`, {
    where: { file },
    fault: "environment",
    hint: `df -h ${dirname(file)}`,
    cause,
  });
}

async function writeDurably(file: string, text: string, like: Stats | undefined): Promise<void> {
  const handle = await open(file, "w", like === undefined ? 0o666 : like.mode & 0o777);
  try {
    await handle.writeFile(text);
    if (like !== undefined) {
      // Only the superuser may give a file away; for everybody else it is theirs already, or becomes so.
      await handle.chown(like.uid, like.gid).catch(() => undefined);
      await handle.chmod(like.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A link, unlike a rename, never takes the place of a file that has come in the meantime. */
async function create(beside: string, target: string): Promise<boolean> {
  try {
    await link(beside, target);
    return true;
  } catch (cause) {
    if (hasCode(cause, "EEXIST")) return false;
    // Some file systems have no links.
    return exchange(beside, target, undefined);
  }
}

/** Comparing and renaming without a pause between: there is no call that does both. */
function exchange(beside: string, target: string, before: Uint8Array | undefined): boolean {
  const now = readPresent(target);
  if (before === undefined ? now !== undefined : now === undefined || Buffer.compare(before, now) !== 0) return false;
  renameSync(beside, target);
  return true;
}

function readPresent(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

/** The rename itself has to survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  // Not every file system can; the file is complete in any case.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** What commands left that were killed while writing. Only one command at a time writes, but a lock can be taken over. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (Number.isInteger(pid) && pid > 0 && !isRunning(pid)) await rm(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !hasCode(cause, "ESRCH");
  }
}
