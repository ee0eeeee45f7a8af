// Edits of whatever YAML may look like, and those that are refused.
import { describe, expect, test } from "vitest";
import { isZenliteError } from "@zenlite/core";
import { editText, type Edit } from "@zenlite/core/config";

const file = "/p/.zenliterc";
const add = (name: string): Edit => ({ at: ["orchestrator", name], set: { flavor: "local" } });
const remove = (...at: Edit["at"]): Edit => ({ at, remove: true });

async function refused(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isZenliteError(error)) throw new Error("it was not refused as it should be", { cause: error });
  return `${error.code} ${error.where?.line}:${error.where?.column} ${error.message}`;
}

describe("however it is written", () => {
  test.each<readonly [string, string, readonly Edit[], string]>([
    ["comments only", "# mine\n", [add("a")], "# mine\n\norchestrator:\n  a: { flavor: local }\n"],
    ["no line end", "# mine", [add("a")], "# mine\n\norchestrator:\n  a: { flavor: local }"],
    [
      "a document's marks",
      "---\n# mine\n...\n",
      [add("a")],
      "---\n# mine\n\norchestrator:\n  a: { flavor: local }\n...\n",
    ],
    [
      "a section without entries",
      "orchestrator:\n  # none\nstack:\n",
      [add("a")],
      "orchestrator:\n  a: { flavor: local }\n  # none\nstack:\n",
    ],
    ["null", "orchestrator: ~ # none\n", [add("a")], "orchestrator: # none\n  a: { flavor: local }\n"],
    ["an empty mapping", "orchestrator: {} # none\n", [add("a")], "orchestrator: # none\n  a: { flavor: local }\n"],
    ["an empty file of one mapping", "{}\n", [add("a")], "orchestrator:\n  a: { flavor: local }\n"],
    ["an empty list", "flavors: []\n", [{ at: ["flavors"], append: "a" }], "flavors:\n  - a\n"],
    ["a list on one line", "flavors: [ a ]\n", [{ at: ["flavors"], append: "@b/c" }], 'flavors: [ a, "@b/c" ]\n'],
    [
      "a list not indented",
      "flavors:\n- a # one\nstack: {}\n",
      [{ at: ["flavors"], append: "b" }],
      "flavors:\n- a # one\n- b\nstack: {}\n",
    ],
    [
      "brackets on several lines",
      "flavors: [\n    a, # one\n    b # two\n  ]\n",
      [{ at: ["flavors"], append: "c" }],
      "flavors: [\n    a, # one\n    b, # two\n    c\n  ]\n",
    ],
    [
      "a comma at the end",
      "flavors: [\n    a,\n  ]\n",
      [{ at: ["flavors"], append: "c" }],
      "flavors: [\n    a,\n    c,\n  ]\n",
    ],
    [
      "the last between brackets",
      "flavors: [\n    a, # one\n    # about b\n    b # two\n  ]\n",
      [remove("flavors", 1)],
      "flavors: [\n    a # one\n  ]\n",
    ],
    [
      "the first of several on a line",
      "stack: { s: { orchestrator: a, image-builder: b } }\n",
      [remove("stack", "s", "orchestrator")],
      "stack: { s: { image-builder: b } }\n",
    ],
    [
      "a long component",
      "orchestrator:\n  a: { flavor: local }\n",
      [
        {
          at: ["orchestrator", "b"],
          set: {
            flavor: "docker",
            base_image: "registry.example.com/a/very/long/name/of/an/image:1",
            network: "bridge",
          },
        },
      ],
      'orchestrator:\n  a: { flavor: local }\n  b:\n    flavor: docker\n    base_image: "registry.example.com/a/very/long/name/of/an/image:1"\n    network: bridge\n',
    ],
    [
      "single quotes",
      "stack:\n  'a': { orchestrator: 'x:y' }\n",
      [{ at: ["stack", "a", "image-builder"], set: "a: b" }],
      "stack:\n  'a': { orchestrator: 'x:y', image-builder: 'a: b' }\n",
    ],
    [
      "four spaces",
      "orchestrator:\n    a:\n        flavor: local\n",
      [add("b")],
      "orchestrator:\n    a:\n        flavor: local\n    b:\n        flavor: local\n",
    ],
    [
      "a text of several lines",
      "orchestrator:\n  a:\n    flavor: x\n    script: | # sh\n      one\n      two\n  b: 1\n",
      [{ at: ["orchestrator", "a", "script"], set: "three" }],
      "orchestrator:\n  a:\n    flavor: x\n    script: three # sh\n  b: 1\n",
    ],
    [
      "a text above a comment that it would swallow",
      "orchestrator:\n  a: x\n      # about a\n",
      [{ at: ["orchestrator", "a"], set: "one\ntwo" }],
      'orchestrator:\n  a: "one\\ntwo"\n      # about a\n',
    ],
    [
      "the first key beside a dash",
      "flavors:\n  - type: orchestrator\n    name: a\n",
      [remove("flavors", 0, "type")],
      "flavors:\n  - name: a\n",
    ],
    ["a tag that says what the old value was", "a: !!str 1 # one\n", [{ at: ["a"], set: 2 }], "a: 2 # one\n"],
    ["an alias that is replaced", "a: &x {b: 1}\nc: *x\n", [{ at: ["c"], set: 1 }], "a: &x {b: 1}\nc: 1\n"],
    ["an anchor that nobody needs", "a: &x {b: 1}\n", [{ at: ["a", "b"], set: 2 }], "a: &x {b: 2}\n"],
    [
      "a key with a question mark, printed anew",
      "? a\n: 1 # one\n# two\nb: {c: 1}\n",
      [{ at: ["a"], set: 2 }],
      "a: 2 # one\n# two\nb: {c: 1}\n",
    ],
  ])("%s", async (_title, text, edits, expected) => {
    expect(await editText(file, text, edits)).toBe(expected);
    const marked = await editText(file, `\uFEFF${text.replaceAll("\n", "\r\n")}`, edits);
    // Where no line ends, nothing tells how lines would.
    if (text.includes("\n")) expect(marked).toBe(`\uFEFF${expected.replaceAll("\n", "\r\n")}`);
  });
});

describe("refused", () => {
  test.each<readonly [string, string, Edit, string]>([
    [
      "a value that stands elsewhere",
      "a: &x\n  b: 1\nc: *x\n",
      { at: ["c", "b"], set: 2 },
      "ZENLITE_CONFIG_NOT_EDITABLE 2:6 c.b cannot be changed",
    ],
    [
      "a value that others refer to",
      "a: &x\n  b: 1\nc: *x\n",
      { at: ["a", "b"], set: 2 },
      "ZENLITE_CONFIG_NOT_EDITABLE 2:6 a.b cannot be changed",
    ],
    [
      "an anchor that others need",
      "a: &x\n  b: 1\nc: *x\n",
      { at: ["a"], remove: true },
      "ZENLITE_CONFIG_NOT_EDITABLE 2:3 a cannot be changed",
    ],
    [
      "keys of a text",
      "stack: x\n",
      { at: ["stack", "s"], set: 1 },
      'ZENLITE_CONFIG_INVALID 1:8 stack: expected a mapping, got "x".',
    ],
    [
      "items of a mapping",
      "stack: {a: 1}\n",
      { at: ["stack"], append: 1 },
      "ZENLITE_CONFIG_INVALID 1:8 stack: expected a list, got a mapping.",
    ],
    [
      "a name that is taken",
      "stack:\n  a: 1\n  b: 1\n",
      { at: ["stack", "a"], rename: "b" },
      "ZENLITE_CONFIG_INVALID 3:3 stack.b is there already.",
    ],
    [
      "a name of nobody",
      "stack:\n  a: 1\n",
      { at: ["stack", "c"], rename: "b" },
      "ZENLITE_CONFIG_INVALID 2:3 There is no stack.c to rename.",
    ],
    ["a text with a mistake", "stack: [\n", { at: ["stack", "c"], set: 1 }, "ZENLITE_CONFIG_SYNTAX 2:1 "],
  ])("%s", async (_title, text, edit, expected) => {
    expect(await refused(editText(file, text, [edit]))).toContain(expected);
  });
});
