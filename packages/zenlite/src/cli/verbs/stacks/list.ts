// `zenlite stack list` and `zenlite stack get`: what a run can be sent to. No flavor is imported for it.
import {
  activeStackFile,
  chooseStack,
  findStack,
  stackParts,
  type Config,
  type StackDeclaration,
} from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { fileText, openConfig, type JsonFlag } from "./shared.ts";

export async function listStacksVerb(flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const active = await chooseStack(config);
  const stacks = config.stacks.map((stack) => ({
    name: stack.name,
    active: stack.name === active.name,
    components: stack.components,
    ...(stack.where?.file === undefined ? {} : { file: stack.where.file }),
  }));
  if (!stacks.some((stack) => stack.active))
    progressLog.warn(`notice: the active stack "${active.name}" (from ${active.by}) is not there`);
  if (flags.json === true) {
    printJson(stacks);
    return exitCodes.done;
  }
  const used = stackParts.filter((type) => stacks.some((stack) => stack.components[type] !== undefined));
  const inherited = config.stacks.some((stack) => isInherited(config, stack));
  const rows = stacks.map((stack) => [
    stack.active ? "*" : "",
    stack.name,
    ...used.map((type) => stack.components[type] ?? ""),
    ...(inherited ? [stack.file === undefined ? "" : fileText(stack.file)] : []),
  ]);
  print(table(["", "STACK", ...used.map((type) => type.toUpperCase()), ...(inherited ? ["FILE"] : [])], rows));
  return exitCodes.done;
}

export async function getStackVerb(flags: JsonFlag & { readonly stack?: string }): Promise<number> {
  const config = await openConfig();
  const { by } = await chooseStack(config, flags.stack);
  const { name } = await findStack(config, flags.stack);
  if (flags.json === true) printJson({ name, from: by });
  else if (by === activeStackFile(config.stateFolder)) print(`${name} (set by zenlite stack set, in ${fileText(by)})`);
  else print(by.startsWith("the ") ? `${name} (nothing else is chosen)` : `${name} (from ${by})`);
  return exitCodes.done;
}

/** Declared by a file that the project's own imports. */
function isInherited(config: Config, stack: StackDeclaration): boolean {
  return stack.where?.file !== undefined && stack.where.file !== config.file;
}
