// Random edits: of a text by the function under test, of the tree by hand.
import * as fc from "fast-check";
import { isJsonObject, type Json } from "@zenlite/core";
import type { Edit, FieldPath } from "@zenlite/core/config";
import { commentsOf, commentsWithin, values, type Branch, type Node, type Twig } from "./edit-specimens.ts";

export interface Spot {
  readonly path: FieldPath;
  readonly holder: Branch;
  readonly twig: Twig;
  /** On a line of its own, like all that it is in. */
  readonly inBlock: boolean;
}

export function spotsOf(branch: Branch, above: FieldPath = [], isBlock = true): readonly Spot[] {
  const inBlock = isBlock && branch.layout === "block";
  return branch.entries.flatMap((twig, index) => {
    const path = [...above, branch.kind === "list" ? index : twig.key];
    const inside = twig.node.kind === "leaf" ? [] : spotsOf(twig.node, path, inBlock);
    return [{ path, holder: branch, twig, inBlock }, ...inside];
  });
}

function grown(value: Json, key = ""): Twig {
  const inside = (kind: Branch["kind"], entries: Twig[]): Branch => ({ kind, layout: "block", entries, comma: false });
  const node: Node = Array.isArray(value)
    ? inside(
        "list",
        value.map((item: Json) => grown(item)),
      )
    : isJsonObject(value)
      ? inside(
          "map",
          Object.entries(value).map(([name, member]) => grown(member, name)),
        )
      : { kind: "leaf", value, way: 0 };
  return {
    key,
    quotes: "",
    node,
    free: false,
    blank: false,
    lead: 0,
    tail: false,
    body: false,
    comments: [],
    inside: [],
  };
}

export type Choice = readonly ["set" | "add" | "remove" | "rename" | "append", number, Json, string];
const fresh = fc.constantFrom("newcomer", "new-key", "new key", "0", "on", "@new/key", "new.er");
export const choices: fc.Arbitrary<Choice> = fc.tuple(
  fc.constantFrom("set", "add", "remove", "rename", "append"),
  fc.nat(),
  values,
  fresh,
);

export interface Planned {
  readonly edit: Edit;
  readonly spot: Spot;
  /** Comments that may go. */
  readonly lost: readonly string[];
}

/** Makes the choice an edit of the tree, and does it to the tree. */
export function plan(root: Branch, [kind, index, value, name]: Choice): Planned | undefined {
  const spots = spotsOf(root);
  const pick = (wanted: (spot: Spot) => boolean): Spot | undefined => {
    const fitting = spots.filter(wanted);
    return fitting[index % Math.max(1, fitting.length)];
  };
  const isNew = (branch: Branch): boolean => branch.entries.every((entry) => entry.key !== name);
  if (kind === "set") {
    const spot = pick(({ path }) => path.length > 1);
    if (spot === undefined) return undefined;
    const lost = commentsWithin(spot.twig);
    spot.twig.node = grown(value).node;
    return { edit: { at: spot.path, set: value }, spot, lost };
  }
  if (kind === "add") {
    const spot = pick(({ twig: { node } }) => node.kind === "map" && isNew(node));
    if (spot === undefined || spot.twig.node.kind !== "map") return undefined;
    spot.twig.node.entries.push(grown(value, name));
    return { edit: { at: [...spot.path, name], set: value }, spot, lost: [] };
  }
  if (kind === "append") {
    const spot = pick(({ twig: { node } }) => node.kind === "list");
    if (spot === undefined || spot.twig.node.kind !== "list") return undefined;
    spot.twig.node.entries.push(grown(value));
    return { edit: { at: spot.path, append: value }, spot, lost: [] };
  }
  if (kind === "rename") {
    const spot = pick(({ holder, path }) => holder.kind === "map" && isNew(holder) && path.length > 1);
    if (spot === undefined) return undefined;
    spot.twig.key = name;
    return { edit: { at: spot.path, rename: name }, spot, lost: [] };
  }
  const spot = pick(() => true);
  if (spot === undefined) return undefined;
  const chain = spots.filter(
    ({ path }) =>
      spot.path.every((part, depth) => path[depth] === undefined || path[depth] === part) &&
      path.length <= spot.path.length,
  );
  let lost: readonly string[] = [];
  for (const { holder, twig } of chain.toReversed()) {
    holder.entries = holder.entries.filter((entry) => entry !== twig);
    lost = [...lost, ...commentsOf(twig)];
    if (holder.entries.length > 0) break;
  }
  return { edit: { at: spot.path, remove: true }, spot, lost };
}
