import assert from "node:assert/strict";
import { all, collect, etagOf, pattern, rejectsWith, type StoreTest, streamOf } from "./bench.ts";

export const objectTests: readonly StoreTest[] = [
  {
    name: "write, then read, stat and list see it at once",
    async run({ store, prefix, call, write, text, keys }) {
      const etag = etagOf(await write("runs/a/created.json", "hello"));
      assert.equal(await text("runs/a/created.json"), "hello");
      assert.deepEqual(await store.stat(`${prefix}runs/a/created.json`, call), { bytes: 5, etag });
      assert.deepEqual(await keys(), ["runs/a/created.json"]);
      for await (const { bytes } of store.list(prefix, call)) assert.equal(bytes, 5);
    },
  },
  {
    name: "a key that is not there: read throws ZENLITE_NOT_FOUND, stat gives undefined",
    async run({ store, prefix, call, write }) {
      await write("a/b", "x");
      for (const key of ["nothing", "a", "a/c", "a/b/c", "none/at/all"]) {
        await rejectsWith("ZENLITE_NOT_FOUND", () => store.read(prefix + key, call));
        assert.equal(await store.stat(prefix + key, call), undefined, key);
      }
    },
  },
  {
    name: "delete removes, and deleting what is not there is no error",
    async run({ store, prefix, call, write, text, keys }) {
      await write("one", "1");
      await write("folder/two", "2");
      await write("three", "3");
      await store.delete([`${prefix}one`, `${prefix}missing`, `${prefix}folder/two`, `${prefix}no/such/folder`], call);
      await store.delete([`${prefix}one`], call);
      await store.delete([], call);
      assert.deepEqual(await keys(), ["three"]);
      assert.equal(await store.stat(`${prefix}one`, call), undefined);
      await rejectsWith("ZENLITE_NOT_FOUND", () => store.read(`${prefix}folder/two`, call));
      assert.equal(await text("three"), "3");
    },
  },
  {
    name: "delete takes keys only, never what begins with them",
    async run({ store, prefix, call, write, keys }) {
      await write("folder/a", "1");
      await write("folder-b", "2");
      await store.delete([`${prefix}folder`], call);
      assert.deepEqual(await keys(), ["folder-b", "folder/a"]);
    },
  },
  {
    name: "a key can be written again once it was deleted",
    async run({ store, prefix, call, write, text }) {
      await write("again", "first");
      await store.delete([`${prefix}again`], call);
      etagOf(await write("again", "second"));
      assert.equal(await text("again"), "second");
    },
  },
  {
    name: "an empty object is an object",
    async run({ store, prefix, call, write, text, keys }) {
      etagOf(await write("empty", ""));
      assert.equal((await store.stat(`${prefix}empty`, call))?.bytes, 0);
      assert.equal(await text("empty"), "");
      assert.deepEqual(await keys(), ["empty"]);
    },
  },
  {
    name: "always replaces, and gives another etag",
    async run({ store, prefix, call, write, text }) {
      const first = etagOf(await write("value", "first", "always"));
      const second = etagOf(await write("value", "second, longer", "always"));
      assert.notEqual(first, second);
      assert.deepEqual(await store.stat(`${prefix}value`, call), { bytes: 14, etag: second });
      etagOf(await write("value", "3", "always"));
      assert.equal(await text("value"), "3");
    },
  },
  {
    name: "a reader that has begun goes on with the object it began with",
    async run({ store, prefix, call, write }) {
      const old = pattern(5 * 1024 * 1024);
      await write("value", streamOf(old, [1024 * 1024]), "always");
      const reading = await store.read(`${prefix}value`, call);
      await write("value", "new", "always");
      assert.ok(Buffer.from(await collect(reading)).equals(old), "old and new bytes must not mix");
    },
  },
  {
    name: "bytes come back as they were, all 256 of them",
    async run({ store, prefix, call, write }) {
      const body = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      await write("bytes", body);
      assert.ok(Buffer.from(await collect(await store.read(`${prefix}bytes`, call))).equals(body));
    },
  },
  {
    name: "a view of a larger buffer is written as the view alone",
    async run({ write, text }) {
      await write("view", Buffer.from("0123456789").subarray(3, 6));
      assert.equal(await text("view"), "345");
    },
  },
  {
    name: "a call whose signal is aborted already is refused with the signal's reason, and does nothing",
    async run({ store, prefix, write, keys }) {
      await write("here", "x");
      const reason = new Error("enough");
      const call = { signal: AbortSignal.abort(reason) };
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.read(`${prefix}here`, call),
        () => store.stat(`${prefix}here`, call),
        () => store.delete([`${prefix}here`], call),
        () => store.write(`${prefix}new`, Buffer.from("x"), { ...call, if: "absent" }),
        () => all(store.list(prefix, call)),
      ];
      for (const act of calls) await assert.rejects(act, (error) => error === reason);
      assert.deepEqual(await keys(), ["here"]);
    },
  },
];
