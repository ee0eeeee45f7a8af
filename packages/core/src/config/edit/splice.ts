// A step → the places of the text that change. `undefined` where only printing the whole anew could do it.
import { componentTypes } from "../../components.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { componentTypeOf } from "../names.ts";
import type { FieldPath } from "../position.ts";
import type { Yaml } from "../text.ts";
import { addLines, bodyEnd, cutLines, putInBlock, removalOf } from "./block.ts";
import { cutBetween, insertBetween } from "./flow.ts";
import { openLines } from "./lines.ts";
import { entryLines, inline, keyOf, listItem, quoted, render } from "./render.ts";
import type { Scene, Splice } from "./scene.ts";
import type { Step } from "./steps.ts";
import { styleOf } from "./style.ts";
import { entriesAlong, openTree, type Entry, type Tree } from "./tree.ts";

/** `json`: what is JSON stays JSON. */
export function spliceStep(yaml: Yaml, text: string, step: Step, json: boolean): string | undefined {
  // In JSON a tab is only ever white space, and YAML minds tabs: a space keeps every position.
  const root = openTree(yaml, json ? text.replaceAll("\t", " ") : text);
  const lines = openLines(text);
  const scene = { text, lines, root, style: styleOf(text, lines, root, json) };
  const splices = splicesFor(scene, step);
  if (splices === undefined) return undefined;
  // From the end to the start, so that offsets stay what they are; of two at one place the first stands first.
  return splices
    .toSorted((left, right) => left.from - right.from)
    .reduceRight((changed, { from, to, text: put }) => changed.slice(0, from) + put + changed.slice(to), text);
}

function splicesFor(scene: Scene, step: Step): readonly Splice[] | undefined {
  const along = entriesAlong(scene.root, step.path);
  if (along === undefined) return undefined;
  const trees = [scene.root, ...along.map(({ value }) => value)];
  const entry = along.at(-1);
  const holder = trees.at(-2);
  const target = trees.at(-1);
  if (step.kind === "rename") return entry === undefined ? undefined : renameKey(scene, entry, step.name);
  if (step.kind === "cut") {
    if (entry === undefined || holder === undefined) return undefined;
    if (holder.flow) return cutBetween(scene, holder, entry);
    return cutSparingComments(scene, step, entry) ?? cutLines(scene, holder, entry);
  }
  if (step.kind === "put") return put(scene, step.path, holder, entry, step.value);
  if (target === undefined || target.entries.length === 0) {
    const inside = target === undefined ? "" : scene.text.slice(target.start, target.end);
    if (target?.kind === "alias" || inside.includes("#")) return undefined;
    return put(scene, step.path, holder, entry, step.kind === "add" ? step.members : [step.value]);
  }
  return step.kind === "add"
    ? addPairs(scene, target, step.path.length + 1, step.members)
    : addItem(scene, target, step.path.length + 1, step.value);
}

/** `depth`: 1 for keys of the file itself. */
function addPairs(scene: Scene, target: Tree, depth: number, members: JsonObject): readonly Splice[] | undefined {
  const { style } = scene;
  if (target.kind !== "map") return undefined;
  if (target.flow)
    return insertBetween(scene, target, (indent) =>
      Object.entries(members).map(
        ([key, value]) => `${keyOf(key, style)}${style.colon}${between(scene, target, value, indent)}`,
      ),
    );
  const prefer = siblingStyle(target) ?? (depth === 2 ? style.entries : undefined);
  const indent = indentOf(scene, target);
  const added = Object.entries(members).map(([key, value]) =>
    entryLines({ [key]: value }, indent, depth, style, prefer),
  );
  return addLines(
    scene,
    target,
    added,
    depth === 1 ? sectionIndex(scene, target, Object.keys(members)[0] ?? "") : undefined,
  );
}

function addItem(scene: Scene, target: Tree, depth: number, value: Json): readonly Splice[] | undefined {
  if (target.kind !== "list") return undefined;
  if (target.flow) return insertBetween(scene, target, (indent) => [between(scene, target, value, indent)]);
  return addLines(scene, target, [listItem(value, indentOf(scene, target), depth, scene.style, siblingStyle(target))]);
}

const sections = ["$import", "flavors", ...componentTypes, "stack"];

/** A file that keeps the order of the guides goes on keeping it: what is declared stands above what uses it. */
function sectionIndex(scene: Scene, { entries }: Tree, key: string): number {
  const ranks = entries.map((entry) => rankOf(String(entry.key)));
  const index = ranks.findIndex((rank) => rank > rankOf(key));
  const ordered = ranks.every((rank, at) => rank !== -1 && rank >= (ranks[at - 1] ?? 0));
  if (!ordered || index === -1) return entries.length;
  // Comments right above the first key may be about the whole file: nothing is put between, and nothing above.
  const [first] = entries;
  const above = first === undefined ? -1 : scene.lines.of(first.start) - 1;
  return index === 0 && above >= 0 && !scene.lines.isBlank(above) ? entries.length : index;
}

function rankOf(key: string): number {
  return sections.indexOf(componentTypeOf(key) ?? key);
}

function put(
  scene: Scene,
  path: FieldPath,
  holder: Tree | undefined,
  entry: Entry | undefined,
  value: Json,
): readonly Splice[] | undefined {
  if (entry === undefined || holder === undefined) return putAtRoot(scene, value);
  const old = entry.value;
  if (old.kind === "text" && typeof value === "string" && !scene.style.json) {
    const quote = scene.text[old.start] === "'" ? "'" : '"';
    return [{ from: old.start, to: old.end, text: quoted(value, quote) }];
  }
  if (!holder.flow) return putInBlock(scene, holder, entry, value, path.length, siblingStyle(holder));
  if (entry.marker === undefined && holder.kind === "map") return undefined;
  const { lines } = scene;
  const startsLine = lines.of(entry.start) !== lines.of(holder.start);
  const text = between(scene, holder, value, startsLine ? indentAt(scene, entry.start) : undefined);
  return [{ from: old.start, to: old.end, text: old.start === entry.marker ? ` ${text}` : text }];
}

function putAtRoot(scene: Scene, value: Json): readonly Splice[] | undefined {
  const { text, lines, root, style } = scene;
  if (style.json) {
    const { head, body } = render(value, { indent: "", column: 0, depth: 0 }, style);
    const rendered = [head, ...body].join(style.lineBreak);
    return root === undefined
      ? [{ from: 0, to: text.length, text: `${rendered}${style.lineBreak}` }]
      : [{ from: root.start, to: root.end, text: rendered }];
  }
  if (!isMapping(value)) return undefined;
  const block = entryLines(value, "", 1, style);
  if (root !== undefined) {
    const line = lines.of(root.start);
    const alone = text.slice(root.start, root.end) === lines.text(line).trimEnd();
    return root.entries.length > 0 || !alone
      ? undefined
      : [{ from: root.start, to: root.end, text: block.join(style.lineBreak) }];
  }
  return fillEmptyText(scene, block);
}

/** Below the comments of a file that says nothing, with a line between: they are not about the one key that comes first. */
function fillEmptyText({ lines, style }: Scene, block: readonly string[]): readonly Splice[] {
  const marks = Array.from({ length: lines.count }, (_, line) => line);
  const stop = marks.find((line) => /^\.\.\.(?:\s|$)/u.test(lines.text(line))) ?? lines.count;
  const last = marks.slice(0, stop).findLast((line) => !lines.isBlank(line));
  const rendered = block.join(style.lineBreak);
  if (last === undefined) return [{ from: 0, to: 0, text: `${rendered}${style.lineBreak}` }];
  const gap = lines.isComment(last) ? style.lineBreak : "";
  return [{ from: lines.end(last), to: lines.end(last), text: `${style.lineBreak}${gap}${rendered}` }];
}

/** Between brackets. `indent`: that of the entry's line, where it has one of its own. */
function between(scene: Scene, holder: Tree, value: Json, indent: string | undefined): string {
  const { style, lines } = scene;
  if (!style.json || indent === undefined) return inline(value, style);
  const last = holder.entries.findLast((entry) => entry.value.entries.length > 0)?.value;
  const prefer = last !== undefined && lines.of(last.start) === lines.of(last.end) ? "flow" : undefined;
  const { head, body } = render(value, { indent, column: indent.length, depth: 2, prefer }, style);
  return [head, ...body].join(style.lineBreak);
}

function renameKey({ text, style }: Scene, entry: Entry, name: string): readonly Splice[] {
  const sign = text[entry.start];
  const written = !style.json && (sign === '"' || sign === "'") ? quoted(name, sign) : keyOf(name, style);
  return [{ from: entry.start, to: entry.keyEnd, text: written }];
}

/** A section that is emptied goes, unless there is more in it than its last entry: comments, which may be entries turned off. */
function cutSparingComments(
  scene: Scene,
  step: { readonly path: FieldPath; readonly from: FieldPath },
  section: Entry,
): readonly Splice[] | undefined {
  const { lines } = scene;
  const [only] = section.value.entries;
  if (step.path.length !== 1 || step.from.length === 1 || section.value.flow || only === undefined) return undefined;
  const removal = removalOf(scene, section.value, only);
  if (removal === undefined || section.marker === undefined) return undefined;
  for (let line = lines.of(section.marker) + 1; line <= bodyEnd(scene, section); line += 1)
    if ((line < removal.first || line > removal.last) && lines.isComment(line))
      return cutLines(scene, section.value, only);
  return undefined;
}

function siblingStyle(holder: Tree): "flow" | "block" | undefined {
  const last = holder.entries.findLast(({ value }) => value.kind === "map" && value.entries.length > 0)?.value;
  return last === undefined ? undefined : last.flow ? "flow" : "block";
}

/** Of a block's entries. */
function indentOf(scene: Scene, holder: Tree): string {
  const start = holder.entries[0]?.start ?? 0;
  return " ".repeat(start - scene.lines.start(scene.lines.of(start)));
}

function indentAt({ text, lines }: Scene, offset: number): string {
  const line = text.slice(lines.start(lines.of(offset)), offset);
  return /^[ \t]*/u.exec(line)?.[0] ?? "";
}

function isMapping(value: Json): value is JsonObject {
  return isJsonObject(value);
}
