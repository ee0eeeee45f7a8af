// Packages that travel whole beside the bundle, laid out so that each finds the versions it found here.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { External } from "./externals.ts";
import { isNative } from "./native.ts";
import { compareText, dependenciesOf, isZenlite, type Package, type Packages } from "./packages.ts";

export interface FileEntry {
  /** Relative, with `/`. */
  readonly path: string;
  /** Where its bytes are, or the bytes. */
  readonly source: string | Uint8Array;
  readonly executable: boolean;
}

export interface Carried {
  /** Under `node_modules/`, sorted. */
  readonly files: readonly FileEntry[];
  /** Native packages that the code or a carried package imports. */
  readonly natives: readonly Package[];
}

export function layOutCarried(externals: readonly External[], packages: Packages): Carried {
  const natives = new Map(
    externals.filter((external) => external.native).map((external) => [external.package.name, external.package]),
  );
  const roots = externals.filter((external) => !external.native).map((external) => external.package);
  const needed = (owner: Package): readonly Package[] =>
    dependenciesOf(owner, packages).filter((found) => {
      if (isZenlite(found.name)) return false;
      if (isNative(found) === undefined) return true;
      // It is found above the carried packages, like one that the code imports itself.
      natives.set(found.name, found);
      return false;
    });
  const tree = placeTree(roots, needed, (left, right) => left.folder === right.folder);
  return {
    files: [...tree]
      .flatMap(([place, { folder }]) => filesOf(folder, `node_modules/${place}`))
      .sort((left, right) => compareText(left.path, right.path)),
    natives: [...natives.values()].sort((left, right) => compareText(left.name, right.name)),
  };
}

/** A package in a node_modules tree that is laid out anew. */
export interface TreeNode {
  readonly name: string;
}

/**
 * A node_modules tree: each dependency at the top where its name is free there or taken by itself, inside its dependent
 * otherwise (`a/node_modules/b`). Breadth first and by name, so that the tree depends on nothing else.
 */
export function placeTree<Node extends TreeNode>(
  roots: readonly Node[],
  dependenciesOfNode: (node: Node) => readonly Node[],
  isSame: (left: Node, right: Node) => boolean,
): ReadonlyMap<string, Node> {
  const tree = new Map<string, Node>();
  const queue: { readonly node: Node; readonly chain: readonly string[] }[] = [];
  for (const node of [...roots].sort((left, right) => compareText(left.name, right.name))) {
    tree.set(node.name, node);
    queue.push({ node, chain: [node.name] });
  }
  for (const { node, chain } of queue)
    for (const dependency of dependenciesOfNode(node)) {
      const visible = visiblePlace(chain, dependency.name, tree);
      const there = visible === undefined ? undefined : tree.get(visible);
      if (there !== undefined && isSame(there, dependency)) continue;
      const below = visible === undefined ? [dependency.name] : [...chain, dependency.name];
      tree.set(below.join("/node_modules/"), dependency);
      queue.push({ node: dependency, chain: below });
    }
  return tree;
}

/** Where `require(name)` ends up for a module at the end of the chain. */
function visiblePlace(chain: readonly string[], name: string, tree: ReadonlyMap<string, unknown>): string | undefined {
  for (let depth = chain.length; depth >= 0; depth -= 1) {
    const place = [...chain.slice(0, depth), name].join("/node_modules/");
    if (tree.has(place)) return place;
  }
  return undefined;
}

/** Every file of a folder except what is installed inside it; links are followed. */
function filesOf(folder: string, prefix: string): FileEntry[] {
  return readdirSync(folder).flatMap((name) => {
    if (name === "node_modules" || name === ".git" || name === ".zenlite") return [];
    const source = join(folder, name);
    const stats = statSync(source, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    const path = `${prefix}/${name}`;
    if (stats.isDirectory()) return filesOf(source, path);
    return stats.isFile() ? [{ path, source, executable: (stats.mode & 0o100) !== 0 }] : [];
  });
}
