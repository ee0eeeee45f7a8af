// Which stack is meant: the argument, ZENLITE_STACK, the one set active, or "default".
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, messageOf, ZenliteError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { shown } from "./names.ts";
import type { Config, StackDeclaration } from "./types.ts";

/** `<state>/state/active-stack`: one line with a name. */
export function activeStackFile(stateFolder: string): string {
  return join(stateFolder, "state", "active-stack");
}

export interface StackChoice {
  readonly name: string;
  /** Who says so, in words. */
  readonly by: string;
}

/** `name` is what `--stack` says. Nothing is checked: the stack may not exist. */
export async function chooseStack(config: Config, name?: string): Promise<StackChoice> {
  if (name !== undefined) return { name, by: "--stack" };
  const variable = config.secrets.variable("ZENLITE_STACK");
  if (variable !== undefined && variable !== "") return { name: variable, by: "ZENLITE_STACK" };
  const file = activeStackFile(config.stateFolder);
  try {
    const active = (await readFile(file, "utf8")).trim();
    if (active !== "") return { name: active, by: file };
  } catch (cause) {
    if (!hasCode(cause, "ENOENT") && !hasCode(cause, "ENOTDIR"))
      throw new ZenliteError("ZENLITE_STATE_FOLDER", `${file} cannot be read: ${messageOf(cause)}`, {
        cause,
        fault: "environment",
        hint: `rm -r ${file}, then: zenlite stack set <name>`,
      });
  }
  return { name: "default", by: "the default" };
}

/** The chosen stack. Throws ZENLITE_STACK_UNKNOWN, which names the known ones. */
export async function findStack(config: Config, name?: string): Promise<StackDeclaration> {
  const choice = await chooseStack(config, name);
  const found = config.stacks.find((stack) => stack.name === choice.name);
  if (found !== undefined) return found;
  throw unknownStack(config, choice.name, { by: choice.by, hint: hintFor(choice, config) });
}

/** What was remembered or exported is not on the command line: how to get rid of it is to be said. */
function hintFor({ by }: StackChoice, config: Config): string {
  if (by === "ZENLITE_STACK") return "zenlite stack list, then: export ZENLITE_STACK=<name> (or: unset ZENLITE_STACK)";
  return by === activeStackFile(config.stateFolder) ? "zenlite stack set <name>" : "zenlite stack list";
}

const longestList = 20;

/** ZENLITE_STACK_UNKNOWN, with the nearest name and the known ones. `by`: who names it. */
export function unknownStack(
  config: Config,
  name: string,
  { by, hint }: { readonly by?: string; readonly hint: string },
): ZenliteError {
  const known = config.stacks.map((stack) => stack.name);
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const more = known.length > longestList ? ", …" : "";
  const list = known.length === 0 ? "" : ` Known: ${known.slice(0, longestList).join(", ")}${more}.`;
  const from = by === undefined ? "" : ` (from ${by})`;
  return new ZenliteError("ZENLITE_STACK_UNKNOWN", `There is no stack ${shown(name)}${from}.${meant}${list}`, {
    hint,
    ...(config.file === undefined ? {} : { where: { file: config.file, field: "stack" } }),
  });
}
