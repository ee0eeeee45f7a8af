// The one reader of YAML and JSON text: data, and where each key and value stands.
import { extname } from "node:path";
import type { Document, ErrorCode, LineCounter, Node, Pair, YAMLMap } from "yaml";
import { messageOf, ZenliteError } from "../errors.ts";
import type { Json } from "../json.ts";
import { toData } from "./data.ts";
import { findJsonMistake } from "./json-text.ts";
import { fieldOf, lineAndColumn, type FieldPath, type Locate } from "./position.ts";

/** What a file says. Where there are problems the value is `null`. */
export interface FileText {
  readonly value: Json;
  readonly locate: Locate;
  readonly problems: readonly ZenliteError[];
}

/** A document of a few kilobytes needs no more; a bomb needs millions. */
const maxAliases = 100;

export type Yaml = typeof import("yaml");

/**
 * Reads YAML 1.2, or JSON where the name ends in `.json`, which is then refused where JSON.parse would refuse it.
 * An empty text is `null`. Problems: ZENLITE_CONFIG_SYNTAX, ZENLITE_CONFIG_INVALID.
 */
export async function readText(file: string, text: string): Promise<FileText> {
  const yaml = await importYaml();
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return extname(file) === ".json" ? readJson(yaml, file, source) : readYaml(yaml, file, source);
}

/** Where nothing is configured nothing is parsed, and the parser not loaded. */
export async function importYaml(): Promise<Yaml> {
  const imported: Yaml & { readonly default?: Yaml } = await import("yaml");
  // In a bundle with split chunks a CommonJS package has a default export and nothing else.
  return imported.default ?? imported;
}

function readJson(yaml: Yaml, file: string, text: string): FileText {
  if (text.trim() === "") return readYaml(yaml, file, "");
  try {
    JSON.parse(text);
  } catch (cause) {
    const where = { file, ...lineAndColumn(text, findJsonMistake(text) ?? 0) };
    const message = messageOf(cause).replace(/(?: in JSON at position|, "|, \.\.\.").*$/su, "");
    return broken(
      { file },
      new ZenliteError("ZENLITE_CONFIG_SYNTAX", `This is no JSON: ${message}.`, { where, cause }),
    );
  }
  // In JSON a tab is only ever white space, and YAML minds tabs: a space keeps every position.
  return readYaml(yaml, file, text.replaceAll("\t", " "));
}

function readYaml(yaml: Yaml, file: string, text: string): FileText {
  const lines = new yaml.LineCounter();
  const syntax = (message: string, offset: number | undefined, hint?: string): ZenliteError =>
    new ZenliteError("ZENLITE_CONFIG_SYNTAX", message, {
      where: { file, ...(offset === undefined ? {} : positionOf(lines, offset)) },
      ...(hint === undefined ? {} : { hint }),
    });
  let document: Document.Parsed;
  try {
    document = yaml.parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // `!!binary`, `!!set` and the like make values that are no JSON.
      resolveKnownTags: false,
      logLevel: "error",
    });
  } catch (cause) {
    const message = cause instanceof RangeError ? "The lists or mappings are nested too deeply." : messageOf(cause);
    return broken({ file }, new ZenliteError("ZENLITE_CONFIG_SYNTAX", message, { where: { file }, cause }));
  }
  const mistakes = [...document.errors, ...document.warnings].map(({ code, message, pos }) =>
    syntax(explain(code, message), pos[0], hintFor(code, text.slice(pos[0], pos[0] + 80))),
  );
  // The parser goes on after a mistake: what it says of the same line is the same mistake.
  const firstOfLine = mistakes.filter(
    ({ where }, index) => mistakes.findIndex((other) => other.where?.line === where?.line) === index,
  );
  if (firstOfLine.length > 0) return broken({ file }, ...firstOfLine);
  const locate = locator(yaml, document, lines, file);
  try {
    const data = toData(document.toJS({ maxAliasCount: maxAliases }), locate);
    return { value: data.problems.length > 0 ? null : data.value, locate, problems: data.problems };
  } catch (cause) {
    return broken({ file }, syntax(`${messageOf(cause)}.`, firstBadAlias(yaml, document), aliasHint));
  }
}

const aliasHint = "Write the values out: anchors (&name) and aliases (*name) are for a few repetitions.";

function broken(place: { readonly file: string }, ...problems: ZenliteError[]): FileText {
  return { value: null, locate: () => place, problems };
}

function positionOf(lines: LineCounter, offset: number): { readonly line: number; readonly column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function explain(code: ErrorCode, message: string): string {
  if (code === "MULTIPLE_DOCS") return "Only one YAML document is read; this is the start of a second.";
  if (code === "DUPLICATE_KEY") return "This key is already there.";
  return `${message}.`;
}

function hintFor(code: ErrorCode, text: string): string | undefined {
  const [packageName] = /^@[\w.~-]+\/[\w.~-]+/u.exec(text) ?? [];
  if (code === "BAD_SCALAR_START" && packageName !== undefined) return `Put it in quotes: "${packageName}"`;
  if (code === "TAB_AS_INDENT") return "Indent with spaces.";
  return undefined;
}

/** The alias without an anchor, else the first alias. */
function firstBadAlias(yaml: Yaml, document: Document.Parsed): number | undefined {
  let first: number | undefined;
  let unresolved: number | undefined;
  yaml.visit(document, {
    Alias(_key, alias) {
      first ??= alias.range?.[0];
      if (alias.resolve(document) === undefined) unresolved ??= alias.range?.[0];
    },
  });
  return unresolved ?? first;
}

function locator(yaml: Yaml, document: Document.Parsed, lines: LineCounter, file: string): Locate {
  const follow = (node: unknown): unknown => (yaml.isAlias(node) ? node.resolve(document) : node);
  const startOf = (node: unknown): number | undefined =>
    yaml.isNode(node) ? (node satisfies Node).range?.[0] : undefined;
  const textOf = (key: unknown): string => keyText(yaml.isScalar(key) ? key.value : undefined);
  // Looking through all keys for each place takes as long as parsing where there are hundreds of them.
  const known = new Map<YAMLMap, ReadonlyMap<string, Pair>>();
  const pairsOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
    const pairs = known.get(map) ?? new Map(map.items.map((pair) => [textOf(pair.key), pair]));
    known.set(map, pairs);
    return pairs;
  };
  return (path: FieldPath, part = "value") => {
    let value: unknown = document.contents;
    let key: unknown;
    for (const segment of path) {
      const container = follow(value);
      if (yaml.isMap(container)) {
        const pair = pairsOf(container).get(String(segment));
        if (pair === undefined) break;
        key = pair.key;
        value = pair.value ?? pair.key;
      } else if (yaml.isSeq(container) && typeof segment === "number" && segment < container.items.length) {
        key = container.items[segment];
        value = key;
      } else break;
    }
    const offset = startOf(part === "key" ? (key ?? value) : value);
    const field = fieldOf(path);
    return { file, ...(offset === undefined ? {} : positionOf(lines, offset)), ...(field === "" ? {} : { field }) };
  };
}

/** As an object's key would be: `1:` is the key "1", an empty key is "". */
export function keyText(key: unknown): string {
  return typeof key === "string" || typeof key === "number" || typeof key === "boolean" ? String(key) : "";
}
