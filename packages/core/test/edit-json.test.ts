// JSON: what was written by a program stays as that program would have written it.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, type Json } from "@zenlite/core";
import { editText, readText, type Edit, type FieldPath } from "@zenlite/core/config";
import { choices, plan } from "./edit-choices.ts";
import { dataOf, specimens } from "./edit-specimens.ts";

const file = "/p/.zenliterc.json";
const keys = fc.constantFrom("flavors", "one", "two words", "é", 'quo"te', "back\\slash", "#", ": ");
const scalars = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);
const data: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars.filter((value) => !Object.is(value, -0) && (typeof value !== "number" || Number.isFinite(value))),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
})).value;

function pathsIn(value: Json, above: FieldPath = []): readonly FieldPath[] {
  const members: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [index, item])
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return [above, ...members.flatMap(([key, member]) => pathsIn(member, [...above, key]))];
}

/** `undefined` takes the key or item away, and what is left empty with it. */
function put(value: Json, [key, ...rest]: FieldPath, to: Json | undefined): Json | undefined {
  if (key === undefined) return to;
  if (Array.isArray(value)) {
    const items = value.flatMap((item: Json, index) => {
      const next = index === key ? put(item, rest, to) : item;
      return next === undefined ? [] : [next];
    });
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const old = Object.entries(value).flatMap(([name, member]) => {
    const next = name === key ? put(member, rest, to) : member;
    return next === undefined ? [] : [[name, next] as const];
  });
  const isNew = !Object.hasOwn(value, key) && to !== undefined;
  const members = [...old, ...(isNew ? [[String(key), to] as const] : [])];
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

test("text that JSON.stringify wrote comes out as it would write it again", async () => {
  const mappings = fc.dictionary(keys, data, { minKeys: 1, maxKeys: 4 });
  const indents = fc.constantFrom("", "  ", "    ", "\t");
  await fc.assert(
    fc.asyncProperty(mappings, indents, fc.nat(), data, fc.boolean(), async (before, indent, index, value, isAdd) => {
      const paths = pathsIn(before);
      const path = paths[index % paths.length] ?? [];
      const at = paths.filter((each) => isJsonObject(valueAt(before, each)));
      const holder = at[index % at.length] ?? [];
      const edit: Edit = isAdd ? { at: [...holder, "newcomer"], set: value } : { at: path, remove: true };
      if (!isAdd && path.length === 0) return;
      // In a text on one line nothing tells how it would be on several.
      const isEmpty = isAdd && Object.keys(valueAt(before, holder) ?? {}).length === 0;
      if (isEmpty && indent === "") return;
      const after = put(before, edit.at, isAdd ? value : undefined) ?? {};
      const text = await editText(file, JSON.stringify(before, null, indent), [edit]);
      expect(text).toBe(JSON.stringify(after, null, indent));
    }),
    { numRuns: 400 },
  );
});

function valueAt(value: Json, path: FieldPath): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === "number" ? inner[key] : undefined;
    return isJsonObject(inner) ? inner[key] : undefined;
  }, value);
}

test("any edits of any JSON leave JSON that says what they mean", async () => {
  await fc.assert(
    fc.asyncProperty(
      specimens,
      fc.array(choices, { maxLength: 6 }),
      fc.constantFrom("", "  ", "\t"),
      async (drawn, chosen, indent) => {
        const { root } = structuredClone(drawn);
        let text = JSON.stringify(dataOf(root), null, indent);
        for (const choice of chosen) {
          const planned = plan(root, choice);
          if (planned !== undefined) text = await editText(file, text, [planned.edit]);
          expect(JSON.parse(text)).toEqual(dataOf(root));
        }
      },
    ),
    { numRuns: 150 },
  );
});

describe("by hand", () => {
  test.each([
    [
      "an entry on one line gets neighbours on one line",
      '{\n  "orchestrator": {\n    "a": { "flavor": "local" }\n  }\n}\n',
      '{\n  "orchestrator": {\n    "a": { "flavor": "local" },\n    "new": { "flavor": "x" }\n  }\n}\n',
    ],
    ["an empty file", "", '{\n  "orchestrator": {\n    "new": {\n      "flavor": "x"\n    }\n  }\n}\n'],
    ["an empty mapping", "{}\n", '{\n  "orchestrator": {\n    "new": {\n      "flavor": "x"\n    }\n  }\n}\n'],
    [
      "Windows' line ends and a byte order mark",
      '\uFEFF{\r\n\t"orchestrator": {\r\n\t\t"a": 1\r\n\t}\r\n}',
      '\uFEFF{\r\n\t"orchestrator": {\r\n\t\t"a": 1,\r\n\t\t"new": {\r\n\t\t\t"flavor": "x"\r\n\t\t}\r\n\t}\r\n}',
    ],
  ])("%s", async (_title, text, expected) => {
    expect(await editText(file, text, [{ at: ["orchestrator", "new"], set: { flavor: "x" } }])).toBe(expected);
  });

  test("JSON in a file that may hold YAML stays JSON", async () => {
    const text = await editText("/p/.zenliterc", '{"stack": {"s": {"orchestrator": "a"}}}', [
      { at: ["stack", "s", "artifact-store"], set: "default" },
    ]);
    expect(text).toBe('{"stack": {"s": {"orchestrator": "a", "artifact-store": "default"}}}');
    expect((await readText("/p/.zenliterc", text)).problems).toEqual([]);
  });
});
