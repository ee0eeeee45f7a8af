import assert from "node:assert/strict";
import { rejectsWith, type StoreTest } from "./bench.ts";

const badParts: readonly (readonly [string, string])[] = [
  ["a part ..", "../outside"],
  ["a part .. further on", "a/../../outside"],
  ["a part .", "a/./b"],
  ["an empty part", "a//b"],
  ["a / at the end", "a/"],
  ["a backslash", "a\\b"],
  ["a NUL character", "a\0b"],
  ["a version's ending", "lease@12"],
  ["a version's ending on a folder", "a@1/b"],
  ["a part of more than 200 bytes", `a/${"x".repeat(201)}`],
  ["a part of more than 200 bytes in fewer characters", "é".repeat(101)],
  ["half a character", "a\ud800b"],
];

const badWhole: readonly (readonly [string, string])[] = [
  ["an empty key", ""],
  ["an absolute key", "/etc/passwd"],
  ["the reserved folder .tmp", ".tmp/x"],
  ["more than 1,024 bytes", Array.from({ length: 20 }, () => "x".repeat(60)).join("/")],
];

export const keyTests: readonly StoreTest[] = [
  {
    name: "keys may hold spaces, percent signs, quotes and characters of any language",
    async run({ store, prefix, call, write, text, keys }) {
      const odd = [
        "with space",
        "100%",
        "a%2Fb",
        "%2e%2e/x",
        "plus+and&equals=?#",
        "quote'\"`",
        "<tag>",
        "straße/日本語/ключ",
        "\u{1f600}",
        "...",
        "a..b",
        ".hidden",
        "-dash",
        "@scope",
        "a@b",
        "a@1b",
        "a@",
        "x".repeat(200),
        "tab\tand\nline",
      ];
      for (const key of odd) etagged(await write(key, `value of ${key}`), key);
      for (const key of odd) {
        assert.equal(await text(key), `value of ${key}`);
        assert.notEqual(await store.stat(prefix + key, call), undefined, key);
      }
      assert.deepEqual(new Set(await keys()), new Set(odd));
      await store.delete(
        odd.map((key) => prefix + key),
        call,
      );
      assert.deepEqual(await keys(), []);
    },
  },
  ...[
    ...badParts.map(([what, key]) => ({ what, key, whole: false })),
    ...badWhole.map(([what, key]) => ({ what, key, whole: true })),
  ].map(
    ({ what, key, whole }) =>
      ({
        name: `a bad key is refused with ZENLITE_KEY_INVALID: ${what}`,
        async run({ store, prefix, call, keys }) {
          const bad = whole ? key : prefix + key;
          const body = Buffer.from("x");
          await rejectsWith("ZENLITE_KEY_INVALID", () => store.write(bad, body, { ...call, if: "absent" }));
          await rejectsWith("ZENLITE_KEY_INVALID", () => store.write(bad, body, { ...call, if: "always" }));
          await rejectsWith("ZENLITE_KEY_INVALID", () => store.write(bad, body, { ...call, if: { etag: null } }));
          await rejectsWith("ZENLITE_KEY_INVALID", () => store.read(bad, call));
          await rejectsWith("ZENLITE_KEY_INVALID", () => store.stat(bad, call));
          assert.deepEqual(await keys(), []);
        },
      }) satisfies StoreTest,
  ),
  {
    name: "a refused key is named in the error",
    async run({ store, call }) {
      await assert.rejects(store.read("up/../there", call), /up\/\.\.\/there/);
    },
  },
];

function etagged(written: { readonly etag: string } | "conflict", key: string): void {
  assert.notEqual(written, "conflict", key);
}
