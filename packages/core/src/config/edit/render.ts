// Values → YAML or JSON as a person writes it: short mappings on one line, no quotes where none are needed.
import { isJsonObject, type Json } from "../../json.ts";
import { isList } from "../report.ts";
import type { Style } from "./style.ts";

/** What follows a key's colon or a list's dash. */
export interface Rendered {
  /** On the line of the key; "" where the value begins on the next. */
  readonly head: string;
  /** Whole lines, with their indentation. */
  readonly body: readonly string[];
}

export interface Position {
  /** The indentation of the key or dash. */
  readonly indent: string;
  /** How many columns of the line are taken before the value. */
  readonly column: number;
  /** 1 for a value of the file's own keys. */
  readonly depth: number;
  readonly prefer?: "flow" | "block" | undefined;
}

/** A line longer than this is not read at a glance. */
const longest = 100;

export function render(value: Json, position: Position, style: Style): Rendered {
  const { indent, column, depth } = position;
  if (style.json) return renderJson(value, position, style);
  const block = typeof value === "string" && style.literals ? literal(value, indent + style.step) : undefined;
  if (block !== undefined) return block;
  const line = inline(value, style);
  if (!isCollection(value) || line === "{}" || line === "[]") return { head: line, body: [] };
  // Sections of the file grow: one entry a line.
  const short =
    depth > 1 &&
    column + line.length <= longest &&
    !(style.literals && hasLines(value)) &&
    (isJsonObject(value) || isFlat(value));
  if (position.prefer === "block" ? isList(value) && short : short) return { head: line, body: [] };
  if (isList(value)) {
    const at = indent + style.dashStep;
    return { head: "", body: value.flatMap((item) => listItem(item, at, depth + 1, style)) };
  }
  return { head: "", body: entryLines(value, indent + style.step, depth + 1, style) };
}

/** The lines of a block mapping's entries. */
export function entryLines(
  mapping: { readonly [key: string]: Json },
  indent: string,
  depth: number,
  style: Style,
  prefer = depth === 2 ? style.entries : undefined,
): readonly string[] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    const name = `${indent}${keyOf(key, style)}:`;
    const { head, body } = render(value, { indent, column: name.length + 1, depth, prefer }, style);
    return [head === "" ? name : `${name} ${head}`, ...body];
  });
}

/** The lines of one item of a block list. */
export function listItem(
  value: Json,
  indent: string,
  depth: number,
  style: Style,
  prefer?: "flow" | "block",
): readonly string[] {
  const dash = `${indent}- `;
  const { head, body } = render(value, { indent, column: dash.length, depth, prefer }, style);
  if (head !== "" || body.length === 0) return [`${dash}${head}`, ...body];
  // The first key stands beside the dash.
  const inside = `${indent}  `;
  const [first = "", ...rest] = isJsonObject(value)
    ? entryLines(value, inside, depth + 1, style)
    : isList(value)
      ? value.flatMap((item) => listItem(item, inside, depth + 1, style))
      : body;
  return [`${dash}${first.slice(inside.length)}`, ...rest];
}

/** On one line, as between brackets. */
export function inline(value: Json, style: Style): string {
  const pad = (open: string, inside: readonly string[], close: string, padded: boolean): string => {
    if (inside.length === 0) return `${open}${close}`;
    const space = padded ? " " : "";
    return `${open}${space}${inside.join(style.comma)}${space}${close}`;
  };
  if (typeof value === "string") return scalar(value, style);
  if (isList(value))
    return pad(
      "[",
      value.map((item) => inline(item, style)),
      "]",
      style.padLists,
    );
  if (!isMapping(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${keyOf(key, style)}${style.colon}${inline(member, style)}`,
  );
  return pad("{", members, "}", style.padMappings);
}

export function keyOf(key: string, style: Style): string {
  return scalar(key, style);
}

/**
 * Plain where no reader of YAML, of whichever version, can take it for anything but this text, in brackets too:
 * words, names, and paths.
 */
function scalar(text: string, style: Style): string {
  const plain = /^(?:\.{0,2}\/)?[\p{L}_](?:[\p{L}\p{M}\p{N}_./+@-]| (?=[\p{L}\p{N}_]))*$/u.test(text);
  const reserved = /^(?:null|true|false|yes|no|on|off|y|n)$/iu.test(text);
  if (plain && !reserved && !style.json) return text;
  if (style.json) return JSON.stringify(text);
  // The other quotes where these would have to be escaped.
  if (style.quote === '"') return quoted(text, /["\\]/u.test(text) && !text.includes("'") ? "'" : '"');
  return quoted(text, text.includes("'") && !/["\\]/u.test(text) ? '"' : "'");
}

/** In the quotes asked for, unless there is something in the text that only double quotes can hold. */
export function quoted(text: string, quote: '"' | "'"): string {
  // What JSON leaves as it is and YAML does not print: C1 controls, the other line breaks, byte order marks.
  const hidden = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/gu;
  const double = JSON.stringify(text).replace(
    hidden,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const needsEscapes = double.replaceAll("\\\\", "").replaceAll('\\"', "").includes("\\");
  return quote === '"' || needsEscapes ? double : `'${text.replaceAll("'", "''")}'`;
}

/** A text of several lines, as a block that keeps them; `undefined` where that cannot hold it exactly. */
function literal(text: string, indent: string): Rendered | undefined {
  const lines = text.split("\n");
  const ended = lines.at(-1) === "";
  const content = ended ? lines.slice(0, -1) : lines;
  if (lines.length < 2 || content.length === 0) return undefined;
  // A first line that is indented, or a last that is empty, would need signs that few people know.
  if (/^\s/u.test(content[0] ?? "") || content[0] === "" || content.at(-1) === "") return undefined;
  if (content.some((line) => line !== "" && (/^\s*$/u.test(line) || hasHidden(line)))) return undefined;
  return { head: ended ? "|" : "|-", body: content.map((line) => (line === "" ? "" : indent + line)) };
}

function hasHidden(line: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\uFEFF\uFFFE\uFFFF]/u.test(line.replaceAll("\t", ""));
}

function renderJson(value: Json, { indent, column, prefer }: Position, style: Style): Rendered {
  const line = inline(value, style);
  if (!isCollection(value) || (prefer === "flow" && column + line.length <= longest)) return { head: line, body: [] };
  const [head = "", ...body] = JSON.stringify(value, null, style.step).split("\n");
  return { head, body: body.map((each) => indent + each) };
}

function isFlat(value: readonly Json[]): boolean {
  return value.every((item) => !isCollection(item));
}

function hasLines(value: Json): boolean {
  if (typeof value === "string") return value.includes("\n");
  if (isList(value)) return value.some(hasLines);
  return isMapping(value) && Object.values(value).some(hasLines);
}

function isCollection(value: Json): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return isJsonObject(value);
}
