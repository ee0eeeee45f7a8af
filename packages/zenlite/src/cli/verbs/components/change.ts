// What the verbs share that change components: what may not be changed from here, names for new ones, and what was done.
import { ZenliteError, type ComponentType, type Json } from "@zenlite/core";
import { nameMistake, shown, type ComponentDeclaration, type Config, type Edit } from "@zenlite/core/config";
import { refuseInherited, type Change } from "../../../client/change-config.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson } from "../../scope.ts";
import { fileText, placeText, type JsonFlag } from "../stacks/shared.ts";
import { componentNamed, withArticle } from "./declared.ts";

/**
 * Throws for a component that no file declares (ZENLITE_BUILTIN), or another file than the one that is changed
 * (ZENLITE_CONFIG_INHERITED). `done`: what was to be done, such as "renamed".
 */
export function refuseForeign(config: Config, component: ComponentDeclaration, done: string): void {
  const { type, name, where } = component;
  const what = `The ${type} ${shown(name)}`;
  if (where === undefined)
    throw new ZenliteError("ZENLITE_BUILTIN", `${what} exists without configuration and cannot be ${done}.`, {
      hint: done === "updated" ? `zenlite ${type} register <name> -f ${component.flavor}` : `zenlite ${type} list`,
    });
  refuseInherited(config, what, where);
}

/** Throws ZENLITE_CONFIG_NAME. */
export function checkName(type: ComponentType, name: string): void {
  const mistake = nameMistake(name);
  if (mistake === undefined) return;
  throw new ZenliteError("ZENLITE_CONFIG_NAME", `${shown(name)} cannot name ${withArticle(type)}: ${mistake}.`, {
    hint: `zenlite ${type} register my_${type.replaceAll("-", "_")} -f <flavor>`,
  });
}

/** ZENLITE_NAME_TAKEN: another component has the name. */
export function takenError(component: ComponentDeclaration, hint: string): ZenliteError {
  const { type, name, flavor, where } = component;
  const place = where === undefined ? "it exists without configuration" : placeText(where);
  return new ZenliteError(
    "ZENLITE_NAME_TAKEN",
    `There is ${withArticle(type)} ${shown(name)} already (flavor ${flavor}; ${place}).`,
    { hint, ...(where === undefined ? {} : { where }) },
  );
}

/** Throws ZENLITE_COMPONENT_UNKNOWN where no such connector is declared. */
export function checkConnectorName(config: Config, connector: string): void {
  componentNamed(config, "service-connector", connector);
}

/** One line for people, or `data` with the file and whether it changed. */
export function tell(
  flags: JsonFlag,
  change: Change,
  data: { readonly [key: string]: Json },
  sentence: string,
): number {
  if (flags.json === true) printJson({ ...data, file: change.file, changed: change.changed });
  else print(change.changed ? `${sentence} in ${fileText(change.file)}.` : sentence);
  return exitCodes.done;
}

export function set(component: Pick<ComponentDeclaration, "type" | "name">, key: string, value: Json): Edit {
  return { at: [component.type, component.name, key], set: value };
}
