// `zenlite orchestrator list` and its like. Imports no flavor.
import type { ComponentType, JsonObject } from "@zenlite/core";
import { chooseStack, isStackPart, type ComponentDeclaration, type Config } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson } from "../../scope.ts";
import { openConfig, placeText, type JsonFlag } from "../stacks/shared.ts";
import { componentsOf, usersOf } from "./declared.ts";

export async function listComponentsVerb(type: ComponentType, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const active = await activeComponent(config, type);
  const components = componentsOf(config, type);
  if (flags.json === true) printJson(components.map((component) => dataOf(config, component, active)));
  else if (components.length === 0)
    print(`No ${type} is registered. Register one: zenlite ${type} register <name> -f <flavor>`);
  else print(textOf(config, components, active));
  return exitCodes.done;
}

/** For scripts, here and in `describe`. */
export function dataOf(config: Config, component: ComponentDeclaration, active: string | undefined): JsonObject {
  const { type, name, flavor, connector, config: settings, where } = component;
  const { stacks, components } = usersOf(config, component);
  return {
    type,
    name,
    flavor,
    ...(isStackPart(type) ? { active: name === active } : {}),
    ...(connector === undefined ? {} : { connector }),
    config: settings,
    ...(isStackPart(type)
      ? { stacks: stacks.map((stack) => stack.name) }
      : { components: components.map((user) => ({ type: user.type, name: user.name })) }),
    ...(where === undefined ? {} : { where: { ...where } }),
  };
}

function textOf(config: Config, components: readonly ComponentDeclaration[], active: string | undefined): string {
  const linked = components.some(({ connector }) => connector !== undefined);
  return table(
    ["", "NAME", "FLAVOR", ...(linked ? ["CONNECTOR"] : []), "DECLARED", "USED BY"],
    components.map((component) => {
      const users = usersOf(config, component);
      return [
        component.name === active ? "*" : "",
        component.name,
        component.flavor,
        ...(linked ? [component.connector ?? ""] : []),
        component.where === undefined ? "builtin" : placeText(component.where),
        [...users.stacks, ...users.components].map(({ name }) => name).join(", "),
      ];
    }),
  );
}

/** The name of the active stack's component of a type. That the stack does not exist is the business of those who need it. */
export async function activeComponent(config: Config, type: ComponentType): Promise<string | undefined> {
  if (!isStackPart(type)) return undefined;
  const { name } = await chooseStack(config);
  return config.stacks.find((stack) => stack.name === name)?.components[type];
}
