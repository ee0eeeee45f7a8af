// Installed packages as files: found the way Node finds them, read once.
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Package {
  readonly name: string;
  readonly version: string;
  /** The real path, so that a linked package and its link are one. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The fields of a package.json that bundling looks at. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly gypfile?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
  readonly scripts?: { readonly [name: string]: string };
  readonly allowScripts?: unknown;
}

type Dependencies = { readonly [name: string]: string };

/** Reads and remembers packages while one project is compiled. */
export interface Packages {
  /** The package in this folder; `undefined` where there is no package.json with a name. */
  read(folder: string): Package | undefined;
  /** The package that `import name` means in a module of `folder`. */
  find(name: string, folder: string): Package | undefined;
  /** All package.json files that were looked at. */
  readonly looked: ReadonlySet<string>;
}

export function createPackages(): Packages {
  const byFolder = new Map<string, Package | undefined>();
  const looked = new Set<string>();
  const read = (folder: string): Package | undefined => {
    if (byFolder.has(folder)) return byFolder.get(folder);
    const file = join(folder, "package.json");
    const manifest = readManifest(file);
    if (manifest !== undefined) looked.add(file);
    const found =
      manifest?.name === undefined
        ? undefined
        : { name: manifest.name, version: manifest.version ?? "0.0.0", folder, manifest };
    byFolder.set(folder, found);
    return found;
  };
  return {
    read,
    looked,
    find(name, folder) {
      for (let above = folder; ; above = dirname(above)) {
        const candidate = join(above, "node_modules", name);
        if (existsSync(join(candidate, "package.json"))) {
          const real = realpathSync(candidate);
          // An alias (`"old": "npm:new@1"`) goes by the name it is imported by.
          const found = read(real);
          return found === undefined ? undefined : { ...found, name };
        }
        if (dirname(above) === above) return undefined;
      }
    },
  };
}

export function readManifest(file: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const manifest: unknown = JSON.parse(text);
    return typeof manifest === "object" && manifest !== null ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** `@scope/name/deep/file` → `@scope/name`; undefined for a path, a URL, a builtin or a `#` import. */
export function packageNameOf(specifier: string): string | undefined {
  return /^(?:@[\w.~-]+\/)?[\w.~-]+(?=\/|$)/.exec(/^[./#]|^[a-z]+:/i.test(specifier) ? "" : specifier)?.[0];
}

/** What a package needs at run time and has: dependencies, and the optional and peer ones that are installed. */
export function dependenciesOf(owner: Package, packages: Packages): readonly Package[] {
  const { dependencies, optionalDependencies, peerDependencies } = owner.manifest;
  const names = new Set([
    ...Object.keys(dependencies ?? {}),
    ...Object.keys(optionalDependencies ?? {}),
    ...Object.keys(peerDependencies ?? {}),
  ]);
  return [...names]
    .sort()
    .map((name) => packages.find(name, owner.folder))
    .filter((found) => found !== undefined && found.folder !== owner.folder)
    .filter((found) => found !== undefined);
}

/** The packages themselves and everything they need, each folder once, in a stable order. */
export function closureOf(
  roots: Iterable<Package>,
  packages: Packages,
  take: (dependency: Package) => boolean,
): readonly Package[] {
  const found = new Map<string, Package>();
  const queue = [...roots];
  for (const next of queue) {
    if (found.has(next.folder)) continue;
    found.set(next.folder, next);
    queue.push(...dependenciesOf(next, packages).filter(take));
  }
  return [...found.values()].sort((left, right) =>
    compareText(`${left.name}@${left.version}`, `${right.name}@${right.version}`),
  );
}

/** False for what is installed on some platforms only: lists that must be the same everywhere leave it to its dependent. */
export function isPortable({ manifest }: Package): boolean {
  return manifest.os === undefined && manifest.cpu === undefined;
}

/** zenlite's own packages meet user code by structure and never enter a cache key. */
export function isZenlite(name: string): boolean {
  return name === "zenlite" || name.startsWith("@zenlite/");
}

/** By code unit: the same order in every locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
