// A random configuration file's tree as text.
import type { Branch, Dress, Leaf, Node, Specimen, Twig } from "./edit-specimens.ts";

/** The text; gives every comment its number, in the order of the text. */
export function write({ root, dress }: Specimen): string {
  let count = 0;
  const comment: Commenter = (owner, list = "comments") => {
    // A number with an end, so that none begins with another.
    const text = `#${count % 3 === 0 ? "\t" : " "}c${(count += 1)};`;
    owner?.[list].push(text);
    return text;
  };
  const lines: string[] = [];
  if (dress.header === "marker") lines.push("---");
  else if (dress.header !== "") lines.push(comment());
  if (dress.header !== "" && dress.header !== "comment") lines.push("");
  if (dress.header === "comment") root.entries[0]?.comments.push(...allComments(lines));
  lines.push(...blockLines(root, "", dress, comment));
  if (dress.footer === "blank") lines.push("", "");
  if (dress.footer === "comment") lines.push(comment());
  if (dress.footer === "marker") lines.push("...");
  // A block of text that ends in a line break needs one.
  const ended = dress.ended || lines.some((line) => /\|(?: #.*)?$/u.test(line));
  return `${dress.mark ? "\uFEFF" : ""}${lines.join(dress.lineBreak)}${ended ? dress.lineBreak : ""}`;
}

export function allComments(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.match(/#[\t ]c\d+;/gu) ?? []);
}

type Commenter = (owner?: Twig, list?: "comments" | "inside") => string;

function blockLines(branch: Branch, indent: string, dress: Dress, comment: Commenter, owner?: Twig): string[] {
  return branch.entries.flatMap((entry, index) => {
    const lines: string[] = [];
    if (index > 0 || indent !== "") {
      if (entry.free) lines.push(`${indent}${comment(owner, "inside")}`, "");
      else if (entry.blank && index > 0) lines.push("");
    }
    for (let times = 0; times < entry.lead; times += 1) lines.push(`${indent}${comment(entry)}`);
    if (branch.kind === "list") lines.push(...itemLines(entry, indent, dress, comment));
    else lines.push(...pairLines(entry, indent, dress, comment));
    return lines;
  });
}

function pairLines(entry: Twig, indent: string, dress: Dress, comment: Commenter): string[] {
  const { node } = entry;
  const name = `${indent}${scalarText(entry.key, entry.quotes)}:`;
  const inside = indent + " ".repeat(dress.step);
  const tail = (): string => (entry.tail ? ` ${comment(entry)}` : "");
  if (node.kind !== "leaf" && node.layout === "block") {
    const listAt = node.kind === "list" && !dress.dash ? indent : inside;
    const lines = [`${name}${tail()}`, ...blockLines(node, listAt, dress, comment, entry)];
    if (entry.body && listAt === inside) lines.push(`${inside}${comment(entry)}`);
    return lines;
  }
  const block = node.kind === "leaf" ? literalLines(node, inside) : undefined;
  if (block !== undefined) return [`${name} ${block[0] ?? ""}${tail()}`, ...block.slice(1)];
  const [first = "", ...rest] = flowLines(entry, inside, dress, comment);
  const lines = [`${name}${first === "" ? "" : " "}${first}`, ...rest];
  lines.push(`${lines.pop() ?? ""}${tail()}`);
  if (entry.body) lines.push(`${inside}${comment(entry)}`);
  return lines;
}

function itemLines(entry: Twig, indent: string, dress: Dress, comment: Commenter): string[] {
  const { node } = entry;
  const tail = (): string => (entry.tail ? ` ${comment(entry)}` : "");
  const inside = `${indent}  `;
  if (node.kind !== "leaf" && node.layout === "block") {
    const [first] = node.entries;
    // Beside the dash there is no room for a comment above.
    const bare = first === undefined || first.lead > 0 || first.free;
    const lines = blockLines(node, inside, dress, comment, entry);
    return bare ? [`${indent}-`, ...lines] : [`${indent}- ${(lines[0] ?? "").slice(inside.length)}`, ...lines.slice(1)];
  }
  const block = node.kind === "leaf" ? literalLines(node, inside) : undefined;
  if (block !== undefined) return [`${indent}- ${block[0] ?? ""}${tail()}`, ...block.slice(1)];
  const [first = "", ...rest] = flowLines(entry, inside, dress, comment);
  const lines = [`${indent}-${first === "" ? "" : " "}${first}`, ...rest];
  lines.push(`${lines.pop() ?? ""}${tail()}`);
  return lines;
}

/** A value between brackets or a scalar; the first line goes beside the key. */
function flowLines(entry: Twig, indent: string, dress: Dress, comment: Commenter): string[] {
  const { node } = entry;
  if (node.kind === "leaf") return [leafText(node, true)];
  if (node.layout !== "spread" || node.entries.length === 0) return [flowText(node, dress)];
  const [open, close] = node.kind === "map" ? ["{", "}"] : ["[", "]"];
  const inside = indent + " ".repeat(dress.step);
  const lines = node.entries.flatMap((each, index) => {
    const isLast = index === node.entries.length - 1;
    const above = each.lead > 0 ? [`${inside}${comment(each)}`] : [];
    const name = node.kind === "map" ? `${scalarText(each.key, each.quotes)}: ` : "";
    const value = each.node.kind === "leaf" ? leafText(each.node, false) : flowText(each.node, dress);
    const comma = isLast && !node.comma ? "" : ",";
    return [...above, `${inside}${name}${value}${comma}${each.tail ? ` ${comment(each)}` : ""}`];
  });
  return [open, ...lines, `${indent}${close}`];
}

function flowText(node: Node, dress: Dress): string {
  if (node.kind === "leaf") return leafText(node, false);
  const pad = dress.padded && node.entries.length > 0 ? " " : "";
  const inside = node.entries.map((entry) =>
    node.kind === "map"
      ? `${scalarText(entry.key, entry.quotes)}: ${flowText(entry.node, dress)}`
      : flowText(entry.node, dress),
  );
  const [open, close] = node.kind === "map" ? ["{", "}"] : ["[", "]"];
  return `${open}${pad}${inside.join(", ")}${pad}${close}`;
}

/** `empty`: nothing may stand for `null`. */
function leafText({ value, way }: Leaf, empty: boolean): string {
  if (value === null) return ["null", "~", empty ? "" : "Null"][way % 3] ?? "null";
  if (typeof value !== "string") return JSON.stringify(value);
  return scalarText(value, (["", '"', "'"] as const)[way % 3] ?? '"');
}

function scalarText(text: string, quotes: "" | '"' | "'"): string {
  const isSafe = /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(text) && !/^(?:null|true|false|~)$/iu.test(text);
  if (quotes === "" && isSafe) return text;
  const isPrintable = !/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\uFEFF]/u.test(text);
  if (quotes === "'" && isPrintable) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(/[^\x20-\x7E]/gu, (character) =>
    character.length > 1 ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `|`, for texts that it can hold without further signs. */
function literalLines({ value, way }: Leaf, indent: string): string[] | undefined {
  if (typeof value !== "string" || way < 3 || !/^[\p{L}#][^\r\p{Cc}]*(?:\n\n?[\p{L}][^\r\p{Cc}]*)+\n?$/u.test(value))
    return undefined;
  const ended = value.endsWith("\n");
  const lines = (ended ? value.slice(0, -1) : value).split("\n");
  return [ended ? "|" : "|-", ...lines.map((line) => (line === "" ? "" : indent + line))];
}
