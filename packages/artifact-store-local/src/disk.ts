import {
  closeSync,
  constants,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  write,
  writeSync,
  writev,
} from "node:fs";
import { dirname, relative, sep } from "node:path";
import { promisify } from "node:util";
import { type Bytes, hasCode, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";

const writeLater = promisify(write);
const writevLater = promisify(writev);
const fsyncLater = promisify(fsync);

/** The unit of reading and writing: large enough that a system call costs nothing beside it, small enough to hold several. */
export const chunkBytes = 1024 * 1024;
/** writev takes at most 1,024 pieces. */
const mostPieces = 512;

/** What the operating system said, as an error that names the place and whose turn it is. */
export function explain(error: unknown, path: string): unknown {
  if (isZenliteError(error) || !(error instanceof Error) || !("syscall" in error)) return error;
  const is = (...codes: string[]): boolean => codes.some((code) => hasCode(error, code));
  const fail = (code: `ZENLITE_${string}`, message: string, hint: string): ZenliteError =>
    new ZenliteError(code, message, { hint, cause: error, fault: "environment", where: { file: path } });
  if (is("ENOSPC", "EDQUOT"))
    return fail(
      "ZENLITE_STORE_FULL",
      `The disk is full: ${path} could not be written.`,
      "zenlite clean, or make room on that disk.",
    );
  if (is("EACCES", "EROFS") || (is("EPERM") && error.syscall !== "link"))
    return fail(
      "ZENLITE_STORE_DENIED",
      `${path}: ${messageOf(error)}`,
      `Let this user write there, or set another "path" for the artifact store.`,
    );
  if (error.syscall === "link" && is("EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"))
    return fail(
      "ZENLITE_STORE_UNSUPPORTED",
      `${path}: the file system makes no hard links within the store (${messageOf(error)}).`,
      `Set "path" of the artifact store to a folder on an ordinary local disk.`,
    );
  return fail(
    "ZENLITE_STORE_FAILED",
    `${path}: ${messageOf(error)}`,
    `Look at the folder and its disk, or set another "path" for the artifact store.`,
  );
}

/** Runs what may fail with any of the codes; `undefined` where it did. */
export function unless<T>(codes: readonly string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (codes.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

/** Makes names in a folder durable: a file that was fsynced can still lose its name. */
export function syncFolder(folder: string): void {
  const descriptor = unless(["ENOENT", "ENOTDIR"], () => openSync(folder, constants.O_RDONLY));
  if (descriptor === undefined) return;
  try {
    // Some network and FUSE file systems cannot sync a folder; they order names by themselves or not at all.
    unless(["EINVAL", "ENOTSUP"], () => fsyncSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** Like `mkdir -p`, each new folder made durable in its parent. `allowed` is asked before anything is made in a folder. */
export function makeFolders(folder: string, allowed: (existing: string) => void): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) makeFolders(parent, allowed);
  allowed(parent);
  unless(["EEXIST"], () => mkdirSync(folder));
  syncFolder(parent);
}

/** Removes the folder and its parents below `root` as far as they are empty; returns the first that stays. */
export function removeEmpty(folder: string, root: string): string {
  let current = folder;
  while (isBelow(current, root)) {
    // A folder that cannot be removed, for whatever reason, simply stays: it holds no key.
    try {
      rmdirSync(current);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) break;
    }
    current = dirname(current);
  }
  return current;
}

export function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`);
}

/** Writes all bytes, fsyncs and closes, blocking: for a small record several times quicker than going through the thread pool. */
export function writeNow(descriptor: number, body: Uint8Array): void {
  try {
    for (let written = 0; written < body.length;) written += writeSync(descriptor, body, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes, fsyncs and closes in constant memory: one piece is being written while the next is read, no further. */
export async function writeLarge(descriptor: number, body: Bytes | Uint8Array, signal: AbortSignal): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const pieces of body instanceof Uint8Array ? slices(body) : gather(body, signal)) {
      signal.throwIfAborted();
      await writing;
      writing = writeAll(descriptor, pieces);
      // Looked at in the next turn or below; until then a failure must not count as unhandled.
      writing.catch(() => undefined);
    }
    await writing;
    signal.throwIfAborted();
    await fsyncLater(descriptor);
  } finally {
    // The descriptor's number must not be given to another file while a write to it is under way.
    await writing.catch(() => undefined);
    closeSync(descriptor);
  }
}

function* slices(body: Uint8Array): Iterable<Uint8Array[]> {
  for (let start = 0; start < body.length; start += 8 * chunkBytes)
    yield [body.subarray(start, start + 8 * chunkBytes)];
}

/** Joins small chunks to about 1 MiB without copying. Leaving early, or an abort, cancels the source. */
async function* gather(body: Bytes, signal: AbortSignal): AsyncIterable<Uint8Array[]> {
  const reader = body.getReader();
  // Cancelling ends a read that is waiting, however long the source would have taken.
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (!done) {
        pieces.push(value);
        bytes += value.length;
        if (bytes < chunkBytes && pieces.length < mostPieces) continue;
      }
      if (bytes > 0) yield pieces;
      if (done) break;
      [pieces, bytes] = [[], 0];
    }
    ended = true;
  } finally {
    signal.removeEventListener("abort", cancel);
    // Not awaited: a source that hangs in its own clean-up must not hold up the error.
    if (!ended) cancel();
  }
}

async function writeAll(descriptor: number, pieces: readonly Uint8Array[]): Promise<void> {
  let total = 0;
  for (const piece of pieces) total += piece.length;
  const { bytesWritten } =
    pieces.length === 1 && pieces[0] !== undefined
      ? await writeLater(descriptor, pieces[0])
      : await writevLater(descriptor, pieces);
  if (bytesWritten === total) return;
  // A short write: nearly always the last one before the disk is full. The next call says so.
  let skip = bytesWritten;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece.length > skip) rest.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  await writeAll(descriptor, rest);
}

/** Removes a file that may be gone already, or that cannot be removed any more: what stays is found by the sweep. */
export function discard(path: string): void {
  unless(["ENOENT", "EACCES", "EPERM", "EROFS", "EIO"], () => unlinkSync(path));
}
