// The last resort of an edit: the document is changed as a tree and printed anew. Comments and order stay, white space may not.
import type { Document, Pair } from "yaml";
import type { Json } from "../../json.ts";
import type { FieldPath } from "../position.ts";
import { keyText, type Yaml } from "../text.ts";
import type { Step } from "./steps.ts";

/**
 * Whether the text says what it should is for the caller to see: aliases on the way are not followed. `undefined` where it
 * cannot be printed, as when an alias has lost its anchor.
 */
export function changeDocument(yaml: Yaml, text: string, step: Step): string | undefined {
  const source = text.replaceAll("\r\n", "\n");
  const document = yaml.parseDocument(source, { resolveKnownTags: false, logLevel: "error" });
  const pairOf = (items: readonly Pair[], key: unknown): Pair | undefined =>
    items.find((item) => keyText(yaml.isScalar(item.key) ? item.key.value : item.key) === key);
  const nodeAt = (path: FieldPath): unknown => {
    let node: unknown = document.contents;
    for (const part of path)
      if (yaml.isMap(node)) node = pairOf(node.items, part)?.value;
      else if (yaml.isSeq(node) && typeof part === "number") node = node.items[part];
      else return undefined;
    return node;
  };
  const target = nodeAt(step.path);
  const holder = nodeAt(step.path.slice(0, -1));
  const key = step.path.at(-1);
  const put = (value: Json): void => {
    const node = document.createNode(value);
    if (yaml.isNode(target) && yaml.isNode(node)) {
      node.comment = target.comment ?? null;
      node.commentBefore = target.commentBefore ?? null;
    }
    const pair = yaml.isMap(holder) ? pairOf(holder.items, key) : undefined;
    // The type asks for what a parser can yield; any node can be printed.
    if (key === undefined) document.contents = node as unknown as Document.Parsed["contents"];
    else if (pair !== undefined) pair.value = node;
    else if (yaml.isSeq(holder) && typeof key === "number") holder.items[key] = node;
  };
  if (step.kind === "put") put(step.value);
  else if (step.kind === "add") {
    if (yaml.isMap(target))
      target.items.push(...Object.entries(step.members).map(([name, value]) => document.createPair(name, value)));
    else put(step.members);
  } else if (step.kind === "push") {
    if (yaml.isSeq(target)) target.items.push(document.createNode(step.value));
    else put([step.value]);
  } else if (step.kind === "rename") {
    const pair = yaml.isMap(holder) ? pairOf(holder.items, key) : undefined;
    if (pair !== undefined) pair.key = document.createNode(step.name);
  } else if (yaml.isMap(holder)) holder.items = holder.items.filter((item) => item !== pairOf([item], key));
  else if (yaml.isSeq(holder)) holder.items = holder.items.filter((_item, index) => index !== key);
  try {
    const printed = document.toString({ lineWidth: 0, flowCollectionPadding: /\{[ \n]/u.test(source) });
    return source === text ? printed : printed.replaceAll("\n", "\r\n");
  } catch {
    return undefined;
  }
}
