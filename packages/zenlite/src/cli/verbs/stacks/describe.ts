// `zenlite stack describe`: the components of a stack as they are configured, and whether they fit together.
import type { Json } from "@zenlite/core";
import {
  activeStackFile,
  checkStack,
  chooseStack,
  findStack,
  stackParts,
  type ComponentDeclaration,
  type Config,
  type StackDeclaration,
} from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { errorText } from "../../output/errors.ts";
import { table } from "../../output/table.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { fileText, openConfig, placeText, stackNamed, type JsonFlag } from "./shared.ts";

interface Described {
  readonly type: string;
  readonly name: string;
  readonly flavor: string;
  /** The package, or the module of the project. */
  readonly from: string;
  readonly connector?: string;
  readonly config: { readonly [key: string]: Json };
}

export async function describeStackVerb(name: string | undefined, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const stack =
    name === undefined ? await findStack(config) : stackNamed(config, name, (near) => `zenlite stack describe ${near}`);
  const components = describe(config, stack);
  const active = await chooseStack(config);
  const isActive = active.name === stack.name;
  const { problems } = await checkStack(config, stack, { lenient: true });
  if (flags.json === true) {
    printJson({
      name: stack.name,
      active: isActive,
      ...(stack.where === undefined ? {} : { where: stack.where }),
      components,
      problems: problems.map(({ code, message, hint }) => ({ code, message, ...(hint === undefined ? {} : { hint }) })),
    });
    return exitCodes.done;
  }
  const by = active.by === activeStackFile(config.stateFolder) ? fileText(active.by) : active.by;
  const from = stack.where === undefined ? "exists without configuration" : `declared in ${placeText(stack.where)}`;
  print(`Stack "${stack.name}", ${isActive ? `active (from ${by})` : "not active"}, ${from}`);
  print("");
  print(table(["TYPE", "NAME", "FLAVOR", "FROM", "CONFIGURATION"], components.flatMap(rowsOf)));
  for (const problem of problems) progressLog.warn(errorText(problem));
  return exitCodes.done;
}

function describe(config: Config, stack: StackDeclaration): readonly Described[] {
  const find = (type: ComponentDeclaration["type"], name: string | undefined): readonly ComponentDeclaration[] =>
    config.components.filter((component) => component.type === type && component.name === name);
  const parts = stackParts.flatMap((type) => find(type, stack.components[type]));
  const connectors = [...new Set(parts.flatMap(({ connector }) => connector ?? []))];
  const all = [...parts, ...connectors.flatMap((name) => find("service-connector", name))];
  return all.map(({ type, name, flavor, connector, config: written }) => {
    const source = config.flavors.find((each) => each.type === type && each.name === flavor);
    return {
      type,
      name,
      flavor,
      from: source?.package ?? source?.module ?? "",
      ...(connector === undefined ? {} : { connector }),
      config: written,
    };
  });
}

/** One row a key, so that a narrow terminal cuts no more than it must. */
function rowsOf({ type, name, flavor, from, connector, config }: Described): readonly (readonly string[])[] {
  const entries = Object.entries(config).map(([key, value]) => `${key}: ${valueText(value)}`);
  const lines = [...(connector === undefined ? [] : [`connector: ${connector}`]), ...entries];
  const [first = "", ...rest] = lines;
  return [[type, name, flavor, from, first], ...rest.map((line) => ["", "", "", "", line])];
}

function valueText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
