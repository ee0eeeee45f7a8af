// Finds and reads configuration files through cosmiconfig; each keeps its positions.
import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PublicExplorer } from "cosmiconfig";
import { hasCode, messageOf, ZenliteError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { toData } from "./data.ts";
import { searchedFolders } from "./folders.ts";
import type { KeyStyle } from "./keys.ts";
import { moduleTypeRemedy } from "./module-type.ts";
import { fieldOf, type Locate } from "./position.ts";
import { readText, type FileText } from "./text.ts";

export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  readonly value: JsonObject;
  readonly locate: Locate;
  /** How keys are spelled in errors about this file. */
  readonly style: KeyStyle;
  readonly problems: readonly ZenliteError[];
}

const textPlaces = ["", ".json", ".yaml", ".yml"];
const modulePlaces = [".ts", ".mts", ".js", ".mjs", ".cjs"];

// Without package.json: a flavor package's manifest is there, and it is no configuration.
const searchPlaces = [
  ...[...textPlaces, ...modulePlaces].map((extension) => `.zenliterc${extension}`),
  ...[...textPlaces, ...modulePlaces].map((extension) => `.config/zenliterc${extension}`),
  ...modulePlaces.map((extension) => `zenlite.config${extension}`),
];

/** The configuration file that speaks for this very folder, readable or not. */
export function configFileIn(folder: string, overlay?: Overlay): string | undefined {
  return searchPlaces.map((place) => join(folder, place)).find((file) => file === overlay?.file || existsSync(file));
}

/** A text to be read in place of what a file says, or as if the file were there. */
export interface Overlay {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** The file that holds for a folder, by its name alone: it may not be readable. */
export function findConfigFile(from: string): string | undefined {
  return nearestFile(from)?.file;
}

function nearestFile(from: string, overlay?: Overlay): { readonly folder: string; readonly file: string } | undefined {
  for (const folder of searchedFolders(from)) {
    const file = configFileIn(folder, overlay);
    if (file !== undefined) return { folder, file };
  }
  return undefined;
}

/** A configuration that is a program: what it says is known only by running it. */
export function isModule(file: string): boolean {
  return modulePlaces.includes(extname(file));
}

/** Reads configuration files one by one; what each imports is the caller's business. */
export interface FileReader {
  /** The nearest file from `from` upward. */
  find(from: string): Promise<ConfigFile | undefined>;
  /** Problems are returned with the file, also that it is not there (ZENLITE_CONFIG_UNREADABLE). */
  read(file: string): Promise<ConfigFile>;
}

export function fileReader(overlay?: Overlay): FileReader {
  let explorer: Promise<PublicExplorer> | undefined;
  const readOverlay = async ({ file, text }: Overlay): Promise<ConfigFile> => fileOf(file, await readText(file, text));
  return {
    async find(from) {
      const nearest = nearestFile(from, overlay);
      if (nearest === undefined) return undefined;
      const { folder, file } = nearest;
      if (file === overlay?.file) return readOverlay(overlay);
      // Imported here: most folders on the way hold nothing, and some projects need no file at all.
      explorer ??= openExplorer(folder);
      const found = await (await explorer).search(folder);
      // The search passes over what it may not read; saying nothing would run the wrong stack.
      return found === null
        ? unreadable(file, "it is a folder, or may not be read")
        : fileOf(found.filepath, found.config);
    },
    async read(file) {
      if (file === overlay?.file) return readOverlay(overlay);
      explorer ??= openExplorer(dirname(file));
      const opened = await explorer;
      try {
        const found = await opened.load(file);
        return found === null ? unreadable(file, "a package.json is no configuration") : fileOf(file, found.config);
      } catch (cause) {
        return unreadable(file, hasCode(cause, "ENOENT") ? "there is no such file" : messageOf(cause), cause);
      }
    },
  };
}

async function openExplorer(folder: string): Promise<PublicExplorer> {
  type Cosmiconfig = typeof import("cosmiconfig");
  const imported: Cosmiconfig & { readonly default?: Cosmiconfig } = await import("cosmiconfig");
  // In a bundle with split chunks a CommonJS package has a default export and nothing else.
  const { cosmiconfig } = imported.default ?? imported;
  try {
    return cosmiconfig("zenlite", {
      // One folder at a time: "project" would stop at the nearest package.json, below a workspace's root.
      searchStrategy: "none",
      searchPlaces,
      ignoreEmptySearchPlaces: false,
      cache: false,
      loaders: Object.fromEntries([
        ...["noExt", ...textPlaces.slice(1)].map((extension) => [extension, readText] as const),
        ...modulePlaces.map((extension) => [extension, importFile] as const),
        ["default", readText] as const,
      ]),
    });
  } catch (cause) {
    // It looks for options of its own in the package.json of the working folder.
    const file = cause instanceof Error && "filepath" in cause ? cause.filepath : undefined;
    throw new ZenliteError("ZENLITE_CONFIG_UNREADABLE", `cosmiconfig cannot search ${folder}: ${messageOf(cause)}`, {
      cause,
      ...(typeof file === "string" ? { where: { file } } : {}),
    });
  }
}

/** A module's own error is the cause: cosmiconfig's loader would hide it behind a second attempt by `require`. */
async function importFile(file: string): Promise<FileText> {
  const locate: Locate = (path) => ({ file, ...(path.length === 0 ? {} : { field: fieldOf(path) }) });
  const fail = (message: string, cause?: unknown, hint?: string): FileText => ({
    value: null,
    locate,
    problems: [
      new ZenliteError("ZENLITE_CONFIG_BROKEN", message, {
        where: { file },
        ...(cause === undefined ? {} : { cause }),
        ...(hint === undefined ? {} : { hint }),
      }),
    ],
  });
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    if (module.default === undefined)
      return fail("The module has no default export: end it with `export default { … }`.");
    return { ...toData(module.default, locate), locate };
  } catch (cause) {
    return fail(`The module cannot be imported: ${messageOf(cause)}`, cause, moduleTypeRemedy(cause) ?? `node ${file}`);
  }
}

function fileOf(file: string, loaded: FileText | undefined): ConfigFile {
  const style = isModule(file) ? "camel" : "snake";
  const head = { file, style, locate: loaded?.locate ?? (() => ({ file })) } as const;
  // An empty file, or one with comments only, says nothing.
  if (loaded === undefined) return { ...head, value: {}, problems: [] };
  if (loaded.problems.length > 0) return { ...head, value: {}, problems: loaded.problems };
  if (loaded.value === null) return { ...head, value: {}, problems: [] };
  if (isJsonObject(loaded.value)) return { ...head, value: loaded.value, problems: [] };
  const message = `Expected a mapping with flavors, components and stack, got ${Array.isArray(loaded.value) ? "a list" : "a text"}.`;
  return {
    ...head,
    value: {},
    problems: [new ZenliteError("ZENLITE_CONFIG_INVALID", message, { where: head.locate([]) })],
  };
}

function unreadable(file: string, reason: string, cause?: unknown): ConfigFile {
  const error = new ZenliteError("ZENLITE_CONFIG_UNREADABLE", `${file} cannot be read: ${reason}.`, {
    where: { file },
    ...(cause === undefined ? {} : { cause }),
    hint: `ls -l ${file}`,
  });
  return { file, value: {}, style: "snake", locate: () => ({ file }), problems: [error] };
}
