// Node, zenlite, and room on the disk.
import { existsSync, readFileSync } from "node:fs";
import { access, constants, stat, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isJsonObject, messageOf, ZenliteError } from "@zenlite/core";
import { zenliteVersion } from "../../../client/versions.ts";
import { bytesText } from "../../output/words.ts";
import { doubtful, fine, problem, type Finding } from "./finding.ts";

export function checkNode(): Finding {
  // An older one has been refused before anything of this was loaded.
  return fine("node", `${process.versions.node} on ${process.platform} ${process.arch}`);
}

/** A command line that was installed elsewhere reads what another version may not have written. */
export function checkZenlite(projectFolder: string): readonly Finding[] {
  const version = zenliteVersion();
  if (!existsSync(join(projectFolder, "package.json")))
    return [
      fine("zenlite", version),
      doubtful(
        "project",
        `There is no package.json in ${projectFolder} or above.`,
        "npm init -y && npm install zenlite",
      ),
    ];
  const own = versionIn(projectFolder);
  if (own === undefined)
    return [
      fine("zenlite", version),
      doubtful(
        "zenlite",
        `It is not installed in ${projectFolder}, so pipelines there cannot import it.`,
        "npm install zenlite",
      ),
    ];
  if (own !== version)
    return [
      doubtful("zenlite", `This is ${version}; the project in ${projectFolder} has ${own}.`, "npx zenlite doctor"),
    ];
  return [fine("zenlite", `${version}, as the project has it`)];
}

function versionIn(projectFolder: string): string | undefined {
  try {
    const file = createRequire(join(projectFolder, "package.json")).resolve("zenlite/package.json");
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    const version = isJsonObject(parsed) ? parsed["version"] : undefined;
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

const little = 1024 ** 3;
const tooLittle = 100 * 1024 ** 2;

/** A folder that may not exist yet: what will hold it counts. */
export async function checkFolder(check: string, folder: string, hint: string): Promise<Finding> {
  const fail = (message: string, next: string, cause?: unknown): Finding =>
    problem(
      check,
      "wrong",
      new ZenliteError("ZENLITE_FOLDER_UNUSABLE", message, { fault: "environment", hint: next, cause }),
    );
  const existing = nearestExisting(folder);
  try {
    if (!(await stat(existing)).isDirectory())
      return fail(`${existing} is no folder, and ${folder} is to be one.`, `ls -ld ${existing}`);
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize, files, ffree } = await statfs(existing);
    const free = bavail * bsize;
    const room = `${bytesText(free)} free`;
    // Some file systems count no files and say 0 of 0.
    if (free < tooLittle || (files > 0 && ffree === 0))
      return fail(`${folder}: the disk is full (${room}).`, "zenlite clean");
    return free < little
      ? doubtful(check, `${folder}: little room (${room}).`, "zenlite clean")
      : fine(check, `${folder}, ${room}`);
  } catch (cause) {
    return fail(`${folder} cannot be written: ${messageOf(cause)}`, hint, cause);
  }
}

function nearestExisting(folder: string): string {
  const parent = dirname(folder);
  return existsSync(folder) || parent === folder ? folder : nearestExisting(parent);
}
