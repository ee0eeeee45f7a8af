// Random configuration files as trees that know how each part is written and which comments are whose.
import * as fc from "fast-check";
import type { Json } from "@zenlite/core";

export interface Branch {
  readonly kind: "map" | "list";
  readonly layout: "block" | "line" | "spread";
  entries: Twig[];
  /** In a spread list or mapping: a comma after the last. */
  readonly comma: boolean;
}

export interface Leaf {
  readonly kind: "leaf";
  readonly value: Json;
  /** Which of the ways to write it. */
  readonly way: number;
}

export type Node = Branch | Leaf;

/** A key with its value, or an item. Comments by number; -1 until the text is written. */
export interface Twig {
  key: string;
  readonly quotes: "" | '"' | "'";
  node: Node;
  /** A comment above, with a blank line between: nobody's. */
  readonly free: boolean;
  readonly blank: boolean;
  /** Own comments: above, on the line, and below but deeper. */
  readonly lead: number;
  readonly tail: boolean;
  readonly body: boolean;
  comments: string[];
  /** Nobody's, within the value. */
  inside: string[];
}

export interface Dress {
  readonly step: number;
  readonly dash: boolean;
  readonly lineBreak: "\n" | "\r\n";
  readonly ended: boolean;
  readonly mark: boolean;
  readonly header: "" | "comment" | "comment and blank" | "marker";
  readonly footer: "" | "comment" | "blank" | "marker";
  readonly padded: boolean;
}

const words = ["alpha", "beta-2", "gam.ma", "größe", "delta_x", "Epsilon"];
const oddities = [
  "with space",
  "yes",
  "null",
  "1",
  "a: b",
  "#k",
  "@zenlite/x",
  "'",
  'quo"te',
  "constructor",
  "~",
  " lead",
];
const sections = ["flavors", "orchestrator", "artifact-store", "container_registry", "imageBuilder", "stack"];

export const oddTexts = [
  ...oddities,
  "1e3",
  "0x1",
  "0o7",
  "1_000",
  "12:30:45",
  "2026-11-21",
  ".inf",
  "trail ",
  "",
  "-",
  "- a",
  "?",
  "a #b",
  "a:",
  "{a}",
  "[a]",
  "${env:NAME:-x}",
  "s3://bucket/prefix",
  "\\d+",
  "back\\slash'both\"",
  "tab\there",
  "\u0085\u2028\u0007",
  "\uFEFF",
  "😀",
  "<<",
  "---",
  "...",
  "!tag",
  "&a",
  "*a",
  "%x",
  "`x",
  "true",
  "No",
  "=",
  "x".repeat(300),
  "two\nlines",
  "ended\n",
  "blank\n\nbetween\n",
  "\nfirst empty",
  " first\nindented",
  "last empty\n\n",
  "trailing \nspace",
  "cr\r\nlf",
  "# comment\nlike",
  "---\nmarker\n",
  "only\n \nspaces",
];

export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...words, ...oddTexts),
  fc.string({ unit: "binary" }),
);
const scalars: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: texts },
  fc.constantFrom<Json>(0, 1.5, -3, 1e21, 1e-7, true, false, null),
);

/** What an edit puts in: any data without empty mappings, which an edit may write but a removal takes away. */
export const values: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words, ...oddities), tie("value"), { maxKeys: 3 }),
  ),
})).value;

const dress: fc.Arbitrary<Dress> = fc.record({
  step: fc.constantFrom(2, 2, 3, 4),
  dash: fc.boolean(),
  lineBreak: fc.constantFrom<"\n" | "\r\n">("\n", "\n", "\r\n"),
  ended: fc.boolean(),
  mark: fc.boolean(),
  header: fc.constantFrom<Dress["header"]>("", "comment", "comment and blank", "marker"),
  footer: fc.constantFrom<Dress["footer"]>("", "comment", "blank", "marker"),
  padded: fc.boolean(),
});

const leaf: fc.Arbitrary<Leaf> = fc.record({ kind: fc.constant("leaf" as const), value: scalars, way: fc.nat(5) });

function twig(key: fc.Arbitrary<string>, node: fc.Arbitrary<Node>): fc.Arbitrary<Twig> {
  return fc.record({
    key,
    quotes: fc.constantFrom("" as const, "" as const, '"' as const, "'" as const),
    node,
    free: fc.nat(7).map((n) => n === 0),
    blank: fc.nat(3).map((n) => n === 0),
    lead: fc.constantFrom(0, 0, 1, 2),
    tail: fc.nat(2).map((n) => n === 0),
    body: fc.nat(5).map((n) => n === 0),
    comments: fc.constant([]),
    inside: fc.constant([]),
  });
}

const keys = fc.constantFrom(...words, ...oddities);
const byKey = { selector: (each: Twig) => each.key, minLength: 1, maxLength: 4 };

const node: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom("map" as const, "list" as const),
      layout: fc.constantFrom("block" as const, "block" as const, "line" as const, "spread" as const),
      entries: fc.uniqueArray(twig(keys, tie("node")), byKey),
      comma: fc.boolean(),
    }),
  ),
})).node;

const section: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant("map" as const),
  layout: fc.constantFrom("block" as const, "block" as const, "line" as const, "spread" as const),
  entries: fc.uniqueArray(twig(keys, node), byKey),
  comma: fc.boolean(),
});

export interface Specimen {
  readonly root: Branch;
  readonly dress: Dress;
}

export const specimens: fc.Arbitrary<Specimen> = fc.record({
  root: fc.record({
    kind: fc.constant("map" as const),
    layout: fc.constant("block" as const),
    entries: fc.uniqueArray(twig(fc.constantFrom(...sections), section), byKey),
    comma: fc.constant(false),
  }),
  dress,
});

export function dataOf(node: Node): Json {
  if (node.kind === "leaf") return node.value;
  if (node.kind === "list") return node.entries.map((entry) => dataOf(entry.node));
  return Object.fromEntries(node.entries.map((entry) => [entry.key, dataOf(entry.node)]));
}

/** Comments of a part and of all that is in it. */
export function commentsOf(twig: Twig): readonly string[] {
  return [...twig.comments, ...commentsWithin(twig)];
}

export function commentsWithin({ inside, node }: Twig): readonly string[] {
  return [...inside, ...(node.kind === "leaf" ? [] : node.entries.flatMap(commentsOf))];
}
