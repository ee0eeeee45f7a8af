// Tells packages with machine code from the others, by what they hold and declare.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isFile, type Package } from "./packages.ts";

const nativeHelpers = [
  "bindings",
  "cmake-js",
  "nan",
  "node-addon-api",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "@mapbox/node-pre-gyp",
  "pkg-prebuilds",
  "prebuild-install",
  "prebuildify",
];

const platformName =
  /(?:^|[-/])(?:linux|linuxmusl|darwin|win32|freebsd|android)-(?:x64|arm64|arm|ia32|s390x|ppc64|riscv64)(?:$|[-/])/;

/** Why a package needs the machine it was installed for, or `undefined`. Cheap: its package.json and one file. */
export function declaresNative(owner: Package): string | undefined {
  const { manifest } = owner;
  if (manifest.gypfile === true || isFile(join(owner.folder, "binding.gyp"))) return "it has a binding.gyp";
  if (manifest.os !== undefined || manifest.cpu !== undefined) return "it is for some platforms only";
  const helper = nativeHelpers.find((name) => Object.hasOwn(manifest.dependencies ?? {}, name));
  if (helper !== undefined) return `it depends on ${helper}`;
  const platform = Object.keys(manifest.optionalDependencies ?? {}).find((name) => platformName.test(name));
  return platform === undefined ? undefined : `it has a build for each platform (${platform})`;
}

/** The same, also looking through the package's files for one that ends in `.node`. */
export function isNative(owner: Package): string | undefined {
  return declaresNative(owner) ?? (holdsAddon(owner.folder) ? "it holds a .node file" : undefined);
}

function holdsAddon(folder: string): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(".node")) return true;
    if (entry.isDirectory() && entry.name !== "node_modules" && holdsAddon(join(folder, entry.name))) return true;
  }
  return false;
}
