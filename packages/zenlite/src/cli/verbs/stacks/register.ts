// `zenlite stack register`.
import { canonicalJson } from "@zenlite/core";
import { checkStack, type Config, type Mend, type StackDeclaration } from "@zenlite/core/config";
import { overrideNotice, setActiveStack } from "../../../client/active-stack.ts";
import { changeConfig } from "../../../client/change-config.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import {
  completeParts,
  filledText,
  fillMissing,
  optionsText,
  partsOf,
  retype,
  type Filled,
  type PartFlags,
  type Parts,
} from "./parts.ts";
import { checkName, fileText, originText, refuseProblems, takenError, type JsonFlag } from "./shared.ts";

export async function registerStackVerb(
  name: string,
  flags: PartFlags & JsonFlag & { readonly set?: true },
): Promise<number> {
  const parts = partsOf(flags);
  const command = `zenlite stack register ${name}`;
  let done: Registered | undefined;
  const { file, changed } = await changeConfig(process.cwd(), async (config) => {
    checkName(name, "zenlite stack register my_stack -o <orchestrator> -a <artifact-store>");
    const filled = await completeStack(config, name, completeParts(config, parts, retype(command, parts)), command);
    const before = config.stacks.find((stack) => stack.name === name);
    done = { config, filled, before };
    if (before === undefined) return [{ at: ["stack", name], set: filled.parts }];
    if (canonicalJson(before.components) === canonicalJson(filled.parts)) return [];
    throw takenError(before, wayOut(before, filled.parts));
  });
  if (done === undefined) throw new Error("The change ended without having been decided.");
  const { config, filled, before } = done;
  if (flags.set === true) await setActiveStack(config.stateFolder, name);
  const notice = flags.set === true ? overrideNotice(config, name) : undefined;
  if (notice !== undefined) progressLog.warn(notice);
  if (flags.json === true) {
    const active = flags.set === true ? { active: notice === undefined } : {};
    printJson({ name, components: filled.parts, filled: filled.filled, ...active, file, changed });
    return exitCodes.done;
  }
  for (const each of filled.filled) print(filledText(each));
  const components = Object.values(filled.parts).join(", ");
  if (before === undefined) print(`Registered stack "${name}" (${components}) in ${fileText(file)}.`);
  else print(`The stack "${name}" (${components}) is registered already: ${originText(before.where)}.`);
  if (flags.set === true) print(`Active stack: "${name}".`);
  return exitCodes.done;
}

interface Registered {
  readonly config: Config;
  readonly filled: Filled;
  /** The same stack, where it is registered already. */
  readonly before: StackDeclaration | undefined;
}

function wayOut({ name, where }: StackDeclaration, parts: Parts): string {
  return where === undefined
    ? `zenlite stack register <name>${optionsText(parts)}`
    : `zenlite stack update ${name}${optionsText(parts)}`;
}

/**
 * Checks the stack that would be, and fills in what its flavors require and only one component can be. Throws every problem of
 * the stack together.
 */
async function completeStack(config: Config, name: string, first: Filled, command: string): Promise<Filled> {
  let filled = first;
  for (;;) {
    const mend = retype(command, filled.parts);
    const { problems, missing } = await checkCandidate(config, name, filled, mend);
    const more = fillMissing(config, filled, missing);
    if (more.filled.length === filled.filled.length) {
      await refuseProblems(problems);
      return filled;
    }
    filled = more;
  }
}

function checkCandidate(config: Config, name: string, { parts }: Filled, mend: Mend): ReturnType<typeof checkStack> {
  const candidate: StackDeclaration = { name, components: parts, locate: () => ({}) };
  return checkStack(config, candidate, { lenient: true, mend });
}
