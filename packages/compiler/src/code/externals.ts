// Packages that stay out of the bundle: found build by build, resolved from whoever imports them.
import { join, relative } from "node:path";
import { ZenliteError } from "@zenlite/core";
import type { Plugin } from "esbuild";
import { isNative } from "./native.ts";
import { toPosix, type Modules } from "./modules.ts";
import { packageNameOf, type Package, type Packages } from "./packages.ts";

export interface External {
  readonly package: Package;
  /** Machine code: needs an image, or this machine. The others are carried beside the bundle. */
  readonly native: boolean;
  /** For people: why it is not in the bundle. */
  readonly why: string;
}

export interface Externals {
  readonly byName: ReadonlyMap<string, External>;
  /** False where nothing changes by it. */
  add(found: Package, why: string): boolean;
  /** Sees every import of an external package. */
  readonly plugin: Plugin;
  /** Packages that mean another version of an external name; they cannot be in the bundle with it. */
  readonly conflicting: ReadonlyMap<string, Package>;
}

export function createExternals(modules: Modules, packages: Packages): Externals {
  const byName = new Map<string, External>();
  const conflicting = new Map<string, Package>();
  const externals: Externals = {
    byName,
    conflicting,
    add(found, why) {
      const known = byName.get(found.name);
      if (known === undefined) {
        const native = isNative(found);
        byName.set(found.name, { package: found, native: native !== undefined, why: native ?? why });
        return true;
      }
      if (known.package.folder === found.folder) return false;
      // Two versions under one name: the user's modules mean this one, and whoever means the other is carried with it.
      if (packages.find(found.name, modules.projectFolder)?.folder !== found.folder) return false;
      byName.delete(found.name);
      return externals.add(found, why);
    },
    plugin: {
      name: "zenlite-externals",
      setup(build) {
        if (byName.size === 0) return;
        const names = [...byName.keys()].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        build.onResolve(
          { filter: new RegExp(`^(?:${names.join("|")})(?:/|$)`) },
          async ({ path, resolveDir, kind, importer, pluginData }) => {
            if (pluginData === inner || kind === "entry-point") return undefined;
            const name = packageNameOf(path);
            const external = name === undefined ? undefined : byName.get(name);
            if (name === undefined || external === undefined) return undefined;
            const meant = packages.find(name, resolveDir);
            // Not installed for this importer: esbuild's own error is the right one.
            if (meant === undefined) return undefined;
            if (meant.folder !== external.package.folder) {
              const owner = modules.ownerOf(importer);
              if (owner.kind !== "installed") throw twoVersions(external.package, meant);
              conflicting.set(owner.package.name, owner.package);
            }
            // Node wants whole file names in an import where a package has no exports; bundlers do not.
            const isPath = path !== name && external.package.manifest.exports === undefined;
            if (!isPath || (kind !== "import-statement" && kind !== "dynamic-import")) return { path, external: true };
            const resolved = await build.resolve(path, { resolveDir, kind, importer, pluginData: inner });
            if (resolved.errors.length > 0 || resolved.path === "") return { path, external: true };
            return { path: `${name}/${toPosix(relative(external.package.folder, resolved.path))}`, external: true };
          },
        );
      },
    },
  };
  return externals;
}

const inner = Symbol("asked by the plugin itself");

function twoVersions(one: Package, other: Package): ZenliteError {
  return new ZenliteError(
    "ZENLITE_PACKAGE_TWICE",
    `The code uses ${one.name} ${one.version} (${one.folder}) and ${other.version} (${other.folder}), and this package cannot be bundled.`,
    { hint: `npm install ${one.name}@${one.version}`, where: { file: join(one.folder, "package.json") } },
  );
}
