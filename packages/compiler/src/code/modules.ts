// Whose a file is: the user's own, a linked package's, an installed package's; and what it is called on every machine.
import { dirname, relative, sep } from "node:path";
import type { Package, Packages } from "./packages.ts";

export type Owner =
  | { readonly kind: "own" }
  | { readonly kind: "linked"; readonly package: Package }
  | { readonly kind: "installed"; readonly package: Package };

export interface Modules {
  readonly projectFolder: string;
  ownerOf(file: string): Owner;
  /**
   * The same text on every machine, wherever the project lies, its packages are hoisted to, or they are linked from:
   * `src/steps.ts`, `node_modules/<package>/<file>`.
   */
  labelOf(file: string): string;
}

/** `projectFolder` and all files are real paths, as esbuild reports them. */
export function createModules(projectFolder: string, packages: Packages): Modules {
  const byFolder = new Map<string, Owner>();
  const ownerOfFolder = (folder: string): Owner => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const owner = findOwner(folder);
    byFolder.set(folder, owner);
    return owner;
  };
  const findOwner = (folder: string): Owner => {
    const installed = installedFolderOf(folder);
    if (installed !== undefined) {
      const found = packages.read(installed.folder) ?? {
        name: installed.name,
        version: "0.0.0",
        folder: installed.folder,
        manifest: {},
      };
      return { kind: "installed", package: { ...found, name: installed.name } };
    }
    if (isWithin(projectFolder, folder)) return { kind: "own" };
    const found = packages.read(folder);
    // A folder around the project (the root of a monorepo) is the user's as well.
    if (found !== undefined)
      return isWithin(folder, projectFolder) ? { kind: "own" } : { kind: "linked", package: found };
    return dirname(folder) === folder ? { kind: "own" } : ownerOfFolder(dirname(folder));
  };
  const ownerOf = (file: string): Owner => ownerOfFolder(dirname(file));
  return {
    projectFolder,
    ownerOf,
    labelOf(file) {
      const owner = ownerOf(file);
      return owner.kind === "own"
        ? toPosix(relative(projectFolder, file))
        : `node_modules/${owner.package.name}/${toPosix(relative(owner.package.folder, file))}`;
    },
  };
}

/** The innermost `node_modules/<name>` around a folder. */
function installedFolderOf(folder: string): { readonly name: string; readonly folder: string } | undefined {
  const marker = `${sep}node_modules${sep}`;
  const at = `${folder}${sep}`.lastIndexOf(marker);
  if (at === -1) return undefined;
  const inside = folder.slice(at + marker.length).split(sep);
  const name = inside.slice(0, inside[0]?.startsWith("@") === true ? 2 : 1);
  if (name[0] === undefined || name[0] === "") return undefined;
  return { name: name.join("/"), folder: folder.slice(0, at + marker.length) + name.join(sep) };
}

export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

export function toPosix(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
