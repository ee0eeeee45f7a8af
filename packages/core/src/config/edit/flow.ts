// Entries between brackets: `{ a: b, c: d }` and `[a, b]`, on one line or on several, and all of JSON.
import type { Scene, Splice } from "./scene.ts";
import type { Entry, Tree } from "./tree.ts";

/** An entry as it stands between its commas. */
interface Part {
  /** With anchors and tags, which stand before it. */
  readonly start: number;
  readonly end: number;
  /** The offset of the comma after it. */
  readonly comma: number | undefined;
}

function partsOf({ text }: Scene, holder: Tree): readonly Part[] {
  let from = holder.start + 1;
  return holder.entries.map((entry) => {
    const start = skip(text, from, entry.start);
    const comma = skip(text, entry.end, holder.end);
    const hasComma = text[comma] === ",";
    from = hasComma ? comma + 1 : entry.end;
    return { start, end: entry.end, comma: hasComma ? comma : undefined };
  });
}

/** Over white space and comments, not beyond `limit`. */
function skip(text: string, from: number, limit: number): number {
  const blank = /(?:\s+|(?<=\s)#[^\n]*)*/uy;
  blank.lastIndex = from;
  return Math.min(from + (blank.exec(text)?.[0].length ?? 0), limit);
}

/** Whether the last entry stands on a line of its own, as the next one then will. */
function isSpread({ text, lines }: Scene, holder: Tree, part: Part): boolean {
  const line = lines.of(part.start);
  return line > lines.of(holder.start) && text.slice(lines.start(line), part.start).trim() === "";
}

/** At the end. `render` is given the indentation of the entries' lines where they get lines of their own. */
export function insertBetween(
  scene: Scene,
  holder: Tree,
  render: (indent: string | undefined) => readonly string[],
): readonly Splice[] | undefined {
  const { text, lines, style } = scene;
  const last = partsOf(scene, holder).at(-1);
  if (last === undefined) return undefined;
  const { comma } = last;
  const after = comma === undefined ? last.end : comma + 1;
  const trailing = comma === undefined ? "" : ",";
  if (!isSpread(scene, holder, last)) {
    const space = style.comma.slice(1);
    const rendered = render(undefined).join(style.comma);
    return [{ from: after, to: after, text: comma === undefined ? `,${space}${rendered}` : `${space}${rendered},` }];
  }
  const indent = text.slice(lines.start(lines.of(last.start)), last.start);
  const line = lines.of(after);
  const rendered = `${style.lineBreak}${indent}${render(indent).join(`,${style.lineBreak}${indent}`)}${trailing}`;
  const closed = lines.of(holder.end - 1) === line;
  if (closed) return [{ from: after, to: after, text: comma === undefined ? `,${rendered}` : rendered }];
  const below = { from: lines.end(line), to: lines.end(line), text: rendered };
  return comma === undefined ? [{ from: after, to: after, text: "," }, below] : [below];
}

export function cutBetween(scene: Scene, holder: Tree, entry: Entry): readonly Splice[] | undefined {
  const { text, lines } = scene;
  const parts = partsOf(scene, holder);
  const index = holder.entries.indexOf(entry);
  const part = parts[index];
  if (part === undefined) return undefined;
  if (parts.length === 1) return [{ from: holder.start + 1, to: holder.end - 1, text: "" }];
  const before = parts[index - 1];
  const next = parts[index + 1];
  const after = part.comma === undefined ? part.end : part.comma + 1;
  const line = lines.of(after);
  const shared = lines.of(holder.end - 1) === line || (next !== undefined && lines.of(next.start) === line);
  if (isSpread(scene, holder, part) && !shared) {
    let first = lines.of(part.start);
    const floor = lines.of(before?.comma ?? before?.end ?? holder.start);
    const column = part.start - lines.start(first);
    while (first - 1 > floor && lines.isComment(first - 1) && lines.indent(first - 1) === column) first -= 1;
    const cut = { from: lines.start(first), to: lines.next(line), text: "" };
    const isTrailing = next === undefined && part.comma === undefined && before?.comma !== undefined;
    return isTrailing ? [{ from: before.comma, to: before.comma + 1, text: "" }, cut] : [cut];
  }
  if (next !== undefined) {
    const sameLine = lines.of(next.start) === line;
    if (sameLine) return [{ from: part.start, to: next.start, text: "" }];
    const start = before?.comma === undefined ? part.start : before.comma + 1;
    return [{ from: start, to: after, text: "" }];
  }
  if (before?.comma === undefined) return undefined;
  // With a comma at the end, the one of the entry before becomes it.
  const start = part.comma === undefined ? before.end : before.comma + 1;
  return text.slice(start, part.start).includes("#") ? undefined : [{ from: start, to: after, text: "" }];
}
