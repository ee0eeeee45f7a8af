// Files that the user's modules name beside themselves: they travel with the code, and the modules find them again.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compareText } from "./packages.ts";
import { isWithin, toPosix } from "./modules.ts";

/** Names that `import.meta.url`, `.dirname` and `.filename` of a user's module are replaced by. */
export const placeNames = {
  "import.meta.url": "__zenlitePlaceUrl",
  "import.meta.dirname": "__zenlitePlaceDirname",
  "import.meta.filename": "__zenlitePlaceFilename",
} as const;

export const asksForPlace = /\bimport\s*\.\s*meta\b/;

/** Files of the user's modules, by the place they have under `files/`. */
export interface Assets {
  /** Place under `files/` → file of this machine. */
  readonly files: ReadonlyMap<string, string>;
  /** Sentences for people. */
  readonly notices: readonly string[];
}

const text = String.raw`"(?:[^"\\]|\\.)*"`;
const urlTarget = new RegExp(String.raw`new URL\(\s*(${text})\s*,\s*(?:__zenlitePlaceUrl|import\.meta\.url)\s*\)`, "g");
const ownPath = String.raw`(?:__zenlitePlaceFilename|fileURLToPath\(\s*__zenlitePlaceUrl\s*\))`;
const ownFolder = [
  "__zenlitePlaceDirname",
  String.raw`(?:\w+\.)?dirname\(\s*${ownPath}\s*\)`,
  String.raw`fileURLToPath\(\s*new URL\(\s*"\.\/?"\s*,\s*__zenlitePlaceUrl\s*\)\s*\)`,
].join("|");
const folderConstant = new RegExp(String.raw`\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:${ownFolder})\s*;`, "g");
/** Uses of a module's place that ask for no file. */
const harmless = /createRequire\(\s*__zenlitePlace\w+\s*\)|[!=]==?\s*__zenlitePlace\w+|__zenlitePlace\w+\s*[!=]==?/g;

/**
 * The files that a module names literally: `new URL("./x", import.meta.url)`, `join(import.meta.dirname, "x")`,
 * `` `${import.meta.dirname}/x` ``, also through a constant that holds the module's folder. `code` is esbuild's output, with
 * the names of `placeNames` in it. A target that does not exist is left to fail as it does without a bundle.
 */
export function findAssets(code: string, moduleFile: string, root: AssetRoot, label: string): Assets {
  const folder = dirname(moduleFile);
  const targets: string[] = [];
  let recognised = (code.match(harmless) ?? []).length;
  for (const [, quoted = ""] of code.matchAll(urlTarget)) {
    recognised += 1;
    const target = new URL(JSON.parse(quoted) as string, pathToFileURL(moduleFile));
    if (target.protocol === "file:") targets.push(fileURLToPath(target));
  }
  const constants = [...code.matchAll(folderConstant)].map((match) => match[1] ?? "");
  const anchors = [ownFolder, ...constants.map((name) => String.raw`\b${name.replaceAll("$", String.raw`\$`)}\b`)].join(
    "|",
  );
  const joined = new RegExp(String.raw`\b(?:join|resolve)\(\s*(?:${anchors})((?:\s*,\s*${text})+)\s*\)`, "g");
  const added = new RegExp(String.raw`(?:${anchors})\s*\+\s*(${text})`, "g");
  const templated = new RegExp("`\\$\\{(?:" + anchors + ")\\}((?:[^`\\\\$]|\\\\.)*)`", "g");
  for (const [, list = ""] of code.matchAll(joined))
    targets.push(
      resolve(
        folder,
        ...(JSON.parse(`[${list.replace(/^\s*,/, "")}]`) as string[]).map((part) => part.replace(/^[/\\]+/, "")),
      ),
    );
  for (const [, quoted = ""] of code.matchAll(added)) targets.push(join(folder, JSON.parse(quoted) as string));
  for (const [, path = ""] of code.matchAll(templated)) targets.push(join(folder, path));

  const notices: string[] = [];
  const files = new Map<string, string>();
  for (const target of new Set(targets.map((path) => (path.endsWith(sep) ? path.slice(0, -1) : path)))) {
    const stats = statSync(target, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (isWithin(target, folder)) {
      notices.push(`${label} names the folder it lies in; only files that it names one by one travel with the code.`);
      continue;
    }
    if (!isWithin(root.folder, target)) {
      notices.push(
        `${label} names ${toPosix(relative(folder, target))}, outside its project: it does not travel with the code.`,
      );
      continue;
    }
    for (const file of stats.isDirectory() ? filesIn(target) : [target]) files.set(placeIn(root, file), file);
  }
  const uses = (code.match(/__zenlitePlace(?:Url|Dirname|Filename)\b/g) ?? []).length;
  if (targets.length === 0 && uses > recognised)
    notices.push(
      `${label} asks where it lies but names no file literally: what it reads there at run time does not travel with the code ` +
        `(write new URL("./file", import.meta.url)).`,
    );
  if (/import\.meta(?!\s*\.\s*\w)/.test(code))
    notices.push(
      `${label} takes import.meta apart: write import.meta.dirname or new URL("./file", import.meta.url) where it is used.`,
    );
  return { files, notices };
}

/** The folder that a module's files may come from, and where it lies under `files/`. */
export interface AssetRoot {
  readonly folder: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** A module or file as it lies under `files/`. */
export function placeIn(root: AssetRoot, file: string): string {
  return root.prefix + toPosix(relative(root.folder, file));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules" && entry.name !== ".git" && entry.name !== ".zenlite")
    .sort((left, right) => compareText(left.name, right.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? filesIn(path) : [path];
    });
}
