// What an image must install so that the code's native packages are there.
import type { JsonObject } from "@zenlite/core";
import { join } from "node:path";
import { cutLock, type Lock } from "./lock.ts";
import { closureOf, isFile, isPortable, readManifest, type Package, type Packages } from "./packages.ts";

export interface ImagePackages {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly lock?: JsonObject;
  /** Packages whose install scripts the project allows. */
  readonly allowScripts: readonly string[];
  /** Packages whose install scripts will not run. */
  readonly silenced: readonly string[];
}

export function imagePackagesOf(
  natives: readonly Package[],
  lock: Lock | undefined,
  projectFolder: string,
  packages: Packages,
): ImagePackages {
  const part = lock === undefined ? undefined : cutLock(lock, natives);
  // Without a lock: what is for some platforms only is left to the install, which knows the image's platform.
  const installed = closureOf(natives, packages, isPortable);
  const needed = part?.packages ?? installed.map(({ name, version }) => ({ name, version }));
  const scripts = part?.scripts ?? installed.filter(hasInstallScript).map(({ name }) => name);
  const allowed = allowedScripts([projectFolder, ...(lock === undefined ? [] : [join(lock.file, "..")])]);
  return {
    packages: needed,
    ...(part === undefined ? {} : { lock: part.lock }),
    allowScripts: needed
      .map(({ name }) => name)
      .filter((name, index, all) => allowed.has(name) && all.indexOf(name) === index),
    silenced: scripts.filter((name) => !allowed.has(name)),
  };
}

/** npm's own field: `"allowScripts": { "better-sqlite3": true, "sharp@0.34.0": true }`. */
function allowedScripts(folders: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const folder of folders) {
    const { allowScripts } = readManifest(join(folder, "package.json")) ?? {};
    if (typeof allowScripts !== "object" || allowScripts === null) continue;
    for (const [key, allowed] of Object.entries(allowScripts))
      if (allowed === true) names.add(key.replace(/(?<=.)@[^@]*$/, ""));
  }
  return names;
}

function hasInstallScript({ manifest, folder }: Package): boolean {
  const scripts = manifest.scripts ?? {};
  return (
    ["preinstall", "install", "postinstall"].some((name) => Object.hasOwn(scripts, name)) ||
    (manifest.gypfile !== false && isFile(join(folder, "binding.gyp")))
  );
}
