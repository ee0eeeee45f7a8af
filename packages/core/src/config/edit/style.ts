// How a file is written: what is new is written like what is there.
import type { Lines } from "./lines.ts";
import type { Entry, Tree } from "./tree.ts";

export interface Style {
  readonly json: boolean;
  readonly lineBreak: "\n" | "\r\n";
  /** What a level is indented by: spaces, in JSON perhaps a tab. */
  readonly step: string;
  /** How far the dashes of a list are indented below its key. */
  readonly dashStep: string;
  readonly quote: '"' | "'";
  /** `{ a: b }` instead of `{a: b}`. */
  readonly padMappings: boolean;
  /** `[ a ]` instead of `[a]`. */
  readonly padLists: boolean;
  readonly comma: ", " | ",";
  readonly colon: ": " | ":";
  /** Texts of several lines as blocks. Not where a comment follows that would become part of the text. */
  readonly literals: boolean;
  /** How the components and stacks of the file are written that are mappings; `undefined` where there is none yet. */
  readonly entries: "flow" | "block" | undefined;
}

export function styleOf(text: string, lines: Lines, root: Tree | undefined, json: boolean): Style {
  const trees = root === undefined ? [] : [...within(root)];
  const flows = trees.filter((tree) => tree.flow && tree.entries.length > 0);
  const isPadded = (kind: "map" | "list", otherwise: boolean): boolean => {
    const first = flows.find((tree) => tree.kind === kind && lines.of(tree.start) === lines.of(tree.end));
    return first === undefined ? otherwise : /\s/u.test(text[first.start + 1] ?? "");
  };
  const step = stepOf(text, lines, trees, json) ?? "  ";
  const colon = root?.entries[0]?.marker;
  const separated = !json || colon === undefined || /\s/u.test(text[colon] ?? "");
  const named = (root?.entries ?? []).flatMap(({ value }) => value.entries.map((entry) => entry.value));
  const last = named.findLast(({ kind, entries }) => kind === "map" && entries.length > 0);
  const singles = trees.filter(({ kind, start }) => kind === "text" && text[start] === "'").length;
  const doubles = trees.filter(({ kind, start }) => kind === "text" && text[start] === '"').length;
  return {
    json,
    lineBreak: lines.count > 1 && text[lines.next(0) - 2] === "\r" ? "\r\n" : "\n",
    step,
    dashStep: dashStepOf(lines, trees) ?? step,
    quote: !json && singles > doubles ? "'" : '"',
    padMappings: isPadded("map", true),
    padLists: isPadded("list", false),
    comma: separated ? ", " : ",",
    colon: separated ? ": " : ":",
    literals: true,
    entries: last === undefined ? undefined : last.flow ? "flow" : "block",
  };
}

function* within(tree: Tree): Generator<Tree> {
  yield tree;
  for (const { value } of tree.entries) yield* within(value);
}

/** By the first key that stands deeper than the key it belongs to, on a line of its own. */
function stepOf(text: string, lines: Lines, trees: readonly Tree[], json: boolean): string | undefined {
  const indentOf = (offset: number): string | undefined => {
    const indent = text.slice(lines.start(lines.of(offset)), offset);
    return /^[ \t]*$/u.test(indent) ? indent : undefined;
  };
  const [root] = trees;
  const first = root?.entries[0];
  if (json) {
    const indent = first === undefined ? undefined : indentOf(first.start);
    return indent === "" ? undefined : indent;
  }
  for (const { kind, entries } of trees)
    for (const entry of kind === "map" ? entries : []) {
      const inner = entry.value.kind === "map" && !entry.value.flow ? entry.value.entries[0] : undefined;
      const outside = indentOf(entry.start);
      const inside = inner === undefined ? undefined : indentOf(inner.start);
      if (outside !== undefined && inside !== undefined && inside.length > outside.length)
        return inside.slice(outside.length);
    }
  return undefined;
}

function dashStepOf(lines: Lines, trees: readonly Tree[]): string | undefined {
  const columnOf = ({ start }: Entry): number => start - lines.start(lines.of(start));
  for (const { kind, entries } of trees)
    for (const entry of kind === "map" ? entries : []) {
      const [dash] = entry.value.kind === "list" && !entry.value.flow ? entry.value.entries : [];
      if (dash !== undefined) return " ".repeat(Math.max(0, columnOf(dash) - columnOf(entry)));
    }
  return undefined;
}
