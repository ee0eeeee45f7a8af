// `zenlite stack set`.
import { checkStack, throwTogether } from "@zenlite/core/config";
import { overrideNotice, setActiveStack } from "../../../client/active-stack.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { openConfig, stackNamed, type JsonFlag } from "./shared.ts";

export async function setStackVerb(name: string, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const stack = stackNamed(config, name, (near) => `zenlite stack set ${near}`);
  throwTogether((await checkStack(config, stack, { lenient: true })).problems);
  await setActiveStack(config.stateFolder, name);
  const notice = overrideNotice(config, name);
  if (notice !== undefined) progressLog.warn(notice);
  if (flags.json === true) printJson({ name, active: notice === undefined });
  else print(`Active stack: "${name}".`);
  return exitCodes.done;
}
