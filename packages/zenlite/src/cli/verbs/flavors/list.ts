// `zenlite flavor list`, `zenlite orchestrator flavor list|describe` and their like. Imports no flavor: manifests say it all.
import type { ComponentType } from "@zenlite/core";
import { listFlavors, type FlavorListing } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson } from "../../scope.ts";
import { openConfig, placeText, type JsonFlag } from "../stacks/shared.ts";
import { originText, sourceNamed } from "./shared.ts";

/** Of one type, or of all. */
export async function listFlavorsVerb(type: ComponentType | undefined, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const flavors = listFlavors(config).filter((flavor) => type === undefined || flavor.type === type);
  if (flags.json === true) printJson(flavors);
  else if (flavors.length === 0)
    print(`No ${type} flavor is registered. Register one: zenlite ${type} flavor register <package or module>`);
  else
    print(
      table(
        [...(type === undefined ? ["TYPE"] : []), "NAME", "FROM", "DECLARED"],
        flavors.map((flavor) => [
          ...(type === undefined ? [flavor.type] : []),
          flavor.name,
          originOf(flavor),
          flavor.where === undefined ? "" : placeText(flavor.where),
        ]),
      ),
    );
  return exitCodes.done;
}

/** A builtin has a package too; where it comes from is this program. */
function originOf(flavor: FlavorListing): string {
  return originText({ version: undefined, ...flavor });
}

export async function describeFlavorVerb(type: ComponentType, name: string, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const source = sourceNamed(config, type, name);
  const components = config.components.filter((component) => component.type === type && component.flavor === name);
  const names = components.map((component) => component.name);
  const moduleFile = source.moduleFile();
  if (flags.json === true) {
    const listing = listFlavors(config).find((flavor) => flavor.type === type && flavor.name === name);
    printJson({ ...listing, moduleFile, components: names });
    return exitCodes.done;
  }
  const { where, builtin, package: packageName, version } = source;
  const rows = [
    ["flavor", `${name} (${type})`],
    ["from", originText(source)],
    ...(builtin && packageName !== undefined
      ? [["package", `${packageName}${version === undefined ? "" : `@${version}`}`]]
      : []),
    ["module", moduleFile],
    ...(where === undefined ? [] : [["declared", placeText(where)]]),
    ["used by", names.length === 0 ? "nothing" : names.join(", ")],
    ["keys", `zenlite ${type} explain ${name}`],
  ];
  print(rows.map(([title = "", value = ""]) => `${title.padEnd(8)}  ${value}`).join("\n"));
  return exitCodes.done;
}
