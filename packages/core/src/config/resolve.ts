// One declared component → its flavor, loaded, with a checked config. Throws all of its problems together.
import type { ComponentType, Supports } from "../components.ts";
import { isZenliteError, messageOf, ZenliteError } from "../errors.ts";
import type { Flavor } from "../flavor.ts";
import type { JsonObject } from "../json.ts";
import { throwTogether } from "./problems.ts";
import { place as placeError } from "./references.ts";
import { findSource, titleOf, type LoadedFlavor } from "./sources.ts";
import type { ComponentDeclaration, Config, FlavorSource, ResolvedComponent } from "./types.ts";
import { checkValue } from "./values.ts";

export type LoadFlavor = (source: FlavorSource) => Promise<LoadedFlavor>;

export function findComponent(config: Config, type: ComponentType, name: string): ComponentDeclaration | undefined {
  return config.components.find((component) => component.type === type && component.name === name);
}

/** Throws what `FlavorSource.load`, `checkValue` and `resolveReferences` find, and what the flavor's `supports` says. */
export async function resolveComponent<Type extends ComponentType>(
  config: Config,
  type: Type,
  declaration: ComponentDeclaration,
  load: LoadFlavor,
): Promise<ResolvedComponent<Type>> {
  const { name, locate, place, style } = declaration;
  const source = findSource(config, type, declaration.flavor);
  if (source === undefined)
    throw new ZenliteError(
      "ZENLITE_FLAVOR_UNKNOWN",
      `${type} "${name}": there is no ${type} flavor "${declaration.flavor}".`,
      {
        where: locate(["flavor"]),
      },
    );
  const loaded = await load(source);
  if ("problem" in loaded) throw loaded.problem;
  const { flavor } = loaded;
  if (!isFlavorOf(flavor, type))
    throw new ZenliteError("ZENLITE_FLAVOR_INVALID", `${titleOf(source)} is no ${type}.`, {
      where: { package: titleOf(source) },
    });
  const context = { locate, style, title: titleOf(source), secrets: config.secrets };
  const checked = await checkValue(flavor.config, declaration.config, context);
  throwTogether(checked.problems);
  const connector = await resolveConnector(config, declaration, load);
  const { package: packageName, version } = source;
  return {
    type,
    name,
    flavor,
    source: {
      ...(packageName === undefined ? {} : { package: packageName }),
      ...(version === undefined ? {} : { version }),
      moduleFile: source.moduleFile(),
    },
    raw: checked.raw,
    config: checked.value,
    supports: supportsOf(flavor, checked.value, declaration),
    place,
    ...(connector === undefined ? {} : { connector }),
    secrets: config.secrets,
  };
}

async function resolveConnector(
  config: Config,
  { connector }: ComponentDeclaration,
  load: LoadFlavor,
): Promise<ResolvedComponent<"service-connector"> | undefined> {
  const declaration = connector === undefined ? undefined : findComponent(config, "service-connector", connector);
  return declaration === undefined ? undefined : resolveComponent(config, "service-connector", declaration, load);
}

function supportsOf<Type extends ComponentType>(
  flavor: Flavor<Type>,
  config: JsonObject,
  { type, name, place, locate }: ComponentDeclaration,
): Supports[Type] {
  try {
    return flavor.supports(config, place);
  } catch (cause) {
    // A flavor may refuse here what a schema cannot say, such as two keys that exclude each other.
    if (isZenliteError(cause)) throwTogether(placeError(cause, [], () => locate([], "key")));
    const message = `${type} "${name}" (${flavor.name}): ${messageOf(cause)}`;
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", message, { where: locate([], "key"), cause });
  }
}

function isFlavorOf<Type extends ComponentType>(flavor: Flavor, type: Type): flavor is Flavor & Flavor<Type> {
  return flavor.type === type;
}
