// Entries that have lines of their own: `key: value` and `- item`.
import type { Json } from "../../json.ts";
import { listItem, render, type Rendered } from "./render.ts";
import type { Scene, Splice } from "./scene.ts";
import type { Entry, Tree } from "./tree.ts";

/** Before the entry at `index`, or at the end: below the entry above and the comments there that stand deeper, which are about it. */
export function addLines(
  scene: Scene,
  holder: Tree,
  added: readonly (readonly string[])[],
  index = holder.entries.length,
): readonly Splice[] | undefined {
  const { lines, style } = scene;
  const before = holder.entries[index - 1];
  const [first] = holder.entries;
  const gap = areApart(scene, holder) ? style.lineBreak : "";
  const text = added.map((entry) => entry.join(style.lineBreak)).join(style.lineBreak + gap);
  if (before !== undefined) {
    const at = lines.end(bodyEnd(scene, before));
    return [{ from: at, to: at, text: `${style.lineBreak}${gap}${text}` }];
  }
  const at = first === undefined ? 0 : lines.start(lines.of(first.start));
  return [{ from: at, to: at, text: `${text}${style.lineBreak}${gap}` }];
}

/** Whether entries have blank lines between them. A single section of several lines would have one, too. */
function areApart(scene: Scene, holder: Tree): boolean {
  const { lines, root } = scene;
  const [first, ...others] = holder.entries;
  if (first === undefined) return false;
  if (others.length === 0) return holder === root && lines.of(first.start) < lines.of(first.end);
  return others.every((entry, index) => {
    const before = holder.entries[index] ?? first;
    for (let line = bodyEnd(scene, before) + 1; line < lines.of(entry.start); line += 1)
      if (lines.isBlank(line)) return true;
    return false;
  });
}

/** The last line of an entry, with the comments below it that stand deeper than its key. */
export function bodyEnd({ lines }: Scene, entry: Entry): number {
  const column = columnOf(lines, entry);
  let end = lines.of(entry.end);
  for (let line = end + 1; line < lines.count; line += 1)
    if (lines.isComment(line) && lines.indent(line) > column) end = line;
    else if (!lines.isBlank(line)) break;
  return end;
}

function columnOf(lines: Scene["lines"], { start }: Entry): number {
  return start - lines.start(lines.of(start));
}

export interface Removal {
  /** Lines, both included. */
  readonly first: number;
  readonly last: number;
}

/** The lines of an entry with its own comments; `undefined` where it shares a line with another or with a dash. */
export function removalOf(scene: Scene, holder: Tree, entry: Entry): Removal | undefined {
  const { text, lines } = scene;
  const own = lines.of(entry.start);
  if (text.slice(lines.start(own), entry.start).trim() !== "") return undefined;
  const before = holder.entries[holder.entries.indexOf(entry) - 1];
  const floor = before === undefined ? -1 : lines.of(before.end);
  const column = columnOf(lines, entry);
  let first = own;
  while (first - 1 > floor && isOwnComment(lines, first - 1, column)) first -= 1;
  return { first, last: bodyEnd(scene, entry) };
}

function isOwnComment(lines: Scene["lines"], line: number, column: number): boolean {
  // What tells an editor the schema is about the whole file.
  const isForEditors = /^\s*#\s*yaml-language-server:/u.test(lines.text(line));
  return lines.isComment(line) && lines.indent(line) === column && !isForEditors;
}

export function cutLines(scene: Scene, holder: Tree, entry: Entry): readonly Splice[] | undefined {
  const { text, lines } = scene;
  const index = holder.entries.indexOf(entry);
  const removal = removalOf(scene, holder, entry);
  if (removal === undefined) return index === 0 ? cutBesideDash(scene, entry, holder.entries[1]) : undefined;
  let { first, last } = removal;
  const before = holder.entries[index - 1];
  const floor = before === undefined ? -1 : lines.of(before.end);
  const isLast = index === holder.entries.length - 1;
  let above = first;
  while (above - 1 > floor && lines.isBlank(above - 1)) above -= 1;
  let below = last;
  while (below + 1 < lines.count && lines.isBlank(below + 1)) below += 1;
  // The blank lines on one side go with it, so that there are not twice as many.
  if (above < first && (below > last || isLast)) first = above;
  else if (above === first && index === 0 && !isLast) last = below;
  const from = lines.start(first);
  const to = lines.next(last);
  // A file that ends without a line break goes on doing so.
  const endsText = to === text.length && lines.end(last) === text.length && first > 0;
  return [{ from: endsText ? lines.end(first - 1) : from, to, text: "" }];
}

/** The first key of `- a: 1`: the next one takes its place beside the dash, or stays below where comments stand between. */
function cutBesideDash(scene: Scene, entry: Entry, next: Entry | undefined): readonly Splice[] | undefined {
  const { text, lines } = scene;
  const line = lines.of(entry.start);
  const dash = text.slice(lines.start(line), entry.start).trimEnd();
  if (next === undefined || !/^[ -]*-$/u.test(dash)) return undefined;
  if (!text.slice(entry.end, next.start).includes("#")) return [{ from: entry.start, to: next.start, text: "" }];
  return [{ from: lines.start(line) + dash.length, to: lines.end(bodyEnd(scene, entry)), text: "" }];
}

export function putInBlock(
  scene: Scene,
  holder: Tree,
  entry: Entry,
  value: Json,
  depth: number,
  prefer: "flow" | "block" | undefined,
): readonly Splice[] | undefined {
  const { text, lines } = scene;
  const { marker, value: old } = entry;
  if (marker === undefined || lines.of(marker) !== lines.of(entry.start)) return undefined;
  const keyLine = lines.of(marker);
  const indent = " ".repeat(columnOf(lines, entry));
  const column = marker + 1 - lines.start(keyLine);
  const onKeyLine = lines.of(old.start) === keyLine;
  const isWritten = old.end > old.start;
  const lastInside = old.flow ? undefined : old.entries.at(-1);
  const lastLine = lastInside === undefined ? lines.of(old.end) : bodyEnd(scene, lastInside);
  const style = { ...scene.style, literals: bodyEnd(scene, entry) === lastLine };
  const { head, body } =
    holder.kind === "list"
      ? itemOf(listItem(value, indent, depth, style, prefer), indent)
      : render(value, { indent, column, depth, prefer: prefer ?? (depth === 2 ? style.entries : undefined) }, style);
  const below = body.map((line) => style.lineBreak + line).join("");
  const beside = head === "" ? "" : ` ${head}`;
  if (!isWritten)
    return [
      { from: marker, to: marker, text: beside },
      { from: lines.end(keyLine), to: lines.end(keyLine), text: below },
    ];
  // An anchor stands between, which somebody may refer to. A tag says what the old value was.
  if (onKeyLine && !/^\s*(?:!\S*\s+)?$/u.test(text.slice(marker, old.start))) return undefined;
  const inBlock = old.entries.length > 0 && !old.flow;
  if (onKeyLine && (old.kind === "block" || inBlock)) {
    const header = text.slice(old.start, lines.end(keyLine));
    const comment = old.kind === "block" ? (/\s+#.*$/u.exec(header)?.[0] ?? "") : "";
    return [{ from: marker, to: lines.end(lastLine), text: `${beside}${comment}${below}` }];
  }
  if (inBlock) {
    if (!/^\s*(?:#.*)?$/u.test(text.slice(marker, lines.end(keyLine)))) return undefined;
    return [
      { from: marker, to: marker, text: beside },
      { from: lines.end(keyLine), to: lines.end(lastLine), text: below },
    ];
  }
  if (!onKeyLine) return body.length > 0 ? undefined : [{ from: old.start, to: old.end, text: head }];
  return [
    { from: marker, to: old.end, text: beside },
    { from: lines.end(lastLine), to: lines.end(lastLine), text: below },
  ];
}

function itemOf([first = "", ...body]: readonly string[], indent: string): Rendered {
  return { head: first.slice(indent.length + 2), body };
}
