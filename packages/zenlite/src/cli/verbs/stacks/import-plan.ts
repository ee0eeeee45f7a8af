// What an exported stack would add to a configuration, or why it cannot be added. Pure.
import { dirname, join, resolve } from "node:path";
import { canonicalJson, ZenliteError, type Place } from "@zenlite/core";
import {
  componentEntry,
  nameMistake,
  shown,
  stackParts,
  type ComponentDeclaration,
  type Config,
  type Edit,
  type StackExport,
  type StackPart,
} from "@zenlite/core/config";
import { builtins } from "../../../client/builtins.ts";
import { placeText } from "./shared.ts";

export interface ImportPlan {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** `orchestrator "containers"`. */
  readonly added: readonly string[];
  /** What is there with the same content. */
  readonly kept: readonly string[];
  /** What is there with another content. */
  readonly conflicts: readonly ZenliteError[];
}

type Entry =
  | { readonly title: string; readonly edit: Edit }
  | { readonly title: string; readonly same: true }
  | { readonly title: string; readonly conflict: ZenliteError };

/** `retry` is the import as it was typed, without `--name`. */
export function planImport(config: Config, exported: StackExport, name: string, retry: string): ImportPlan {
  const entries = [
    ...exported.flavors.map((flavor) => planFlavor(config, flavor)),
    ...exported.components.map((component) => planComponent(config, component)),
    ...impliedDefaults(exported).flatMap((type) => checkDefault(config, exported, type)),
    planStack(config, exported, name, retry),
  ];
  return {
    name,
    edits: entries.flatMap((entry) => ("edit" in entry ? [entry.edit] : [])),
    added: entries.flatMap((entry) => ("edit" in entry ? [entry.title] : [])),
    kept: entries.flatMap((entry) => ("same" in entry ? [entry.title] : [])),
    conflicts: entries.flatMap((entry) => ("conflict" in entry ? [entry.conflict] : [])),
  };
}

function conflict(title: string, theirs: Place | undefined, ours: Place | undefined, hint: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_IMPORT_CONFLICT",
    `The ${title} of ${placeText(theirs)} is another than the one that is there: ${placeText(ours)}.`,
    { ...(theirs === undefined ? {} : { where: theirs }), hint },
  );
}

function planFlavor(config: Config, flavor: StackExport["flavors"][number]): Entry {
  const where = flavor.file.locate(flavor.path);
  if ("package" in flavor) {
    const title = `flavor package ${flavor.package}`;
    return config.flavors.some((source) => source.package === flavor.package)
      ? { title, same: true }
      : { title, edit: { at: ["flavors"], append: flavor.package } };
  }
  const { type, name, module } = flavor;
  const title = `${type} flavor ${shown(name)}`;
  const here = config.flavors.find((source) => source.type === type && source.name === name);
  if (here === undefined) return { title, edit: { at: ["flavors"], append: { type, name, module } } };
  const folder = dirname(config.file ?? join(config.projectFolder, ".zenliterc"));
  // Of a package, the export would have told the package's name.
  if (here.package === undefined && here.moduleFile() === resolve(folder, module)) return { title, same: true };
  return { title, conflict: conflict(title, where, here.where, `zenlite ${type} flavor describe ${name}`) };
}

function planComponent(config: Config, component: ComponentDeclaration): Entry {
  const { type, name, where } = component;
  const title = `${type} ${shown(name)}`;
  const here = config.components.find((each) => each.type === type && each.name === name);
  const entry = componentEntry(component);
  if (here === undefined) return { title, edit: { at: [type, name], set: entry } };
  if (canonicalJson(componentEntry(here)) === canonicalJson(entry)) return { title, same: true };
  return { title, conflict: conflict(title, where, here.where, renameHint(type, name, here.where)) };
}

function renameHint(type: string, name: string, here: Place | undefined): string {
  return here === undefined
    ? `Give it another name in the exported file.`
    : `zenlite ${type} rename ${name} <new-name>, then import again`;
}

/** The parts for which the exported stack names the `default` that exists without configuration. */
function impliedDefaults({ stack, components }: StackExport): readonly StackPart[] {
  return stackParts.filter(
    (type) =>
      stack.components[type] === "default" &&
      !components.some((component) => component.type === type && component.name === "default"),
  );
}

/** A project that declares a `default` of its own would give the stack another component. */
function checkDefault(config: Config, { stack }: StackExport, type: StackPart): readonly Entry[] {
  const here = config.components.find((component) => component.type === type && component.name === "default");
  const builtin = builtins.find((each) => each.type === type);
  const isBuiltin =
    here !== undefined &&
    builtin !== undefined &&
    canonicalJson(componentEntry(here)) === canonicalJson({ flavor: builtin.name });
  if (isBuiltin) return [];
  const title = `${type} "default"`;
  return [
    {
      title,
      conflict: conflict(title, stack.locate([type]), here?.where, renameHint(type, "default", here?.where)),
    },
  ];
}

function planStack(config: Config, { stack }: StackExport, name: string, retry: string): Entry {
  const title = `stack ${shown(name)}`;
  const mistake = nameMistake(name);
  const hint = `${retry} --name <name>`;
  if (mistake !== undefined) {
    const message = `${shown(name)} cannot name a stack: ${mistake}.`;
    return { title, conflict: new ZenliteError("ZENLITE_CONFIG_NAME", message, { hint }) };
  }
  const here = config.stacks.find((each) => each.name === name);
  if (here === undefined) return { title, edit: { at: ["stack", name], set: stack.components } };
  if (canonicalJson(here.components) === canonicalJson(stack.components)) return { title, same: true };
  return { title, conflict: conflict(title, stack.where, here.where, hint) };
}
