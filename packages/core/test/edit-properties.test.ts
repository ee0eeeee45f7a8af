// Random files, random edits: the data is what the edit means, nobody else's comment goes, and the other lines stay as they are.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, isJsonObject, type Json } from "@zenlite/core";
import { editText, readText } from "@zenlite/core/config";
import { choices, plan, spotsOf } from "./edit-choices.ts";
import { dataOf, oddTexts, specimens, values } from "./edit-specimens.ts";
import { allComments, write } from "./edit-writing.ts";

const file = "/p/.zenliterc";

/** As it counts: an empty section is none. */
function dataText(value: Json): string {
  if (!isJsonObject(value)) return canonicalJson(value ?? {});
  return canonicalJson(Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null)));
}

async function read(text: string): Promise<string> {
  const { value, problems } = await readText(file, text);
  expect(problems).toEqual([]);
  return dataText(value);
}

test("any edits: the data, and every comment that is not about what went", async () => {
  await fc.assert(
    fc.asyncProperty(specimens, fc.array(choices, { minLength: 1, maxLength: 6 }), async (drawn, chosen) => {
      // Edits change the tree, and fast-check tries parts of it again.
      const { root, dress } = structuredClone(drawn);
      let text = write({ root, dress });
      expect(await read(text)).toBe(dataText(dataOf(root)));
      // What a mapping set over another leaves goes later; what stood beside an item's dash then stands beside the first thing in it.
      let passing: readonly string[] = [];
      for (const choice of chosen) {
        const planned = plan(root, choice);
        if (planned === undefined) continue;
        const { edit, spot, lost } = planned;
        if ("set" in edit) passing = [...passing, ...lost, ...(spot.holder.kind === "list" ? spot.twig.comments : [])];
        const isKept = (comment: string): boolean => !lost.includes(comment) && !passing.includes(comment);
        const edited = await editText(file, text, [edit]);
        expect(await read(edited), `${text}\n${JSON.stringify(edit)}`).toBe(dataText(dataOf(root)));
        const kept = allComments(edited.split("\n")).filter(isKept);
        expect(kept, `${text}\n${JSON.stringify(edit)}`).toEqual(allComments(text.split("\n")).filter(isKept));
        expect(edited.startsWith("\uFEFF")).toBe(dress.mark);
        if (dress.lineBreak === "\n") expect(edited).not.toContain("\r\n");
        else expect(edited).not.toMatch(/[^\r]\n/u);
        text = edited;
      }
    }),
    { numRuns: 250 },
  );
});

/** The lines between those that begin both texts and those that end both. */
function difference(
  before: string,
  after: string,
): { readonly gone: readonly string[]; readonly come: readonly string[] } {
  const [left, right] = [before.split("\n"), after.split("\n")];
  const most = Math.min(left.length, right.length);
  let start = 0;
  while (start < most && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < most - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  return { gone: left.slice(start, left.length - end), come: right.slice(start, right.length - end) };
}

test("one edit changes lines that stand together, and no more of them than it concerns", async () => {
  await fc.assert(
    fc.asyncProperty(specimens, choices, async (drawn, choice) => {
      const specimen = structuredClone({ ...drawn, dress: { ...drawn.dress, ended: true, mark: false } });
      const text = write(specimen);
      const spots = spotsOf(specimen.root);
      const sizes = new Map(spots.map(({ holder }) => [holder, holder.entries.length]));
      const leaves = new Map(spots.map(({ twig }) => [twig, twig.node.kind === "leaf" ? twig.node : undefined]));
      const planned = plan(specimen.root, choice);
      if (planned === undefined) return;
      const { spot, edit } = planned;
      const { node } = spot.twig;
      const { gone, come } = difference(text, await editText(file, text, [edit]));
      const counts = `${text}\n${JSON.stringify(edit)}\n${gone.join("\n")}\n→\n${come.join("\n")}`;
      const leaf = leaves.get(spot.twig);
      // A block of text has its sign above.
      const linesOf = (value: Json): number => (typeof value === "string" ? value.split("\n").length + 1 : 1);
      if ("rename" in edit) expect([gone.length, come.length], counts).toEqual([1, 1]);
      else if (choice[0] === "add" || "append" in edit) {
        // Into what is empty it may be written anew.
        if (node.kind !== "leaf" && (sizes.get(node) ?? 0) > 0)
          expect(gone.length, counts).toBeLessThanOrEqual(node.layout === "block" && spot.inBlock ? 0 : 1);
      } else if ("remove" in edit) {
        // A dash whose first key goes stays.
        if (sizes.get(spot.holder) !== 1 && spot.inBlock) expect(come.length, counts).toBeLessThanOrEqual(1);
      } else if (leaf !== undefined && (typeof choice[2] !== "object" || choice[2] === null)) {
        expect(gone.length, counts).toBeLessThanOrEqual(linesOf(leaf.value));
        expect(come.length, counts).toBeLessThanOrEqual(linesOf(choice[2]));
      }
    }),
    { numRuns: 250 },
  );
});

test("a new key taken away again, a name changed and changed back: the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(specimens, fc.nat(), values, async (drawn, index, value) => {
      const specimen = structuredClone(drawn);
      const text = write(specimen);
      const spots = spotsOf(specimen.root);
      const holders = spots.filter(({ twig: { node } }) => node.kind === "map" && node.entries.length > 0);
      const holder = holders[index % Math.max(1, holders.length)];
      if (holder !== undefined) {
        const at = [...holder.path, "newcomer"];
        const there = await editText(file, text, [{ at, set: value }]);
        expect(there).not.toBe(text);
        expect(await editText(file, there, [{ at, remove: true }]), there).toBe(text);
      }
      // Other names may need quotes, and then keep them.
      const isWord = (key: string): boolean => /^[a-z][\w.-]*$/iu.test(key) && !["null", "yes"].includes(key);
      const named = spots.filter(({ holder: { kind }, twig: { key } }) => kind === "map" && isWord(key));
      const renamed = named[index % Math.max(1, named.length)];
      if (renamed !== undefined) {
        const there = await editText(file, text, [{ at: renamed.path, rename: "newcomer" }]);
        const at = [...renamed.path.slice(0, -1), "newcomer"];
        expect(await editText(file, there, [{ at, rename: renamed.twig.key }]), there).toBe(text);
      }
    }),
    { numRuns: 250 },
  );
});

test.each(oddTexts)("the text %j comes back, wherever it is written", async (odd) => {
  const base = "orchestrator:\n  block:\n    a: 1\n  line: { a: 1 }\n  list: [a]\n  items:\n    - a\n";
  const text = await editText(file, base, [
    { at: ["orchestrator", "block", "new"], set: odd },
    { at: ["orchestrator", "block", odd], set: "value" },
    { at: ["orchestrator", "line", "new"], set: odd },
    { at: ["orchestrator", "line", odd], set: "value" },
    { at: ["orchestrator", "list"], append: odd },
    { at: ["orchestrator", "items"], append: odd },
    { at: ["orchestrator", "items"], append: { [odd]: [odd, { deep: odd }] } },
    { at: ["orchestrator", "last"], set: odd },
  ]);
  const pair = { a: 1, new: odd, [odd]: "value" };
  const nested = { [odd]: [odd, { deep: odd }] };
  const { value } = await readText(file, text);
  expect(value).toEqual({
    orchestrator: { block: pair, line: pair, list: ["a", odd], items: ["a", odd, nested], last: odd },
  });
});
