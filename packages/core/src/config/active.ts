// Which stack is meant: the argument, ZENLITE_STACK, the one set active, or "default".
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, messageOf, ZenliteError } from "../errors.ts";
import { suggestion } from "../nearest.ts";
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
      });
  }
  return { name: "default", by: "the default" };
}

/** The chosen stack. Throws ZENLITE_STACK_UNKNOWN, which names the known ones. */
export async function findStack(config: Config, name?: string): Promise<StackDeclaration> {
  const choice = await chooseStack(config, name);
  const found = config.stacks.find((stack) => stack.name === choice.name);
  if (found !== undefined) return found;
  const known = config.stacks.map((stack) => stack.name);
  const near = suggestion(choice.name, known);
  const list = near.startsWith(" Known") || known.length === 0 ? "" : ` Known: ${known.join(", ")}.`;
  throw new ZenliteError(
    "ZENLITE_STACK_UNKNOWN",
    `There is no stack ${shown(choice.name)} (from ${choice.by}).${near}${list}`,
    {
      hint: "zenlite stack list",
      ...(config.file === undefined ? {} : { where: { file: config.file, field: "stack" } }),
    },
  );
}
