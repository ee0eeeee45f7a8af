// The project's lock file: whether a package is in it, and the part of it that an image needs.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isJsonObject, type JsonObject } from "@zenlite/core";
import { placeTree } from "./carried.ts";
import { toPosix } from "./modules.ts";
import { compareText, type Package } from "./packages.ts";

export interface Lock {
  readonly file: string;
  /** The entries of a package-lock.json of version 2 or 3; absent for other package managers. */
  readonly entries?: JsonObject;
  readonly text: string;
}

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/** The nearest lock file upwards, as far as the repository goes: in a workspace it lies at the root. */
export function findLock(projectFolder: string): Lock | undefined {
  for (let folder = projectFolder; ; folder = dirname(folder)) {
    const name = lockFiles.find((name) => existsSync(join(folder, name)));
    if (name !== undefined) return readLock(join(folder, name));
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
  }
}

function readLock(file: string): Lock {
  const text = readFileSync(file, "utf8");
  if (!file.endsWith(".json")) return { file, text };
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = isJsonObject(parsed) ? parsed["packages"] : undefined;
    return { file, text, ...(isJsonObject(entries) ? { entries } : {}) };
  } catch {
    // npm says what is wrong with it better.
    return { file, text };
  }
}

/** Whether a package that the project imports is locked. */
export function isLocked(lock: Lock, name: string, projectFolder: string): boolean {
  if (lock.entries === undefined)
    return new RegExp(`(?:^\\s*["']?/?|[\\s"',])${name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")}["']?[@:]`, "m").test(
      lock.text,
    );
  return resolveInLock(lock.entries, toPosix(relative(dirname(lock.file), projectFolder)), name) !== undefined;
}

/** The key of the entry that `name` means for whoever lies at `from`. */
function resolveInLock(entries: JsonObject, from: string, name: string): string | undefined {
  for (let base = from; ; base = base.includes("/") ? base.slice(0, base.lastIndexOf("/")) : "") {
    const key = `${base}${base === "" ? "" : "/"}node_modules/${name}`;
    if (Object.hasOwn(entries, key)) return key;
    if (base === "") return undefined;
  }
}

interface LockNode {
  readonly name: string;
  readonly key: string;
  readonly entry: JsonObject;
}

export interface LockPart {
  /** package-lock.json, version 3, with the packages as the dependencies of its root. */
  readonly lock: JsonObject;
  /** Without those that are for some platforms only. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Names of packages that have install scripts. */
  readonly scripts: readonly string[];
}

/** The lock cut down to packages and what they need, for every platform; `undefined` where one of them is not in it. */
export function cutLock(lock: Lock, roots: readonly Package[]): LockPart | undefined {
  const { entries } = lock;
  if (entries === undefined) return undefined;
  const nodeAt = (name: string, key: string | undefined): LockNode | undefined => {
    const entry = key === undefined ? undefined : entries[key];
    return key === undefined || !isJsonObject(entry) ? undefined : { name, key, entry };
  };
  const nodes = roots.map((root) => nodeAt(root.name, toPosix(relative(dirname(lock.file), root.folder))));
  if (nodes.includes(undefined)) return undefined;
  const tree = placeTree(
    nodes.filter((node) => node !== undefined),
    (node) =>
      ["dependencies", "optionalDependencies", "peerDependencies"]
        .flatMap((field) => Object.keys(isJsonObject(node.entry[field]) ? node.entry[field] : {}))
        .sort(compareText)
        .map((name) => nodeAt(name, resolveInLock(entries, node.key, name)))
        .filter((found) => found !== undefined),
    (left, right) => left.key === right.key,
  );
  const placed = [...tree].sort(([left], [right]) => compareText(left, right));
  const unique = new Map(
    placed
      .filter(([, { entry }]) => entry["os"] === undefined && entry["cpu"] === undefined)
      .map(([, { name, entry }]) => {
        const version = typeof entry["version"] === "string" ? entry["version"] : "";
        return [`${name}@${version}`, { name, version }];
      }),
  );
  return {
    lock: {
      name: "zenlite-native-packages",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": {
          name: "zenlite-native-packages",
          dependencies: Object.fromEntries(
            roots
              .map((root) => [root.name, root.version])
              .sort(([left = ""], [right = ""]) => compareText(left, right)),
          ),
        },
        ...Object.fromEntries(placed.map(([place, { entry }]) => [`node_modules/${place}`, portable(entry)])),
      },
    },
    packages: [...unique].sort(([left], [right]) => compareText(left, right)).map(([, found]) => found),
    scripts: [
      ...new Set(placed.filter(([, { entry }]) => entry["hasInstallScript"] === true).map(([, { name }]) => name)),
    ].sort(),
  };
}

/** Without the address it was downloaded from and what only this project's tree says of it. */
function portable(entry: JsonObject): JsonObject {
  const { resolved, dev: _dev, devOptional: _devOptional, peer: _peer, extraneous: _extraneous, ...kept } = entry;
  return typeof resolved === "string" && !/^https?:/.test(resolved) ? { ...kept, resolved } : kept;
}
