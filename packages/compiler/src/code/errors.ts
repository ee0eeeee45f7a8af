// esbuild's messages become errors that name the user's file, line and column.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ZenliteError, combineErrors, nearest, type Place } from "@zenlite/core";
import type { Location, Message } from "esbuild";
import { packageNameOf } from "./packages.ts";

/** One error out of all that a build found. Paths are relative to the project, as esbuild gives them. */
export function codeInvalid(messages: readonly Message[], projectFolder: string): ZenliteError {
  const errors = messages.map((message) => {
    const where = placeOf(message.location);
    const [, specifier] = /^Could not resolve "(.*)"$/.exec(message.text) ?? [];
    const hint = specifier === undefined ? undefined : unresolvedHint(specifier, message.location, projectFolder);
    return new ZenliteError("ZENLITE_CODE_INVALID", `${shortPlace(where)}${message.text}`, {
      ...(where === undefined ? {} : { where }),
      ...(hint === undefined ? {} : { hint }),
    });
  });
  const [first, ...rest] = errors;
  return combineErrors([first ?? new ZenliteError("ZENLITE_CODE_INVALID", "The code could not be bundled."), ...rest]);
}

export function placeOf(location: Location | null): Place | undefined {
  return location === null ? undefined : { file: location.file, line: location.line, column: location.column + 1 };
}

/** `file:line:column: `, or nothing. */
export function shortPlace(where: Place | undefined): string {
  return where?.file === undefined ? "" : `${where.file}:${where.line ?? 1}:${where.column ?? 1}: `;
}

function unresolvedHint(specifier: string, location: Location | null, projectFolder: string): string {
  const packageName = packageNameOf(specifier);
  if (packageName !== undefined) return `npm install ${packageName}`;
  if (location === null) return "Check the path of the import.";
  const target = join(projectFolder, dirname(location.file), specifier);
  let siblings: string[];
  try {
    siblings = readdirSync(dirname(target));
  } catch {
    return `There is no folder ${dirname(specifier)}.`;
  }
  const near = nearest(target.slice(dirname(target).length + 1), siblings);
  return near === undefined ? "Check the path of the import." : `Did you mean "${dirname(specifier)}/${near}"?`;
}
