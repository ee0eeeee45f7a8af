// Integrations of a project: which of their packages are there, and what adding or taking away some of them comes to.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { integrations } from "@zenlite/compiler";
import { combineErrors, isJsonObject, suggestion, ZenliteError, type Place } from "@zenlite/core";
import {
  configuredFolder,
  findFolders,
  publishedPackage,
  readConfig,
  throwTogether,
  type ComponentDeclaration,
  type Config,
} from "@zenlite/core/config";
import { builtins } from "./builtins.ts";

export { integrations };

/**
 * The versions that go with this zenlite. Packages have versions of their own, so zenlite's own says nothing about a flavor's: here
 * stands the line of each package that this zenlite was tested with. Below 1.0 a caret keeps the minor, above it the major, so a project
 * gets mends and never a changed configuration. Whoever releases a new line of a flavor raises it here, together with a release of
 * zenlite. That an installed flavor speaks the contract of this zenlite is checked again wherever it is read.
 */
const versions: { readonly [packageName: string]: string } = {
  "@zenlite/artifact-store-s3": "^0.1.0",
  "@zenlite/connector-aws": "^0.1.0",
  "@zenlite/image-builder-docker": "^0.1.0",
  "@zenlite/orchestrator-aws-step": "^0.1.0",
  "@zenlite/orchestrator-docker": "^0.1.0",
  "@zenlite/registry-ecr": "^0.1.0",
  "@zenlite/registry-oci": "^0.1.0",
};

/** `@zenlite/registry-oci@^0.1.0`: what a package manager is asked for. */
export function versioned(packageName: string): string {
  return `${packageName}@${versions[packageName] ?? "latest"}`;
}

/** The packages of some integrations, each once, in the order of the table. Throws ZENLITE_INTEGRATION_UNKNOWN for each unknown name. */
export function packagesOf(names: readonly string[]): readonly string[] {
  const [first, ...others] = names
    .filter((name) => !Object.hasOwn(integrations, name))
    .map(
      (name) =>
        new ZenliteError(
          "ZENLITE_INTEGRATION_UNKNOWN",
          `There is no integration ${JSON.stringify(name)}.${suggestion(name, Object.keys(integrations))}`,
          { hint: "zenlite integration list" },
        ),
    );
  if (first !== undefined) throw combineErrors([first, ...others]);
  return [...new Set(names.flatMap((name) => integrations[name] ?? []))];
}

/** A package as the project has it. */
interface PackageState {
  readonly version?: string;
  /** The entry under `flavors` that names it. */
  readonly declared?: Place;
}

export interface IntegrationState {
  readonly config: Config;
  /** Absolute: where packages are installed so that the configuration finds them. */
  readonly folder: string;
  of(packageName: string): PackageState;
}

/** Reads the configuration and node_modules; imports nothing. Throws what makes the configuration unreadable. */
export async function readIntegrations(from: string): Promise<IntegrationState> {
  const { config, problems, files, complete } = await readConfig(from, { builtins, environment: process.env });
  // A flavor that is declared and not installed is no hindrance: it is what is to be seen and mended.
  if (!complete) throwTogether(problems, files);
  const { file } = config;
  // Packages are looked for from the file that names them, which in a workspace may lie above the project.
  const folder = file === undefined ? config.projectFolder : findFolders(configuredFolder(file), file).projectFolder;
  const missing = problems.filter(({ code }) => code === "ZENLITE_FLAVOR_NOT_INSTALLED");
  const entries = [
    ...config.flavors.flatMap(({ package: name, where }) => (where === undefined ? [] : [{ name, where }])),
    ...missing.flatMap(({ where }) => (where === undefined ? [] : [{ name: where.package, where }])),
  ];
  return {
    config,
    folder,
    of(packageName) {
      const version = installedVersion(packageName, folder);
      const declared = entries.find(({ name }) => name === packageName)?.where;
      return {
        ...(version === undefined ? {} : { version }),
        ...(declared === undefined ? {} : { declared }),
      };
    },
  };
}

/** As Node would find it, read from its package.json. */
function installedVersion(packageName: string, folder: string): string | undefined {
  for (const modules of createRequire(join(folder, "package.json")).resolve.paths(packageName) ?? []) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(join(modules, packageName, "package.json"), "utf8"));
    } catch {
      continue;
    }
    if (isJsonObject(parsed) && typeof parsed["version"] === "string") return parsed["version"];
  }
  return undefined;
}

export interface Removal {
  /** To be taken away. */
  readonly packages: readonly string[];
  /** Stays, since another integration that the project uses needs it too. */
  readonly kept: readonly { readonly package: string; readonly for: string }[];
}

/** `isThere`: installed or declared. An integration that stays counts as used where a package is there that is not to go. */
export function planRemoval(names: readonly string[], isThere: (packageName: string) => boolean): Removal {
  const chosen = packagesOf(names);
  const used = Object.entries(integrations).filter(
    ([name, packages]) => !names.includes(name) && packages.some((each) => isThere(each) && !chosen.includes(each)),
  );
  const kept = chosen.filter(isThere).flatMap((each) => {
    const needing = used.find(([, packages]) => packages.includes(each));
    return needing === undefined ? [] : [{ package: each, for: needing[0] }];
  });
  return { packages: chosen.filter((each) => isThere(each) && !kept.some((stays) => stays.package === each)), kept };
}

/** The components whose flavor comes from one of these packages. */
export function componentsUsing(config: Config, packages: readonly string[]): readonly ComponentDeclaration[] {
  return config.components.filter(({ type, flavor }) => {
    const source = config.flavors.find((each) => each.type === type && each.name === flavor);
    // One that is not installed cannot say what it brings.
    const from = source === undefined ? publishedPackage(type, flavor) : source.package;
    return from !== undefined && packages.includes(from);
  });
}
