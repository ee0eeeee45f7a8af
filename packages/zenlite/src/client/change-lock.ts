// One command at a time changes a configuration file.
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { LockOptions } from "proper-lockfile";
import { hasCode, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";
import { ensureStateFolder, findFolders } from "@zenlite/core/config";

/** A command that was killed leaves its lock; it counts for this many milliseconds after it was last touched. */
const staleAfter = 3000;
const touchedEvery = 1000;
/** How long one command may hold the file before another gives up: longer than the lock of a killed one counts. In milliseconds. */
const patience = 10_000;
/** Several commands take their turns in any order; so long at most for all of them. */
const longestQueue = 60_000;

export interface ConfigLock extends AsyncDisposable {
  /** False once another command took the lock over, because this process stood still for too long. */
  held(): boolean;
}

/**
 * Waits for other commands that change the file. The lock lies in the state folder beside the file, so that the packages of a
 * workspace that share the file share the lock.
 *
 * Throws ZENLITE_CONFIG_LOCKED, ZENLITE_STATE_FOLDER.
 */
export async function lockConfig(file: string): Promise<ConfigLock> {
  const { stateFolder } = findFolders(dirname(file), file);
  const folder = join(stateFolder, "state");
  const lockfilePath = join(folder, "config.lock");
  let isHeld = true;
  const onCompromised = (): void => {
    isHeld = false;
  };
  try {
    await ensureStateFolder(stateFolder);
    await mkdir(folder, { recursive: true });
    const options = { lockfilePath, realpath: false, stale: staleAfter, update: touchedEvery, onCompromised };
    const release = await waitFor(file, options);
    return {
      held: () => isHeld,
      async [Symbol.asyncDispose]() {
        // Somebody else's by now, or removed by hand: either way there is nothing of ours to take away.
        if (isHeld) await release().catch(() => undefined);
      },
    };
  } catch (cause) {
    if (isZenliteError(cause)) throw cause;
    throw new ZenliteError("ZENLITE_STATE_FOLDER", `${file} cannot be locked: ${messageOf(cause)}`, {
      cause,
      fault: "environment",
      hint: `Make ${folder} writable.`,
    });
  }
}

async function waitFor(
  file: string,
  options: LockOptions & { readonly lockfilePath: string },
): Promise<() => Promise<void>> {
  // Imported here: most verbs change nothing.
  const { default: lockfile } = await import("proper-lockfile");
  const begun = Date.now();
  let holder: string | undefined;
  let since = begun;
  for (;;) {
    try {
      return await lockfile.lock(file, options);
    } catch (cause) {
      if (!hasCode(cause, "ELOCKED")) throw cause;
    }
    const now = Date.now();
    const current = await holderOf(options.lockfilePath);
    if (current !== holder) [holder, since] = [current, now];
    if (now - since > patience || now - begun > longestQueue) throw locked(file, options.lockfilePath);
    await setTimeout(20 + 20 * Math.random());
  }
}

/** Every command makes the lock anew. */
async function holderOf(lockfilePath: string): Promise<string | undefined> {
  const made = await stat(lockfilePath, { bigint: true }).catch(() => undefined);
  return made === undefined ? undefined : `${made.ino} ${made.birthtimeNs}`;
}

function locked(file: string, lockfilePath: string): ZenliteError {
  return new ZenliteError("ZENLITE_CONFIG_LOCKED", `Another command holds ${file} and does not end.`, {
    where: { file },
    fault: "environment",
    hint: `Wait until it has ended and try again. Where none is running: rm -r ${lockfilePath}`,
  });
}
