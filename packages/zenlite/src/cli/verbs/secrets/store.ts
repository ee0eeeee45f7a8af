// The secrets file on the disk: read, changed under a lock, written whole and for its owner alone.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";
import { readSecretsFile, secretsFile, secretsText, type StoredSecrets } from "@zenlite/core/config";

/** A command that was killed leaves its lock, which counts for this long. */
const staleAfter = 3000;
const retries = { retries: 200, factor: 1, minTimeout: 25, maxTimeout: 75, randomize: true } as const;

/**
 * Reads, changes and writes with no other command in between; at every moment the file is the old one or the new one. `change` may
 * throw to refuse, and nothing is written then. Gives the file's path.
 *
 * Throws what `change` throws, ZENLITE_SECRETS_UNREADABLE, ZENLITE_SECRETS_LOCKED, ZENLITE_SECRETS_NOT_WRITTEN.
 */
export async function changeSecrets(change: (before: StoredSecrets) => StoredSecrets): Promise<string> {
  const file = secretsFile(process.env);
  try {
    // The mode counts for folders that are made here: whoever opened theirs to others meant it.
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await using _lock = await lockSecrets(file);
    const text = secretsText(change(readSecretsFile(file)));
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await writeFileAtomic(file, text, { mode: 0o600 });
    return file;
  } catch (cause) {
    if (isZenliteError(cause)) throw cause;
    throw new ZenliteError("ZENLITE_SECRETS_NOT_WRITTEN", `${file} cannot be written: ${messageOf(cause)}`, {
      where: { file },
      fault: "environment",
      hint: `ls -ld ${dirname(file)}`,
      cause,
    });
  }
}

async function lockSecrets(file: string): Promise<AsyncDisposable> {
  const lockfilePath = `${file}.lock`;
  const { default: lockfile } = await import("proper-lockfile");
  try {
    const release = await lockfile.lock(file, {
      lockfilePath,
      realpath: false,
      stale: staleAfter,
      update: 1000,
      retries,
      // Only this process's own long sleep can bring that about; the write that follows is whole all the same.
      onCompromised: () => {},
    });
    return { [Symbol.asyncDispose]: () => release().catch(() => undefined) };
  } catch (cause) {
    if (!hasCode(cause, "ELOCKED")) throw cause;
    throw new ZenliteError("ZENLITE_SECRETS_LOCKED", `Another command has been changing ${file} for too long.`, {
      where: { file },
      fault: "environment",
      hint: `Wait for it to end and try again. Where no other command runs: rm -r ${lockfilePath}`,
    });
  }
}
