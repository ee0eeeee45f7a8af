// `zenlite orchestrator flavor register`: a module of the project, or an installed package.
import { dirname, relative, resolve, sep } from "node:path";
import { ZenliteError, type ComponentType, type Flavor } from "@zenlite/core";
import { readFlavorPackage, shown, type Config, type Edit, type FlavorSource } from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { readFlavorModule } from "../../../client/flavor-module.ts";
import { exitCodes } from "../../exit.ts";
import { reportError } from "../../output/errors.ts";
import { tell } from "../components/change.ts";
import { withArticle } from "../components/declared.ts";
import { placeText, type JsonFlag } from "../stacks/shared.ts";
import { configFile, originText } from "./shared.ts";

export async function registerFlavorVerb(type: ComponentType, named: string, flags: JsonFlag): Promise<number> {
  return isPath(named) ? registerModule(type, named, flags) : registerPackage(type, named, flags);
}

/** `./flavor.ts`, `flavors/mine.ts`, `mine.mjs`; not `@scope/name` and not `name`. */
export function isPath(named: string): boolean {
  if (/^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[A-Za-z]:[\\/])/u.test(named)) return true;
  return /\.[cm]?[jt]sx?$/u.test(named) || (!named.startsWith("@") && /[\\/]/u.test(named));
}

async function registerModule(type: ComponentType, named: string, flags: JsonFlag): Promise<number> {
  const file = resolve(named);
  const flavor = await readModule(file, named, flags);
  if (flavor.type !== type)
    throw new ZenliteError(
      "ZENLITE_FLAVOR_INVALID",
      `${named} is ${withArticle(flavor.type)} flavor (${shown(flavor.name)}), not ${withArticle(type)}'s.`,
      { where: { file }, hint: `zenlite ${flavor.type} flavor register ${named}` },
    );
  const { name } = flavor;
  const done = { module: "" };
  const change = await changeConfig(process.cwd(), (config) => {
    const module = pathFrom(configFile(config), file);
    done.module = module;
    const before = config.flavors.find((source) => source.type === type && source.name === name);
    if (before === undefined) return [{ at: ["flavors"], append: { type, name, module } }];
    if (before.package === undefined && before.moduleFile() === file) return [];
    throw takenError(before, named);
  });
  const title = `${type} flavor "${name}" (${done.module})`;
  const sentence = change.changed ? `Registered ${title}` : `The ${title} is registered already.`;
  return tell(flags, change, { flavors: [{ type, name, module: done.module }] }, sentence);
}

async function readModule(file: string, title: string, flags: JsonFlag): Promise<Flavor> {
  return await readFlavorModule(file, {
    title,
    onEnd(error) {
      reportError(error, flags.json === true);
      process.exitCode = exitCodes.user;
    },
  });
}

/** As the file names it: `./orchestrator/mine.ts`. */
function pathFrom(configuration: string, file: string): string {
  const path = relative(dirname(configuration), file).split(sep).join("/");
  return path.startsWith("../") ? path : `./${path}`;
}

async function registerPackage(type: ComponentType, named: string, flags: JsonFlag): Promise<number> {
  const done = { flavors: [] as readonly { readonly type: ComponentType; readonly name: string }[], version: "" };
  const change = await changeConfig(process.cwd(), (config): readonly Edit[] => {
    const builtin = config.flavors.filter((source) => source.builtin && source.package === named);
    // What ships with zenlite need not be installed beside it.
    const found = builtin.length > 0 ? { flavors: builtin, version: builtin[0]?.version } : lookUp(config, named);
    const own = found.flavors.filter((flavor) => flavor.type === type);
    if (own.length === 0) throw otherType(type, named, found.flavors);
    done.flavors = found.flavors.map((flavor) => ({ type: flavor.type, name: flavor.name }));
    done.version = found.version === undefined ? "" : `@${found.version}`;
    const known = found.flavors.map((flavor) =>
      config.flavors.find((source) => source.type === flavor.type && source.name === flavor.name),
    );
    const foreign = known.find((source) => source !== undefined && source.package !== named);
    if (foreign !== undefined) throw takenError(foreign, named);
    return known.every((source) => source !== undefined) ? [] : [{ at: ["flavors"], append: named }];
  });
  const names = done.flavors.map(
    (flavor) => (flavor.type === type ? "" : `${flavor.type} `) + JSON.stringify(flavor.name),
  );
  const title = `${type} flavor ${names.join(", ")} (${named}${done.version})`;
  const sentence = change.changed ? `Registered ${title}` : `The ${title} is registered already.`;
  return tell(flags, change, { flavors: done.flavors, package: named }, sentence);
}

const packageName = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/u;

function lookUp(config: Config, named: string): ReturnType<typeof readFlavorPackage> {
  if (packageName.test(named)) return readFlavorPackage(named, configFile(config), {});
  throw new ZenliteError(
    "ZENLITE_ARGUMENT_INVALID",
    `${shown(named)} is neither the full name of a package, without a version, nor the path of a module.`,
    {
      hint: "zenlite orchestrator flavor register @zenlite/orchestrator-docker\nor a module: ./orchestrator/my-flavor.ts",
    },
  );
}

function otherType(
  type: ComponentType,
  named: string,
  flavors: readonly { readonly type: ComponentType; readonly name: string }[],
): ZenliteError {
  const held = flavors.map((flavor) => `${withArticle(flavor.type)} flavor ${shown(flavor.name)}`).join(", ");
  return new ZenliteError("ZENLITE_FLAVOR_INVALID", `${named} holds no ${type} flavor, but ${held}.`, {
    hint: [...new Set(flavors.map((flavor) => `zenlite ${flavor.type} flavor register ${named}`))].join("\n"),
  });
}

function takenError(before: FlavorSource, named: string): ZenliteError {
  const { type, name, where, builtin } = before;
  const place = where === undefined ? "" : `, ${placeText(where)}`;
  return new ZenliteError(
    "ZENLITE_FLAVOR_DUPLICATE",
    `There is ${withArticle(type)} flavor ${shown(name)} already (${originText(before)}${place}).`,
    {
      ...(where === undefined ? {} : { where }),
      hint: builtin
        ? `Give the flavor of ${named} another name.`
        : `Give one of them another name, or: zenlite ${type} flavor delete ${name}`,
    },
  );
}
