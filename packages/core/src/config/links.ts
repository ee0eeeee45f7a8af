// What entries say of each other: components name flavors and connectors, stacks name components. Pure but for one look for a package.
import { ZenliteError } from "../errors.ts";
import { nearest, suggestion } from "../nearest.ts";
import { publishedFlavors, publishedPackage } from "./known.ts";
import { findManifest } from "./manifest.ts";
import { shown, stackParts } from "./names.ts";
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
  return [
    ...config.components.flatMap((component) => checkFlavor(component, config, unread.flavors)),
    ...config.components.flatMap((component) => checkConnector(component, config, unread)),
    ...config.stacks.flatMap((stack) => checkStack(stack, config, unread)),
  ];
}

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
      `${type} ${shown(component.name)}: no declared package has a ${type} flavor ${shown(flavor)}.${suggestion(flavor, known)}`,
      { where: component.locate(["flavor"]), hint: flavorHint(component, declared) },
    ),
  ];
}

/** The line to install, and the line to write; or the flavor that was meant where that is there already. */
function flavorHint({ type, flavor, place }: ComponentDeclaration, declared: readonly string[]): string {
  const near =
    publishedPackage(type, flavor) === undefined ? nearest(flavor, [...declared, ...publishedFlavors(type)]) : flavor;
  if (near !== undefined && declared.includes(near)) return `flavor: ${near}`;
  const packageName = near === undefined ? undefined : publishedPackage(type, near);
  if (packageName === undefined)
    return `npm install <the package that ships it>, and add its name to the file: flavors: ["<package>"]`;
  const line = `flavors: [${JSON.stringify(packageName)}]`;
  const installed = findManifest(packageName, `${place.configFolder}/.zenliterc`) !== undefined;
  return installed
    ? `Add this line to the file: ${line}`
    : `npm install ${packageName}, and add this line to the file: ${line}`;
}

function checkConnector(component: ComponentDeclaration, config: Config, unread: Unread): readonly ZenliteError[] {
  const { connector } = component;
  if (connector === undefined) return [];
  return checkComponentName(
    config,
    unread,
    "service-connector",
    connector,
    (message, hint) =>
      new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `${component.type} ${shown(component.name)}: ${message}`, {
        where: component.locate(["connector"]),
        hint,
      }),
  );
}

function checkStack(stack: StackDeclaration, config: Config, unread: Unread): readonly ZenliteError[] {
  return stackParts.flatMap((type) => {
    const name = stack.components[type];
    if (name === undefined) return [];
    return checkComponentName(
      config,
      unread,
      type,
      name,
      (message, hint) =>
        new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `Stack ${shown(stack.name)}: ${message}`, {
          where: stack.locate([type]),
          hint,
        }),
    );
  });
}

function checkComponentName(
  config: Config,
  unread: Unread,
  type: ComponentDeclaration["type"],
  name: string,
  errorOf: (message: string, hint: string) => ZenliteError,
): readonly ZenliteError[] {
  const known = config.components.filter((component) => component.type === type).map((component) => component.name);
  if (known.includes(name) || unread.componentNames.includes(`${type}/${name}`)) return [];
  const list = known.length === 0 ? `No ${type} is declared.` : `Known: ${known.join(", ")}.`;
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const hint = near === undefined ? `Declare it under ${type}: { ${name}: { flavor: … } }` : `${type}: ${near}`;
  return [errorOf(`there is no ${type} ${shown(name)}.${meant} ${list}`, hint)];
}
