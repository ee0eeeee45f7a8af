// The way of every command that changes `.zenliterc`: read, decide, edit, check, write, with nobody else in between.
import { lstatSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, ZenliteError, type Place } from "@zenlite/core";
import {
  editText,
  findConfigFile,
  findFolders,
  isModule,
  readConfig,
  searchedFolders,
  throwTogether,
  type Config,
  type ConfigReading,
  type Edit,
  type Overlay,
} from "@zenlite/core/config";
import { builtins } from "./builtins.ts";
import { notEditable } from "./change-lines.ts";
import { lockConfig, type ConfigLock } from "./change-lock.ts";
import { replaceFile } from "./change-write.ts";

export interface Change {
  /** Absolute. The file that holds the configuration now. */
  readonly file: string;
  /** True where the file did not exist before. */
  readonly created: boolean;
  /** False where there was nothing to change. */
  readonly changed: boolean;
}

export type Decide = (config: Config) => readonly Edit[] | Promise<readonly Edit[]>;

/** An editor that saves while a command decides is rare; a program that writes the file again and again is none's business. */
const maximalAttempts = 10;

/**
 * `from`: the folder where the search for a configuration starts. `decide` gets what the file says now, and nobody else changes the file
 * before its edits are written; where an editor did all the same, it is asked again. Without a file a `.zenliterc` is made in the
 * project's folder. What can be read although something is wrong with it, as where a package is not installed, can be
 * changed, as long as nothing more becomes wrong.
 *
 * Throws what `decide` throws; what `loadConfig` finds wrong with the file before and would find wrong with it afterwards;
 * ZENLITE_CONFIG_NOT_EDITABLE for a configuration that is a program, with the lines to add; ZENLITE_CONFIG_READ_ONLY,
 * ZENLITE_CONFIG_NOT_WRITTEN; ZENLITE_CONFIG_LOCKED where another command holds the file for too long.
 */
export async function changeConfig(from: string, decide: Decide): Promise<Change> {
  for (let attempt = 0; attempt < maximalAttempts; attempt += 1) {
    const file = findConfigFile(from) ?? newFile(from);
    if (isModule(file)) return changeModule(from, file, decide);
    await using lock = await lockConfig(file);
    const change = await attemptChange(from, file, decide, lock);
    if (change !== undefined) return change;
  }
  const file = findConfigFile(from) ?? newFile(from);
  throw new ZenliteError("ZENLITE_CONFIG_LOCKED", `${file} changes faster than it can be edited.`, {
    where: { file },
    fault: "environment",
    hint: "Stop the program that writes it, and try again.",
  });
}

/** `undefined` where the file is no longer what it was at the beginning. */
async function attemptChange(
  from: string,
  file: string,
  decide: Decide,
  lock: ConfigLock,
): Promise<Change | undefined> {
  const found = findConfigFile(from);
  if ((found ?? newFile(from)) !== file) return undefined;
  const bytes = found === undefined ? await refuseDeadLink(file) : await readBytes(file);
  const text = bytes === undefined ? "" : decode(file, bytes);
  const before = await read(from, bytes === undefined ? undefined : { file, text });
  if (!before.complete) throwTogether(before.problems, before.files);
  const edits = await decide(before.config);
  const changed = await editText(file, text, edits);
  if (changed === text) return { file, created: false, changed: false };
  refuseWorse(before, await read(from, { file, text: changed }));
  if (!lock.held() || !(await replaceFile(file, bytes, changed))) return undefined;
  return { file, created: bytes === undefined, changed: true };
}

async function changeModule(from: string, file: string, decide: Decide): Promise<Change> {
  const { complete, config, problems, files } = await read(from);
  if (!complete) throwTogether(problems, files);
  const edits = await decide(config);
  if (edits.length > 0) throw notEditable(file, edits);
  return { file, created: false, changed: false };
}

function read(from: string, overlay?: Overlay): Promise<ConfigReading> {
  return readConfig(from, { builtins, environment: process.env, ...(overlay === undefined ? {} : { overlay }) });
}

/** What was wrong before may stay so: the edit may be the first of those that mend it. */
function refuseWorse(before: ConfigReading, after: ConfigReading): void {
  const known = new Set(before.problems.map(({ code, message }) => `${code} ${message}`));
  const more = after.problems.filter(({ code, message }) => !known.has(`${code} ${message}`));
  const told = more.map(({ code, message, hint, where, cause, fault }) => {
    // Lines of a text that nobody will see.
    const { line: _line, column: _column, ...place } = where ?? {};
    return new ZenliteError(code, message, { where: place, cause, fault, ...(hint === undefined ? {} : { hint }) });
  });
  throwTogether(told, after.files);
}

/** In the project's folder, unless the search from here ends below it. */
function newFile(from: string): string {
  const { projectFolder } = findFolders(from, undefined);
  const searched = searchedFolders(from);
  return join(searched.includes(projectFolder) ? projectFolder : (searched.at(-1) ?? from), ".zenliterc");
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    if (!(await stat(file)).isFile()) throw unreadable(file, "it is no file", `ls -ld ${file}`);
    return await readFile(file);
  } catch (cause) {
    throw cause instanceof ZenliteError ? cause : unreadable(file, messageOf(cause), `ls -l ${file}`, cause);
  }
}

/** What cannot be read as it is would be written back as something else. */
function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, "it is not UTF-8", `file ${file}`, cause);
  }
}

async function refuseDeadLink(file: string): Promise<undefined> {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink) throw unreadable(file, "it is a link to a file that is not there", `ls -l ${file}, or: rm ${file}`);
}

function unreadable(file: string, reason: string, hint: string, cause?: unknown): ZenliteError {
  return new ZenliteError("ZENLITE_CONFIG_UNREADABLE", `${file} cannot be read: ${reason}.`, {
    where: { file },
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Throws ZENLITE_CONFIG_INHERITED where a component, stack or flavor is declared in a file that the configuration imports. */
export function refuseInherited(config: Config, what: string, where: Place | undefined): void {
  if (where?.file === undefined || where.file === config.file) return;
  throw new ZenliteError(
    "ZENLITE_CONFIG_INHERITED",
    `${what} is declared in ${where.file}, which ${config.file ?? "the configuration"} imports.`,
    { where, hint: "Change it in that file, or declare it again in your own." },
  );
}
