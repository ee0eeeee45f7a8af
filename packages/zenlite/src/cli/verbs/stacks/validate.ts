// `zenlite stack validate`: what a run would find wrong before it starts.
import { ZenliteError } from "@zenlite/core";
import { checkConfig, checkStack, findStack, listErrors, throwTogether } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { openConfig, stackNamed, type JsonFlag } from "./shared.ts";

export async function validateStackVerb(
  name: string | undefined,
  flags: JsonFlag & { readonly all?: true },
): Promise<number> {
  if (name !== undefined && flags.all === true)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--all checks every stack, also "${name}".`, {
      hint: "zenlite stack validate --all",
    });
  const config = await openConfig();
  const one = async (): ReturnType<typeof findStack> =>
    name === undefined ? findStack(config) : stackNamed(config, name, (near) => `zenlite stack validate ${near}`);
  const stacks = flags.all === true ? config.stacks : [await one()];
  const checks = await Promise.all(stacks.map((stack) => checkStack(config, stack, { lenient: false })));
  // As before a run: every component is looked at, and a flavor that does not load is the business of the stacks that use it.
  const elsewhere = (await checkConfig(config)).filter(
    ({ code }) => flags.all === true || code !== "ZENLITE_FLAVOR_BROKEN",
  );
  throwTogether(
    distinct([...checks.flatMap(({ problems }) => problems), ...elsewhere]),
    config.file === undefined ? [] : [config.file],
  );
  const notices = checks.flatMap(({ stack }) => stack?.components["image-builder"]?.assumed ?? []);
  for (const notice of notices) progressLog.warn(`notice: ${notice}`);
  if (flags.json === true) printJson({ valid: true, stacks: stacks.map((stack) => stack.name) });
  else print(stacks.length === 1 ? `Stack "${stacks[0]?.name}" is valid.` : `All ${stacks.length} stacks are valid.`);
  return exitCodes.done;
}

/** A component that several stacks use is wrong once. */
function distinct(problems: readonly ZenliteError[]): readonly ZenliteError[] {
  const keyOf = ({ code, message, where }: ZenliteError): string => JSON.stringify([code, message, where]);
  const each = problems.flatMap(listErrors);
  return [...new Map(each.toReversed().map((problem) => [keyOf(problem), problem])).values()].toReversed();
}
