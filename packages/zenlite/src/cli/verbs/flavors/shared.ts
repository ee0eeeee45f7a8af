// What the flavor verbs share: flavors found by name, and where they come from in words.
import { nearest, ZenliteError, type ComponentType } from "@zenlite/core";
import {
  publishedFlavors,
  publishedPackage,
  readFlavorPackage,
  shown,
  type Config,
  type FlavorSource,
} from "@zenlite/core/config";
import { join } from "node:path";

export function flavorsOf(config: Config, type: ComponentType): readonly FlavorSource[] {
  return config.flavors.filter((source) => source.type === type);
}

/** Throws ZENLITE_FLAVOR_UNKNOWN with the nearest name, or with the commands that bring a published one. */
export function sourceNamed(config: Config, type: ComponentType, name: string): FlavorSource {
  const declared = flavorsOf(config, type);
  const found = declared.find((source) => source.name === name);
  if (found !== undefined) return found;
  const names = declared.map((source) => source.name);
  const meant = nearest(name, [...names, ...publishedFlavors(type)]);
  const packageName = publishedPackage(type, meant ?? name);
  const near = meant === undefined || meant === name ? "" : ` Did you mean "${meant}"?`;
  const known = names.length === 0 ? ` No ${type} flavor is registered.` : ` Known: ${names.join(", ")}.`;
  const isThere = meant !== undefined && names.includes(meant);
  throw new ZenliteError("ZENLITE_FLAVOR_UNKNOWN", `There is no ${type} flavor ${shown(name)}.${near}${known}`, {
    hint:
      isThere || packageName === undefined
        ? `zenlite ${type} flavor list\nor register one: zenlite ${type} flavor register <package or module>`
        : [
            ...(isInstalled(config, packageName) ? [] : [`npm install ${packageName}`]),
            `zenlite ${type} flavor register ${packageName}`,
          ].join("\n"),
  });
}

function isInstalled(config: Config, packageName: string): boolean {
  try {
    readFlavorPackage(packageName, configFile(config), {});
    return true;
  } catch {
    // Why it cannot be read is said when it is registered.
    return false;
  }
}

/** The file that flavors are looked up from and paths start at, also where it does not exist yet. */
export function configFile({ file, projectFolder }: Config): string {
  return file ?? join(projectFolder, ".zenliterc");
}

/** `builtin`, `@zenlite/orchestrator-docker@0.1.0`, `./orchestrator/mine.ts`. */
export function originText({
  builtin,
  package: packageName,
  version,
  module,
}: Pick<FlavorSource, "builtin" | "package" | "version" | "module">): string {
  if (builtin) return "builtin";
  if (packageName === undefined) return module;
  return `${packageName}${version === undefined ? "" : `@${version}`}`;
}
