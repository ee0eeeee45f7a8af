// What entries say of each other: components name flavors and connectors, stacks name components. Pure but for one look for a package.
import type { ComponentType } from "../components.ts";
import { ZenliteError } from "../errors.ts";
import { nearest, suggestion } from "../nearest.ts";
import { publishedFlavors, publishedPackage } from "./known.ts";
import { findManifest } from "./manifest.ts";
import { nameMistake, shown, stackParts } from "./names.ts";
import { updateStack } from "./remedies.ts";
import type { FlavorDeclaration } from "./shape.ts";
import type { ComponentDeclaration, Config, StackDeclaration } from "./types.ts";

/** What could not be read has been reported; what depends on it is not called wrong as well. */
export interface Unread {
  /** Entries under `flavors` with problems of their own. */
  readonly flavors: readonly FlavorDeclaration[];
  /** `type/name` of every component that a file names. */
  readonly componentNames: readonly string[];
}

export function checkLinks(config: Config, unread: Unread): readonly ZenliteError[] {
  const there: Names = Map.groupBy(config.components, ({ type }) => type);
  return [
    ...config.components.flatMap((component) => checkFlavor(component, config, unread.flavors)),
    ...config.components.flatMap((component) => checkConnector(component, there, unread)),
    ...config.stacks.flatMap((stack) => checkStack(stack, there, unread)),
  ];
}

/** The components of each type. */
type Names = ReadonlyMap<ComponentType, readonly ComponentDeclaration[]>;

function checkFlavor(
  component: ComponentDeclaration,
  config: Config,
  failed: readonly FlavorDeclaration[],
): readonly ZenliteError[] {
  const { type, flavor } = component;
  const declared = config.flavors.filter((source) => source.type === type).map(({ name }) => name);
  if (declared.includes(flavor)) return [];
  const mayComeFrom = (declaration: FlavorDeclaration): boolean => {
    if (!("package" in declaration)) return declaration.type === type && declaration.name === flavor;
    const known = publishedPackage(type, flavor);
    return known === undefined ? !declaration.package.startsWith("@zenlite/") : known === declaration.package;
  };
  if (failed.some(mayComeFrom)) return [];
  const published = publishedFlavors(type);
  const known = [...new Set([...declared, ...published])];
  return [
    new ZenliteError(
      "ZENLITE_FLAVOR_UNKNOWN",
      `${type} ${shown(component.name)}: no declared package has the ${type} flavor ${shown(flavor)}.${known.includes(flavor) ? "" : suggestion(flavor, known)}`,
      { where: component.locate(["flavor"]), hint: flavorHint(component, declared) },
    ),
  ];
}

/** What to install, and the command that declares it; or the flavor that was meant where that is there already. */
function flavorHint({ type, flavor, place }: ComponentDeclaration, declared: readonly string[]): string {
  const near =
    publishedPackage(type, flavor) === undefined ? nearest(flavor, [...declared, ...publishedFlavors(type)]) : flavor;
  if (near !== undefined && declared.includes(near)) return `flavor: ${near}`;
  const packageName = near === undefined ? undefined : publishedPackage(type, near);
  if (packageName === undefined)
    return `npm install <the package that ships it>\nzenlite ${type} flavor register <package>`;
  const declare = `zenlite ${type} flavor register ${packageName}`;
  const installed = findManifest(packageName, `${place.configFolder}/.zenliterc`) !== undefined;
  return installed ? declare : `npm install ${packageName}\n${declare}`;
}

function checkConnector(component: ComponentDeclaration, there: Names, unread: Unread): readonly ZenliteError[] {
  const { connector } = component;
  if (connector === undefined) return [];
  return checkComponentName(
    there,
    unread,
    "service-connector",
    connector,
    (near) => `zenlite ${component.type} connect ${component.name} --connector ${near}`,
    (message, hint) =>
      new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `${component.type} ${shown(component.name)}: ${message}`, {
        where: component.locate(["connector"]),
        hint,
      }),
  );
}

function checkStack(stack: StackDeclaration, there: Names, unread: Unread): readonly ZenliteError[] {
  return stackParts.flatMap((type) => {
    const name = stack.components[type];
    if (name === undefined) return [];
    return checkComponentName(
      there,
      unread,
      type,
      name,
      (near) => updateStack(stack.name)(type, near),
      (message, hint) =>
        new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `Stack ${shown(stack.name)}: ${message}`, {
          where: stack.locate([type]),
          hint,
        }),
    );
  });
}

function checkComponentName(
  there: Names,
  unread: Unread,
  type: ComponentDeclaration["type"],
  name: string,
  retry: (near: string) => string,
  errorOf: (message: string, hint: string) => ZenliteError,
): readonly ZenliteError[] {
  const components = there.get(type) ?? [];
  if (components.some((component) => component.name === name) || unread.componentNames.includes(`${type}/${name}`))
    return [];
  const known = components.map((component) => component.name);
  const list = known.length === 0 ? `No ${type} is declared.` : `Known: ${known.join(", ")}.`;
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const hint =
    near === undefined
      ? `zenlite ${type} register ${nameMistake(name) === undefined ? name : "<name>"} -f <flavor>`
      : retry(near);
  return [errorOf(`there is no ${type} ${shown(name)}.${meant} ${list}`, hint)];
}
