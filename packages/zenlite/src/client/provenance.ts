// What made a run, for whoever asks later: commit, dirtiness, lock file, versions.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Provenance } from "@zenlite/core";
import { digestOf } from "@zenlite/records";

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/** Never fails: what cannot be found out is `null`. A repository too large to be looked through in two seconds has `dirty: null`. */
export async function gatherProvenance(
  projectFolder: string,
  versions: { readonly [name: string]: string },
): Promise<Provenance> {
  const [commit, changes, lock] = await Promise.all([
    git(projectFolder, "rev-parse", "HEAD"),
    git(projectFolder, "status", "--porcelain", "--untracked-files=normal", "--", "."),
    findLock(projectFolder),
  ]);
  return {
    git:
      commit === undefined
        ? null
        : { commit: commit.trim(), dirty: changes === undefined ? null : changes.trim() !== "" },
    lock: lock === undefined ? null : digestOf(lock),
    versions: { ...versions, node: process.versions.node, platform: `${process.platform}-${process.arch}` },
  };
}

function git(folder: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Optional locks off: asking for the status must not write to the user's repository.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
    execFile("git", args, { cwd: folder, env, timeout: 2000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}

/** The nearest lock file, upwards: in a workspace it lies at the root. */
async function findLock(folder: string): Promise<Uint8Array | undefined> {
  for (const name of lockFiles) {
    const content = await readFile(join(folder, name)).catch(() => undefined);
    if (content !== undefined) return content;
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findLock(parent);
}
