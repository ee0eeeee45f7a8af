// The user's code as a folder: `app/` as it is mounted in a container, native packages linked above it.
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ZenliteError, canonicalJson, type CodeReference } from "@zenlite/core";
import { digestOf, hexOf } from "@zenlite/records";
import { layOutCarried, type FileEntry } from "../code/carried.ts";
import { compareText, type Package, type Packages } from "../code/packages.ts";
import type { Build } from "../code/build.ts";
import { digestOfTar } from "./tar.ts";
import { stage, writeEntries, type Staged } from "./staging.ts";

/** Package name → version; in the folder as `natives.json`, so that whoever unpacks it knows what to put above. */
export type Natives = { readonly [name: string]: string };

export interface CodeFolder {
  readonly reference: CodeReference;
  readonly natives: readonly Package[];
  readonly staged: Staged;
  /** Files of this machine that were copied, for the cache's checks. */
  readonly copied: readonly string[];
}

export async function stageCode(build: Build, packages: Packages, stateFolder: string): Promise<CodeFolder> {
  const carried = layOutCarried(build.externals, packages);
  const natives: Natives = Object.fromEntries(carried.natives.map(({ name, version }) => [name, version]));
  const code: FileEntry[] = [
    text("code.mjs", build.code),
    text("code.mjs.map", build.map),
    ...(carried.natives.length === 0 ? [] : [text("natives.json", canonicalJson(natives))]),
    ...[...build.assets].map(([place, source]) => ({ path: `files/${place}`, source, executable: false })),
  ].sort((left, right) => compareText(left.path, right.path));
  const digest = await digestOfTar(code);
  const reference: CodeReference =
    carried.files.length === 0 ? { digest } : { digest, carried: await digestOfTar(carried.files) };
  const staged = await stage(stateFolder, "code", folderNameOf(reference), async (folder) => {
    await writeEntries(join(folder, "app"), [...code, ...carried.files]);
    linkNatives(folder, carried.natives);
  });
  // The folder may be there from before with links to where the packages were then.
  linkNatives(staged.folder, carried.natives);
  const copied = [
    ...build.assets.values(),
    ...carried.files.map((file) => file.source).filter((source) => typeof source === "string"),
  ];
  return { reference, natives: carried.natives, staged, copied };
}

/** Hexadecimal; of the code alone, or of the code with what is carried. */
export function folderNameOf(reference: CodeReference): string {
  if (reference.carried === undefined) return hexOf(reference.digest);
  return hexOf(digestOf(`${reference.digest}\n${reference.carried}`));
}

/** Steps on this machine find native packages above `app/`, where an image has them installed. */
export function linkNatives(folder: string, natives: readonly Pick<Package, "name" | "folder">[]): void {
  for (const native of natives) {
    const link = join(folder, "node_modules", native.name);
    if (linkTarget(link) === native.folder) continue;
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { recursive: true, force: true });
    try {
      symlinkSync(native.folder, link, "junction");
    } catch (cause) {
      if (linkTarget(link) !== native.folder)
        throw new ZenliteError("ZENLITE_CACHE_NOT_WRITTEN", `${link} cannot be linked.`, {
          fault: "environment",
          cause,
        });
    }
  }
}

/** The native packages as a project has them. Throws ZENLITE_PACKAGE_MISSING. */
export function findNatives(natives: Natives, projectFolder: string, packages: Packages): readonly Package[] {
  return Object.entries(natives).map(([name, version]) => {
    // pnpm keeps what is only a dependency of a dependency in a folder of its own.
    const found =
      packages.find(name, projectFolder) ?? packages.find(name, join(projectFolder, "node_modules", ".pnpm"));
    if (found?.version === version) return found;
    throw new ZenliteError(
      "ZENLITE_PACKAGE_MISSING",
      found === undefined
        ? `The code needs the native package ${name} ${version}, which is not installed here.`
        : `The code needs the native package ${name} ${version}; ${found.version} is installed here.`,
      { hint: `npm install ${name}@${version}` },
    );
  });
}

function text(path: string, content: string): FileEntry {
  return { path, source: new TextEncoder().encode(content), executable: false };
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
