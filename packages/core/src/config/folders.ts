// Which folders matter: the project's, its state folder, and those that are searched for a configuration file.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasCode, messageOf, ZenliteError } from "../errors.ts";
import { isJsonObject } from "../json.ts";

/** The folder itself, its parent, and so on to the root of the disk. */
function* upward(from: string): Generator<string> {
  let folder = resolve(from);
  for (;;) {
    yield folder;
    const parent = dirname(folder);
    if (parent === folder) return;
    folder = parent;
  }
}

const hasPackage = (folder: string): boolean => existsSync(join(folder, "package.json"));

/** The folder that a configuration file speaks for: its own, or the one above `.config`. */
export function configuredFolder(file: string): string {
  const folder = dirname(file);
  return basename(folder) === ".config" ? dirname(folder) : folder;
}

export interface FoundFolders {
  readonly projectFolder: string;
  readonly stateFolder: string;
}

/**
 * The project is the nearest folder upward with a package.json; without one it is where its configuration `file` lies, else `from`.
 * State lies in whichever is nearer to `from`, the package.json or the file, so that `zenlite init` makes every folder a place
 * of its own, and the packages of a workspace that share a file keep their state apart.
 */
export function findFolders(from: string, file: string | undefined): FoundFolders {
  const configured = file === undefined ? undefined : configuredFolder(file);
  const folders = [...upward(from)];
  const packaged = folders.find(hasPackage);
  const nearest = folders.find((folder) => folder === packaged || folder === configured) ?? resolve(from);
  return { projectFolder: packaged ?? nearest, stateFolder: join(nearest, ".zenlite") };
}

/**
 * `from` and what lies above it, nearest first, up to the root of the git repository; without one up to the root of the
 * workspace, else to the project's folder. Never further: a file that a stranger left in a shared folder names code to run.
 */
export function searchedFolders(from: string): readonly string[] {
  const folders = [...upward(from)];
  const boundary = [
    folders.find((folder) => existsSync(join(folder, ".git"))),
    folders.find(isWorkspaceRoot),
    folders.find(hasPackage),
  ].find((folder) => folder !== undefined);
  return boundary === undefined ? folders.slice(0, 1) : folders.slice(0, folders.indexOf(boundary) + 1);
}

function isWorkspaceRoot(folder: string): boolean {
  if (existsSync(join(folder, "pnpm-workspace.yaml"))) return true;
  if (!hasPackage(folder)) return false;
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return isJsonObject(parsed) && parsed["workspaces"] !== undefined;
  } catch {
    // npm says what is wrong with a package.json better than a search for something else could.
    return false;
  }
}

/** Makes the folder `.zenlite` with the `.gitignore` that keeps it out of every repository. Called before something is written. */
export async function ensureStateFolder(stateFolder: string): Promise<void> {
  try {
    await mkdir(stateFolder, { recursive: true });
    await writeFile(join(stateFolder, ".gitignore"), "*\n", { flag: "wx" });
  } catch (cause) {
    if (hasCode(cause, "EEXIST") && existsSync(join(stateFolder, ".gitignore"))) return;
    throw new ZenliteError("ZENLITE_STATE_FOLDER", `${stateFolder} cannot be made: ${messageOf(cause)}`, {
      cause,
      fault: "environment",
      hint: "Make the project's folder writable.",
    });
  }
}
