// Where the keys, values and items of a YAML or JSON text stand: the parser's document, reduced to offsets.
import type { CST, Pair } from "yaml";
import type { FieldPath } from "../position.ts";
import { keyText, type Yaml } from "../text.ts";

export interface Tree {
  /** An alias is followed by nobody, so it is a kind of its own. */
  readonly kind: "map" | "list" | "text" | "scalar" | "block" | "alias";
  /** Between brackets, as in JSON. */
  readonly flow: boolean;
  readonly start: number;
  /** Where the value ends, without what comes after it on its line. Equal to `start` for a value that is not written. */
  readonly end: number;
  readonly entries: readonly Entry[];
}

/** A key with its value, or an item of a list. */
export interface Entry {
  readonly key: string | number;
  /** The key, or the dash of an item in a block. */
  readonly start: number;
  readonly keyEnd: number;
  /** After the colon or the dash; `undefined` where there is none, as in `{a, b}` and `[a, b]`. */
  readonly marker: number | undefined;
  readonly value: Tree;
  readonly end: number;
}

/** `undefined` for a text that says nothing. The text must be one without errors. */
export function openTree(yaml: Yaml, text: string): Tree | undefined {
  const document = yaml.parseDocument(text, { keepSourceTokens: true, resolveKnownTags: false, logLevel: "error" });

  const treeOf = (node: unknown, missing: number): Tree => {
    const range = yaml.isNode(node) ? node.range : undefined;
    const [start, end] = range ?? [missing, missing];
    if (yaml.isMap(node)) {
      const entries = node.items.map((pair) => entryOf(pair));
      return collection("map", node.flow === true, start, end, entries);
    }
    if (yaml.isSeq(node)) {
      const dashes = dashesOf(node.srcToken);
      const entries = node.items.map((item, key): Entry => {
        const dash = dashes[key];
        const value = treeOf(yaml.isPair(item) ? item.value : item, (dash ?? start) + 1);
        const marker = dash === undefined ? undefined : dash + 1;
        return {
          key,
          start: dash ?? value.start,
          keyEnd: dash ?? value.start,
          marker,
          value,
          end: Math.max(value.end, marker ?? 0),
        };
      });
      return collection("list", node.flow === true, start, end, entries);
    }
    if (yaml.isAlias(node)) return { kind: "alias", flow: false, start, end, entries: [] };
    const isBlock = yaml.isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
    const isText = yaml.isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
    if (!isBlock) return { kind: isText ? "text" : "scalar", flow: false, start, end, entries: [] };
    // The last line break is within the value, and the place after it on another line.
    const stop = end - (text.slice(start, end).endsWith("\r\n") ? 2 : text[end - 1] === "\n" ? 1 : 0);
    return { kind: "block", flow: false, start, end: stop, entries: [] };
  };

  const entryOf = (pair: Pair): Entry => {
    const key = yaml.isNode(pair.key) ? pair.key : undefined;
    const [start, keyEnd] = key?.range ?? [0, 0];
    const colon = colonOf(pair.srcToken);
    const marker = colon === undefined ? undefined : colon + 1;
    const value = treeOf(pair.value, marker ?? keyEnd);
    const end = Math.max(keyEnd, marker ?? 0, value.end);
    return { key: keyText(yaml.isScalar(pair.key) ? pair.key.value : undefined), start, keyEnd, marker, value, end };
  };

  return document.contents === null || (yaml.isScalar(document.contents) && document.contents.source === "")
    ? undefined
    : treeOf(document.contents, 0);
}

function collection(kind: "map" | "list", flow: boolean, start: number, end: number, entries: readonly Entry[]): Tree {
  const last = entries.at(-1);
  // The parser counts the comments after the last entry in.
  return { kind, flow, start, end: flow || last === undefined ? end : last.end, entries };
}

function colonOf(item: CST.CollectionItem | undefined): number | undefined {
  return item?.sep?.find(({ type }) => type === "map-value-ind")?.offset;
}

function dashesOf(token: CST.Token | undefined): readonly number[] {
  if (token?.type !== "block-seq") return [];
  return token.items.flatMap(({ start }) =>
    start
      .filter(({ type }) => type === "seq-item-ind")
      .slice(0, 1)
      .map(({ offset }) => offset),
  );
}

/** The entries on the way, the outermost first; `undefined` where the path leads through something else, as an alias. */
export function entriesAlong(root: Tree | undefined, path: FieldPath): readonly Entry[] | undefined {
  let tree = root;
  const found: Entry[] = [];
  for (const part of path) {
    const entry = tree?.entries.find(({ key }) => key === part);
    if (entry === undefined) return undefined;
    found.push(entry);
    tree = entry.value;
  }
  return found;
}
