import { canonicalJson } from "@zenlite/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkKeyPart,
  digestOf,
  digestOfJson,
  ensureProject,
  hexOf,
  layout,
  newNonce,
  newRunId,
  readJson,
  readText,
  recordHead,
  writeOnce,
} from "../src/index.ts";
import { placeOf } from "../src/place.ts";
import { call, temporaryStore } from "./support.ts";

const digest = digestOf("x");
const hex = hexOf(digest);
const run = "20261121-182401-123-k3f9x2";

test.each([
  [layout.project, "project.json", "project"],
  [layout.code(digest), `code/${hex}.tar`, "code"],
  [layout.carried(digest), `carried/${hex}.tar`, "carried"],
  [layout.runner(digest), `runner/${hex}.tar`, "runner"],
  [layout.plan(digest), `plans/${hex}.json`, "plan"],
  [layout.cacheEntry(digest, run, "trainer"), `cache/${hex}/${run}-trainer.json`, "cache"],
  [layout.created(run), `runs/${run}/created.json`, "created"],
  [layout.submitted(run), `runs/${run}/submitted.json`, "submitted"],
  [layout.cancelled(run), `runs/${run}/cancel.json`, "cancel"],
  [layout.finished(run), `runs/${run}/finished.json`, "finished"],
  [layout.lease(run), `runs/${run}/lease`, "lease"],
  [layout.outcome(run, "trainer"), `runs/${run}/steps/trainer/outcome.json`, "outcome"],
  [layout.started(run, "trainer", "a1"), `runs/${run}/steps/trainer/attempts/a1/started.json`, "started"],
  [layout.ended(run, "trainer", "a1"), `runs/${run}/steps/trainer/attempts/a1/ended.json`, "ended"],
  [layout.log(run, "trainer", "a1", 7), `runs/${run}/steps/trainer/attempts/a1/log/000007`, "log"],
  [layout.artifact(run, "trainer", "a1", "model"), `runs/${run}/steps/trainer/attempts/a1/artifacts/model`, "artifact"],
])("%s is where it is said to be, and is read back as what it is", (key, expected, kind) => {
  expect(key).toBe(expected);
  expect(placeOf(key)?.kind).toBe(kind);
});

test.each([
  "",
  ".",
  "..",
  "a/b",
  "a\\b",
  "a\0b",
  "a\nb",
  "\u007f",
  "x".repeat(201),
  "é".repeat(101),
  "lease@12",
  "@1",
  "a\ud800",
])("%j cannot be part of a key", (part) => {
  const refused = expect.objectContaining({ code: "ZENLITE_KEY_INVALID" });
  expect(() => checkKeyPart(part)).toThrow(refused);
  expect(() => layout.artifact(run, "trainer", "a1", part)).toThrow(refused);
  expect(() => layout.outcome(run, part)).toThrow(refused);
});

test("whatever the layout takes a real store takes too, however long the names", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const names = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
    fc.nat({ max: 220 }).map((length) => "n".repeat(length)),
    fc.constantFrom("a@1", "@scope", "..."),
  );
  await fc.assert(
    fc.asyncProperty(names, names, async (step, output) => {
      let keys: string[];
      try {
        keys = [
          layout.artifact(run, step, "a1", output),
          layout.outcome(run, step),
          layout.cacheEntry(digest, run, step),
        ];
      } catch (error) {
        expect(error).toMatchObject({ code: "ZENLITE_KEY_INVALID" });
        return;
      }
      for (const key of keys) {
        await store.write(key, Buffer.from("x"), { ...call, if: "always" });
        expect(placeOf(key)).toBeDefined();
        await store.delete([key], call);
      }
    }),
    { numRuns: 200 },
  );
});

test("the cache entries of two steps with long names are two", () => {
  const name = "n".repeat(199);
  expect(layout.cacheEntry(digest, run, `${name}a`)).not.toBe(layout.cacheEntry(digest, run, `${name}b`));
});

test("digests: of bytes as of their text, of data whatever the order of its keys", () => {
  expect(digestOf("abc")).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(digestOf(Buffer.from("abc"))).toBe(digestOf("abc"));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(digestOfJson(turned)).toBe(digestOfJson(value));
      expect(digestOfJson(value)).toBe(digestOf(canonicalJson(value)));
    }),
  );
});

test("ids of runs sort by their time and fit everywhere; nonces are short and never the same", () => {
  expect(newRunId(new Date("2026-11-21T18:24:01.123Z"))).toMatch(/^20261121-182401-123-[a-z2-7]{6}$/);
  const time = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(time, time, (left, right) => {
      const [a, b] = [newRunId(left), newRunId(right)];
      expect(a.length).toBeLessThanOrEqual(36);
      if (left < right) expect(a < b).toBe(true);
    }),
  );
  const nonces = Array.from({ length: 1000 }, () => newNonce());
  expect(new Set(nonces).size).toBe(1000);
  for (const nonce of nonces) expect(nonce).toMatch(/^[a-z2-7]{12}$/);
});

test("a record is written once: the first stays, and everybody reads it", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const key = layout.cancelled(run);
  expect(await readJson(store, key, call)).toBeUndefined();
  expect(await readText(store, key, call)).toBeUndefined();
  const records = Array.from({ length: 8 }, (_, index) => ({
    ...recordHead(run, `w${index}`, new Date(0)),
    kind: "run.cancel",
  }));
  const first = await Promise.all(records.map((record) => writeOnce(store, key, record, call)));
  expect(first.filter(Boolean)).toHaveLength(1);
  expect(await readJson(store, key, call)).toEqual(records[first.indexOf(true)]);
  expect(recordHead(run, "w", new Date(0))).toEqual({ format: 1, run, writer: "w", at: "1970-01-01T00:00:00.000Z" });
});

test.each(["", "{", "[1]", "null", '"text"'])(
  "a record that reads %j is damaged, and the error names its key",
  async (text) => {
    await using place = await temporaryStore();
    const { store } = place;
    const key = layout.created(run);
    await store.write(key, Buffer.from(text), { ...call, if: "absent" });
    await expect(readJson(store, key, call)).rejects.toMatchObject({
      code: "ZENLITE_RECORD_CORRUPT",
      message: expect.stringContaining(key),
    });
  },
);

test("a project has one nonce, whoever asks first", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const nonces = await Promise.all(Array.from({ length: 8 }, () => ensureProject(store, call)));
  expect(new Set(nonces).size).toBe(1);
  expect(await ensureProject(store, call)).toBe(nonces[0]);
  expect(nonces[0]).toMatch(/^[a-z2-7]{12}$/);
});
