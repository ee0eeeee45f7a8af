// `zenlite orchestrator describe` and its like: one component as it is written. Imports no flavor.
import { ZenliteError, type ComponentType, type Json } from "@zenlite/core";
import { isStackPart, type ComponentDeclaration, type Config } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson } from "../../scope.ts";
import { originText, sourceNamed } from "../flavors/shared.ts";
import { openConfig, placeText, type JsonFlag } from "../stacks/shared.ts";
import { activeComponent, dataOf } from "./list.ts";
import { componentNamed, componentsOf, usersOf } from "./declared.ts";

export async function describeComponentVerb(
  type: ComponentType,
  named: string | undefined,
  flags: JsonFlag,
): Promise<number> {
  const config = await openConfig();
  const active = await activeComponent(config, type);
  const component = componentNamed(config, type, named ?? active ?? onlyOne(config, type));
  const { name, flavor, connector, where } = component;
  const { stacks, components } = usersOf(config, component);
  const origin = originText(sourceNamed(config, type, flavor));
  const users = isStackPart(type)
    ? stacks.map((stack) => stack.name)
    : components.map((user) => `${user.type} ${user.name}`);
  if (flags.json === true) {
    printJson({ ...dataOf(config, component, active), origin });
    return exitCodes.done;
  }
  const head = [
    [type, `${name}${name === active ? " (active)" : ""}`],
    ["flavor", `${flavor} (${origin})`],
    ...(connector === undefined ? [] : [["connector", connector]]),
    ["declared", where === undefined ? "exists without configuration" : placeText(where)],
    ["used by", users.length === 0 ? "nothing" : users.join(", ")],
  ];
  const width = Math.max(...head.map(([title = ""]) => title.length));
  print(head.map(([title = "", value = ""]) => `${title.padEnd(width)}  ${value}`).join("\n"));
  print(`\n${configText(component)}`);
  return exitCodes.done;
}

/** References stay as they are written: what a secret stands for is never shown. */
function configText({ config, type, flavor }: ComponentDeclaration): string {
  const rows = Object.entries(config).map(([key, value]) => [key, valueText(value)]);
  if (rows.length > 0) return table(["KEY", "VALUE"], rows);
  return `No key is configured; which there are: zenlite ${type} explain ${flavor}`;
}

export function valueText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function onlyOne(config: Config, type: ComponentType): string {
  const names = componentsOf(config, type).map(({ name }) => name);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new ZenliteError(
    "ZENLITE_ARGUMENT_INVALID",
    names.length === 0
      ? `No ${type} is registered.`
      : `Which ${type}? ${isStackPart(type) ? "The active stack has none" : "There are several"}: ${names.join(", ")}.`,
    { hint: names.length === 0 ? `zenlite ${type} register <name> -f <flavor>` : `zenlite ${type} describe <name>` },
  );
}
