import assert from "node:assert/strict";
import { all, type Bench, type StoreTest } from "./bench.ts";

/** The keys in the order of their UTF-8 bytes. */
function inByteOrder(keys: readonly string[]): string[] {
  return [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

async function writeAll({ write }: Bench, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  const work = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await write(key, key, "always");
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

export const listingTests: readonly StoreTest[] = [
  {
    name: "list gives the keys in the order of their bytes, whatever the folders are",
    async run(bench) {
      const keys = [
        "a/b",
        "a-b",
        "a.b",
        "a0b",
        "a/b-c",
        "a/b.c/d",
        "a/b!/d",
        "a b/c",
        "A/b",
        "b",
        "a/a/a",
        "a!/z",
        "a~",
        "ab",
      ];
      await writeAll(bench, keys);
      assert.deepEqual(await bench.keys(), inByteOrder(keys));
    },
  },
  {
    name: "list orders by UTF-8 bytes, not by UTF-16 units",
    async run(bench) {
      const keys = ["\u{1f600}/x", "\uff5e/x", "\ufffd", "z", "é", "\u{10ffff}", "\ue000", "日本"];
      await writeAll(bench, keys);
      assert.deepEqual(await bench.keys(), inByteOrder(keys));
      for (const after of keys) {
        const later = inByteOrder(keys).filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
        assert.deepEqual(await bench.keys("", after), later, after);
      }
    },
  },
  {
    name: "list takes any beginning of a key as its prefix",
    async run(bench) {
      await writeAll(bench, ["runs/ab/x", "runs/abc", "runs/b", "run", "rune/x"]);
      assert.deepEqual(await bench.keys("runs/ab"), ["runs/ab/x", "runs/abc"]);
      assert.deepEqual(await bench.keys("runs/ab/"), ["runs/ab/x"]);
      assert.deepEqual(await bench.keys("runs/ab/x"), ["runs/ab/x"]);
      assert.deepEqual(await bench.keys("run"), ["run", "rune/x", "runs/ab/x", "runs/abc", "runs/b"]);
      assert.deepEqual(await bench.keys("runs/ab/x/"), []);
      assert.deepEqual(await bench.keys("nothing/here"), []);
    },
  },
  {
    name: "list begins after `after`, which need not be a key",
    async run(bench) {
      const keys = [
        "a",
        "runs/1/created.json",
        "runs/1/steps/a/outcome.json",
        "runs/1/steps/b/outcome.json",
        "runs/2/created.json",
        "z",
      ];
      await writeAll(bench, keys);
      for (const after of [
        ...keys,
        "",
        "runs",
        "runs/",
        "runs/1",
        "runs/1/",
        "runs/1/d",
        "runs/1/steps/a",
        "runs/1/\uffff",
        "runs/10",
        "zz",
      ]) {
        const later = inByteOrder(keys).filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
        assert.deepEqual(await bench.keys("", after), later, `after ${after}`);
        assert.deepEqual(
          await bench.keys("runs/1/", after),
          later.filter((key) => key.startsWith("runs/1/")),
          `runs/1/ after ${after}`,
        );
      }
    },
  },
  {
    name: "list pages: from any key on, the rest and nothing twice",
    async run(bench) {
      const keys = Array.from({ length: 60 }, (_, index) => `p/${index % 7}/${index}`);
      await writeAll(bench, keys);
      const paged: string[] = [];
      while (paged.length <= keys.length) {
        let taken = 0;
        const place = { ...bench.call, ...(paged.length === 0 ? {} : { after: bench.prefix + paged.at(-1) }) };
        for await (const { key } of bench.store.list(bench.prefix, place)) {
          paged.push(key.slice(bench.prefix.length));
          taken += 1;
          if (taken === 9) break;
        }
        if (taken === 0) break;
      }
      assert.deepEqual(paged, inByteOrder(keys));
    },
  },
  {
    name: "2,000 keys are listed, with their bytes, and deleted",
    async run(bench) {
      const { store, prefix, call } = bench;
      const keys = Array.from({ length: 2000 }, (_, index) => `many/${index % 40}/${index}`);
      await writeAll(bench, keys);
      const listed = await all(store.list(prefix, call));
      assert.deepEqual(
        listed.map(({ key }) => key.slice(prefix.length)),
        inByteOrder(keys),
      );
      for (const { key, bytes } of listed) assert.equal(bytes, key.length - prefix.length, key);
      await store.delete(
        listed.map(({ key }) => key),
        call,
      );
      assert.deepEqual(await bench.keys(), []);
    },
  },
  {
    name: "a listing survives that its keys are deleted, and that others are written, meanwhile",
    async run(bench) {
      const { store, prefix, call, write } = bench;
      const keys = inByteOrder(Array.from({ length: 50 }, (_, index) => `k/${index}/x`));
      await writeAll(bench, keys);
      const seen: string[] = [];
      for await (const { key } of store.list(prefix, call)) {
        seen.push(key.slice(prefix.length));
        await store.delete([key], call);
        await write(`other/${seen.length}`, "x");
      }
      assert.deepEqual(
        seen.filter((key) => key.startsWith("k/")),
        keys,
      );
    },
  },
];
