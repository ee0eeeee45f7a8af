// `zenlite stack update|rename|delete`: changes of stacks that are there.
import { suggestion, ZenliteError } from "@zenlite/core";
import {
  activeStackFile,
  checkStack,
  chooseStack,
  componentTypeOf,
  shown,
  stackParts,
  type Config,
  type Edit,
  type StackDeclaration,
  type StackPart,
} from "@zenlite/core/config";
import { setActiveStack } from "../../../client/active-stack.ts";
import { changeConfig, refuseInherited } from "../../../client/change-config.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson } from "../../scope.ts";
import { completeParts, onlyNamed, optionsText, partsOf, type PartFlags, type Parts } from "./parts.ts";
import { checkDeclared, checkName, fileText, refuseProblems, stackNamed, takenError, type JsonFlag } from "./shared.ts";

export async function updateStackVerb(
  name: string,
  flags: PartFlags & JsonFlag & { readonly remove?: readonly string[] },
): Promise<number> {
  const changed = partsOf(flags);
  const removed = [...new Set((flags.remove ?? []).map(removablePart))];
  const both = removed.find((type) => changed[type] !== undefined);
  if (both !== undefined)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `The ${both} is to be set and to be removed.`, {
      hint: `zenlite stack update ${name}${optionsText(changed)}`,
    });
  if (Object.keys(changed).length === 0 && removed.length === 0)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", "Nothing to change is named.", {
      hint: `zenlite stack update ${name} -o <orchestrator> -a <artifact-store> (or: --remove <type>)`,
    });
  let components: Parts = {};
  const change = await changeConfig(process.cwd(), async (config) => {
    const stack = stackNamed(config, name, (near) => `zenlite stack update ${near}${optionsText(changed)}`);
    checkDeclared(stack, "changed");
    refuseInherited(config, `Stack ${shown(name)}`, stack.where);
    const mend = (type: StackPart, other: string): string =>
      `zenlite stack update ${name}${optionsText({ ...changed, [type]: other })}`;
    const cleared = Object.fromEntries(removed.map((type) => [type, undefined]));
    ({ parts: components } = completeParts(config, onlyNamed({ ...stack.components, ...changed, ...cleared }), mend));
    const candidate: StackDeclaration = { ...stack, components };
    await refuseProblems((await checkStack(config, candidate, { lenient: true, mend })).problems);
    return [
      ...stackParts.flatMap((type): readonly Edit[] => {
        const component = changed[type];
        return component === undefined || component === stack.components[type]
          ? []
          : [{ at: ["stack", name, type], set: component }];
      }),
      ...removed.map((type): Edit => ({ at: ["stack", name, type], remove: true })),
    ];
  });
  if (flags.json === true) printJson({ name, components, changed: change.changed, file: change.file });
  else if (change.changed)
    print(`Updated stack "${name}" (${Object.values(components).join(", ")}) in ${fileText(change.file)}.`);
  else print(`Stack "${name}" is so already; nothing was changed.`);
  return exitCodes.done;
}

/** A stack without an orchestrator or an artifact store is none. */
function removablePart(text: string): StackPart {
  const known = ["container-registry", "image-builder"] as const;
  const type = componentTypeOf(text);
  const found = known.find((each) => each === type);
  if (found !== undefined) return found;
  const reason =
    type === "orchestrator" || type === "artifact-store"
      ? `every stack has an ${type}; exchange it instead`
      : `no such part can be taken out.${suggestion(text, known)}`.replace(/\.$/u, "");
  throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--remove ${shown(text)}: ${reason}.`, {
    hint: type === "orchestrator" ? "zenlite stack update <name> -o <orchestrator>" : "zenlite stack update --help",
  });
}

export async function renameStackVerb(name: string, newName: string, flags: JsonFlag): Promise<number> {
  let found: Config | undefined;
  const { file } = await changeConfig(process.cwd(), (config) => {
    const stack = stackNamed(config, name, (near) => `zenlite stack rename ${near} ${newName}`);
    checkDeclared(stack, "renamed");
    const retry = `zenlite stack rename ${name} <new-name>`;
    checkName(newName, retry);
    const taken = config.stacks.find((other) => other.name === newName);
    if (taken !== undefined) throw takenError(taken, retry);
    refuseInherited(config, `Stack ${shown(name)}`, stack.where);
    found = config;
    return [{ at: ["stack", name], rename: newName }];
  });
  const follows = found !== undefined && (await isSetActive(found, name));
  if (found !== undefined && follows) await setActiveStack(found.stateFolder, newName);
  if (flags.json === true) printJson({ name: newName, renamedFrom: name, active: follows, file });
  else
    print(`Renamed stack "${name}" to "${newName}" in ${fileText(file)}${follows ? "; it stays the active one" : ""}.`);
  return exitCodes.done;
}

export async function deleteStackVerb(name: string, flags: JsonFlag): Promise<number> {
  const { file } = await changeConfig(process.cwd(), async (config) => {
    const stack = stackNamed(config, name, (near) => `zenlite stack delete ${near}`);
    checkDeclared(stack, "deleted");
    refuseInherited(config, `Stack ${shown(name)}`, stack.where);
    await refuseActive(config, name);
    return [{ at: ["stack", name], remove: true }];
  });
  if (flags.json === true) printJson({ name, deleted: true, file });
  else print(`Deleted stack "${name}" from ${fileText(file)}; its components stay.`);
  return exitCodes.done;
}

/** Whether `stack set` chose it, whatever overrides that at this moment. */
async function isSetActive(config: Config, name: string): Promise<boolean> {
  const choice = await chooseStack({ ...config, secrets: { ...config.secrets, variable: () => undefined } });
  return choice.name === name && choice.by === activeStackFile(config.stateFolder);
}

/** As ZenML does: what the next run would use is not taken away. */
async function refuseActive(config: Config, name: string): Promise<void> {
  const { name: active, by } = await chooseStack(config);
  const isSet = await isSetActive(config, name);
  if (active !== name && !isSet) return;
  const others = config.stacks.filter((stack) => stack.name !== name).map((stack) => stack.name);
  throw new ZenliteError("ZENLITE_STACK_ACTIVE", `Stack ${shown(name)} is the active one.`, {
    hint: isSet
      ? `zenlite stack set ${others.includes("default") ? "default" : (others[0] ?? "<name>")}`
      : `unset ${by}`,
  });
}
