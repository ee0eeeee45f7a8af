// One declared component → its flavor, loaded, with a checked config, or all of its problems.
import type { ComponentType, Supports } from "../components.ts";
import { isZenliteError, messageOf, ZenliteError } from "../errors.ts";
import type { Flavor } from "../flavor.ts";
import type { JsonObject } from "../json.ts";
import { listErrors, throwTogether } from "./problems.ts";
import { place as placeError } from "./references.ts";
import { componentRemedy } from "./remedies.ts";
import type { StackMember } from "./requirements.ts";
import { findSource, flavorLoader, titleOf, type LoadedFlavor } from "./sources.ts";
import type { ComponentDeclaration, Config, FlavorSource, ResolvedComponent } from "./types.ts";
import { checkValue } from "./values.ts";

type LoadFlavor = (source: FlavorSource) => Promise<LoadedFlavor>;

export function findComponent(config: Config, type: ComponentType, name: string): ComponentDeclaration | undefined {
  return config.components.find((component) => component.type === type && component.name === name);
}

export interface CheckContext {
  readonly load: LoadFlavor;
  /** True: variables and secrets that are not there are no problem, and what depends on them is not judged. */
  readonly lenient: boolean;
  /** By name, so that what is wrong with one that several components use is told once. */
  readonly connectors: Map<string, Promise<ComponentCheck<"service-connector">>>;
}

export function openCheck(lenient: boolean): CheckContext {
  return { load: flavorLoader(), lenient, connectors: new Map() };
}

export interface ComponentCheck<Type extends ComponentType = ComponentType> {
  /** What is known of it, also where it is wrong. */
  readonly member: StackMember;
  /** Absent where there are problems, or where its config refers to what is not there. */
  readonly component?: ResolvedComponent<Type>;
  readonly problems: readonly ZenliteError[];
}

/** Problems: what `FlavorSource.load`, `checkValue` and `resolveReferences` find, and what the flavor's `supports` says. */
export async function checkComponent<Type extends ComponentType>(
  config: Config,
  type: Type,
  declaration: ComponentDeclaration,
  context: CheckContext,
): Promise<ComponentCheck<Type>> {
  const { name, locate, place, style } = declaration;
  const behind = await checkConnector(config, declaration, context);
  const connector = behind === undefined ? {} : { connector: behind.member };
  const wrong = (...problems: readonly ZenliteError[]): ComponentCheck<Type> => ({
    member: { type, name, flavor: { name: declaration.flavor }, ...connector },
    problems: [...problems.flatMap(listErrors), ...(behind?.problems ?? [])],
  });
  const source = findSource(config, type, declaration.flavor);
  if (source === undefined)
    return wrong(
      new ZenliteError(
        "ZENLITE_FLAVOR_UNKNOWN",
        `${type} "${name}": there is no ${type} flavor "${declaration.flavor}".`,
        {
          where: locate(["flavor"]),
          hint: `zenlite ${type} flavor list`,
        },
      ),
    );
  const loaded = await context.load(source);
  if ("problem" in loaded) return wrong(loaded.problem);
  const { flavor } = loaded;
  if (!isFlavorOf(flavor, type))
    return wrong(
      new ZenliteError("ZENLITE_FLAVOR_INVALID", `${titleOf(source)} is no ${type}.`, {
        where: { package: titleOf(source) },
      }),
    );
  const checked = await checkValue(flavor.config, declaration.config, {
    locate,
    style,
    title: titleOf(source),
    secrets: config.secrets,
    lenient: context.lenient,
    remedy: componentRemedy(declaration),
  });
  const known = { type, name, flavor, ...connector };
  const problems = [...checked.problems, ...(behind?.problems ?? [])].flatMap(listErrors);
  if (checked.problems.length > 0 || !checked.complete) return { member: known, problems };
  let supports: Supports[Type];
  try {
    supports = supportsOf(flavor, checked.value, declaration);
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    return { member: known, problems: [...listErrors(error), ...problems] };
  }
  const member = { ...known, supports };
  if (problems.length > 0 || (behind !== undefined && behind.component === undefined)) return { member, problems };
  const { package: packageName, version } = source;
  const component: ResolvedComponent<Type> = {
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
    supports,
    place,
    ...(behind?.component === undefined ? {} : { connector: behind.component }),
    secrets: config.secrets,
  };
  return { member, component, problems };
}

async function checkConnector(
  config: Config,
  { connector }: ComponentDeclaration,
  context: CheckContext,
): Promise<ComponentCheck<"service-connector"> | undefined> {
  const declaration = connector === undefined ? undefined : findComponent(config, "service-connector", connector);
  if (declaration === undefined) return undefined;
  const before = context.connectors.get(declaration.name);
  if (before !== undefined) return before;
  const check = checkComponent(config, "service-connector", declaration, context);
  context.connectors.set(declaration.name, check);
  return check;
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
