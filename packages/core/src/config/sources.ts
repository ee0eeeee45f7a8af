// Declared flavors → sources that can be loaded. Reads manifests; imports nothing until a source is asked to load.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ComponentType } from "../components.ts";
import { isZenliteError, messageOf, ZenliteError, type Place } from "../errors.ts";
import { checkFlavor, type Flavor } from "../flavor.ts";
import { isJsonObject } from "../json.ts";
import { readFlavorPackage, type FlavorPackage } from "./manifest.ts";
import { moduleTypeRemedy } from "./module-type.ts";
import type { FlavorDeclaration } from "./shape.ts";
import type { Builtin, Config, FlavorSource } from "./types.ts";

/** What one entry under `flavors` brings. `identity` tells the same package apart from another of its name. */
interface Declared {
  readonly identity: string;
  readonly source: FlavorSource;
}

export interface FlavorReading {
  readonly sources: readonly FlavorSource[];
  readonly problems: readonly ZenliteError[];
  /** Declarations that brought nothing. */
  readonly failed: readonly FlavorDeclaration[];
}

/**
 * The builtins and every declared flavor, in that order. One package named twice (by a base and by the file) is one.
 * Problems: those of `readFlavorPackage`, ZENLITE_FLAVOR_NOT_FOUND, ZENLITE_FLAVOR_DUPLICATE.
 */
export function readSources(declarations: readonly FlavorDeclaration[], builtins: readonly Builtin[]): FlavorReading {
  const problems: ZenliteError[] = [];
  const failed: FlavorDeclaration[] = [];
  const known = new Map<string, Declared>();
  for (const builtin of builtins)
    known.set(`${builtin.type}/${builtin.name}`, { identity: builtin.packageName, source: builtinSource(builtin) });
  for (const declaration of declarations) {
    // A builtin may be named like any other package; it is there already.
    if ("package" in declaration && builtins.some(({ packageName }) => packageName === declaration.package)) continue;
    try {
      for (const declared of sourcesOf(declaration)) {
        const { type, name, where } = declared.source;
        const before = known.get(`${type}/${name}`);
        if (before === undefined) known.set(`${type}/${name}`, declared);
        else if (before.identity !== declared.identity)
          problems.push(
            new ZenliteError(
              "ZENLITE_FLAVOR_DUPLICATE",
              `There are two ${type} flavors "${name}": ${titleOf(before.source)} and ${titleOf(declared.source)}.`,
              {
                ...(where === undefined ? {} : { where }),
                hint: "Remove one of them, or give your own module another name.",
              },
            ),
          );
      }
    } catch (error) {
      if (!isZenliteError(error)) throw error;
      problems.push(error);
      failed.push(declaration);
    }
  }
  return { sources: [...known.values()].map(({ source }) => source), problems, failed };
}

/** `@zenlite/orchestrator-docker`, or the path of a module of the project. */
export function titleOf(source: FlavorSource): string {
  return source.package ?? source.module;
}

function builtinSource(builtin: Builtin): FlavorSource {
  const { type, name, packageName } = builtin;
  return {
    type,
    name,
    package: packageName,
    get version() {
      return versionOf(packageName, builtin.moduleFile);
    },
    module: ".",
    builtin: true,
    moduleFile: () => builtin.moduleFile,
    load: () => load({ type, name }, packageName, undefined, () => builtin.load()),
  };
}

function sourcesOf(declaration: FlavorDeclaration): readonly Declared[] {
  const { file } = declaration.file;
  const where = declaration.file.locate(declaration.path);
  if (!("package" in declaration)) {
    const moduleFile = resolve(dirname(file), declaration.module);
    if (!existsSync(moduleFile))
      throw new ZenliteError(
        "ZENLITE_FLAVOR_NOT_FOUND",
        `There is no module ${declaration.module} for the ${declaration.type} flavor "${declaration.name}" (looked for ${moduleFile}).`,
        {
          where: declaration.file.locate([...declaration.path, "module"]),
          hint: "The path starts at the folder of this file.",
        },
      );
    const { type, name, module } = declaration;
    const source: FlavorSource = {
      type,
      name,
      module,
      builtin: false,
      where,
      moduleFile: () => moduleFile,
      load: () => load({ type, name }, module, where, () => importDefault(moduleFile)),
    };
    return [{ identity: moduleFile, source }];
  }
  const found = readFlavorPackage(declaration.package, file, where);
  return found.flavors.map(({ type, name, module }) => ({
    identity: `${found.manifest}#${module}`,
    source: packageSource(found, { type, name, module }, file, where),
  }));
}

function packageSource(
  found: FlavorPackage,
  entry: { readonly type: ComponentType; readonly name: string; readonly module: string },
  file: string,
  where: Place,
): FlavorSource {
  const moduleFile = (): string => {
    try {
      return createRequire(file).resolve(`${found.name}${entry.module.slice(1)}`);
    } catch (cause) {
      throw brokenFlavor(found.name, where, cause);
    }
  };
  return {
    ...entry,
    package: found.name,
    ...(found.version === undefined ? {} : { version: found.version }),
    builtin: false,
    where,
    moduleFile,
    load: () => load(entry, found.name, where, async () => importDefault(moduleFile())),
  };
}

async function importDefault(moduleFile: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(moduleFile).href);
  return module.default;
}

async function load(
  expected: { readonly type: ComponentType; readonly name: string },
  title: string,
  where: Place | undefined,
  importModule: () => Promise<unknown>,
): Promise<Flavor> {
  let exported: unknown;
  try {
    exported = await importModule();
  } catch (cause) {
    throw isZenliteError(cause) && cause.code === "ZENLITE_FLAVOR_BROKEN" ? cause : brokenFlavor(title, where, cause);
  }
  try {
    return checkFlavor(exported, expected, title);
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    const { code, message, hint, fault } = error;
    throw new ZenliteError(code, message, {
      fault,
      where: { ...where, package: title },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Installed, but its import threw: another matter than not being there. */
function brokenFlavor(title: string, where: Place | undefined, cause: unknown): ZenliteError {
  const isPackage = !/^[./]|^[A-Za-z]:/u.test(title);
  return new ZenliteError("ZENLITE_FLAVOR_BROKEN", `${title} is there, but importing it failed: ${messageOf(cause)}`, {
    where: { ...where, package: title },
    cause,
    hint: isPackage ? `npm install ${title}@latest` : (moduleTypeRemedy(cause) ?? `node ${title}`),
  });
}

/** The version in the package.json above a module, where that is the package's own. */
function versionOf(packageName: string, moduleFile: string): string | undefined {
  let folder = dirname(moduleFile);
  for (;;) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (isJsonObject(parsed) && parsed["name"] === packageName)
        return typeof parsed["version"] === "string" ? parsed["version"] : undefined;
    } catch {
      // No package.json here, or none that can be read: the next folder may have the one.
    }
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

export type LoadedFlavor = { readonly flavor: Flavor } | { readonly problem: ZenliteError };

/** Loads each source once, so that a broken flavor is one problem however many components use it. */
export function flavorLoader(): (source: FlavorSource) => Promise<LoadedFlavor> {
  const loaded = new Map<FlavorSource, Promise<LoadedFlavor>>();
  const attempt = async (source: FlavorSource): Promise<LoadedFlavor> => {
    try {
      return { flavor: await source.load() };
    } catch (error) {
      if (isZenliteError(error)) return { problem: error };
      throw error;
    }
  };
  return (source) => {
    const before = loaded.get(source);
    if (before !== undefined) return before;
    const result = attempt(source);
    loaded.set(source, result);
    return result;
  };
}

export function findSource(config: Config, type: ComponentType, name: string): FlavorSource | undefined {
  return config.flavors.find((source) => source.type === type && source.name === name);
}
