import assert from "node:assert/strict";
import { all, type Bench, etagOf, type StoreTest, streamOf } from "./bench.ts";

/** Adds one to the number under `key` by compare-and-swap; after each conflict another writer has come further. */
async function increment({ store, prefix, call, write, text }: Bench, key: string, conflicts: number): Promise<void> {
  for (let attempt = 0; attempt <= conflicts; attempt += 1) {
    // The etag first: were it taken after the value, it could belong to a later one.
    const etag = (await store.stat(prefix + key, call))?.etag ?? null;
    const value = etag === null ? 0 : Number(await text(key));
    if ((await write(key, String(value + 1), { etag })) !== "conflict") return;
  }
  assert.fail(`a write met more than ${conflicts} conflicts, which is more than there were other writes`);
}

export const conditionTests: readonly StoreTest[] = [
  {
    name: "absent: the first wins and the second changes nothing",
    async run({ store, prefix, call, write, text }) {
      const etag = etagOf(await write("outcome.json", "first"));
      assert.equal(await write("outcome.json", "second"), "conflict");
      assert.equal(await text("outcome.json"), "first");
      assert.deepEqual(await store.stat(`${prefix}outcome.json`, call), { bytes: 5, etag });
    },
  },
  {
    name: "absent: a stream loses as a small body does",
    async run({ write, text, keys }) {
      await write("outcome.json", "first");
      assert.equal(await write("outcome.json", streamOf(new Uint8Array(3_000_000), [65_536])), "conflict");
      assert.equal(await text("outcome.json"), "first");
      assert.deepEqual(await keys(), ["outcome.json"]);
    },
  },
  {
    name: "absent: of many writers at once exactly one wins, and all read what it wrote",
    async run({ write, text }) {
      for (let round = 0; round < 10; round += 1) {
        const key = `race/${round}`;
        const bodies = Array.from({ length: 16 }, (_, writer) => `${writer}-${"x".repeat(writer * 100)}`);
        const results = await Promise.all(
          bodies.map((body, writer) =>
            write(key, writer % 4 === 0 ? streamOf(Buffer.from(body), [7, 100]) : body).then((result) => ({
              body,
              result,
            })),
          ),
        );
        const winners = results.filter(({ result }) => result !== "conflict");
        assert.equal(winners.length, 1, `${winners.length} writers won`);
        assert.equal(await text(key), winners[0]?.body);
      }
    },
  },
  {
    name: "etag null: only where the key holds nothing",
    async run({ write, text }) {
      etagOf(await write("lease", "first", { etag: null }));
      assert.equal(await write("lease", "second", { etag: null }), "conflict");
      assert.equal(await text("lease"), "first");
    },
  },
  {
    name: "etag null: over what was written as absent it is a conflict",
    async run({ write, text }) {
      await write("record", "first", "absent");
      assert.equal(await write("record", "second", { etag: null }), "conflict");
      assert.equal(await text("record"), "first");
    },
  },
  {
    name: "etag: over that version only, by the etag of the write and by that of stat",
    async run({ store, prefix, call, write, text }) {
      const first = etagOf(await write("lease", "1", { etag: null }));
      const second = etagOf(await write("lease", "2 is longer", { etag: first }));
      assert.notEqual(first, second);
      assert.deepEqual(await store.stat(`${prefix}lease`, call), { bytes: 11, etag: second });
      assert.equal(await write("lease", "late", { etag: first }), "conflict");
      assert.equal(await text("lease"), "2 is longer");
      const seen = (await store.stat(`${prefix}lease`, call))?.etag ?? "";
      etagOf(await write("lease", "3", { etag: seen }));
      assert.equal(await text("lease"), "3");
    },
  },
  {
    name: "etag: a conflict where nothing is there, and where the etag is of no version",
    async run({ write, text, keys }) {
      assert.equal(await write("lease", "x", { etag: "1" }), "conflict");
      assert.deepEqual(await keys(), []);
      await write("lease", "1", { etag: null });
      for (const etag of ["0", "2", "no-such-version"])
        assert.equal(await write("lease", "x", { etag }), "conflict", etag);
      assert.equal(await text("lease"), "1");
    },
  },
  {
    name: "etag: a key that changes is listed once, with the bytes of its value",
    async run({ store, prefix, call, write }) {
      let etag: string | null = null;
      for (const body of ["one", "three", "fifteen", "a hundred"])
        etag = etagOf(await write("run/lease", body, { etag }));
      await write("run/lease-of-another", "x");
      const listed = await all(store.list(`${prefix}run/`, call));
      assert.deepEqual(listed, [
        { key: `${prefix}run/lease`, bytes: 9 },
        { key: `${prefix}run/lease-of-another`, bytes: 1 },
      ]);
    },
  },
  {
    name: "etag: of many writers over one version exactly one wins",
    async run({ write, text }) {
      let etag = etagOf(await write("lease", "start", { etag: null }));
      for (let round = 0; round < 10; round += 1) {
        const seen = etag;
        const results = await Promise.all(
          Array.from({ length: 12 }, async (_, writer) => ({
            writer,
            result: await write("lease", `${round}-${writer}`, { etag: seen }),
          })),
        );
        const winners = results.filter(({ result }) => result !== "conflict");
        assert.equal(winners.length, 1, `${winners.length} writers won`);
        assert.equal(await text("lease"), `${round}-${winners[0]?.writer}`);
        etag = etagOf(winners[0]?.result ?? "conflict");
      }
    },
  },
  {
    name: "etag: writers that repeat after a conflict lose no update",
    async run(bench) {
      const writers = Array.from({ length: 6 }, async () => {
        for (let count = 0; count < 10; count += 1) await increment(bench, "counter", 50);
      });
      await Promise.all(writers);
      assert.equal(await bench.text("counter"), "60");
    },
  },
  {
    name: "etag: a writer that slept through later versions loses",
    async run({ write, text, keys }) {
      let etag = etagOf(await write("lease", "1", { etag: null }));
      let send: (body: Uint8Array) => void = () => undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          send = (chunk) => {
            controller.enqueue(chunk);
            controller.close();
          };
        },
      });
      const sleeper = write("lease", body, { etag });
      for (const next of ["2", "3", "4", "5"]) etag = etagOf(await write("lease", next, { etag }));
      send(Buffer.from("from the past"));
      assert.equal(await sleeper, "conflict");
      assert.equal(await text("lease"), "5");
      assert.deepEqual(await keys(), ["lease"]);
    },
  },
  {
    name: "etag: readers meet no gap while the value changes",
    async run({ write, text }) {
      let etag = etagOf(await write("lease", "0", { etag: null }));
      let writing = true;
      const read = async (): Promise<void> => {
        for (let last = 0; writing;) {
          const value = Number(await text("lease"));
          assert.ok(value >= last, `${value} was read after ${last}`);
          last = value;
        }
      };
      const change = async (): Promise<void> => {
        for (let value = 1; value <= 40; value += 1) etag = etagOf(await write("lease", String(value), { etag }));
      };
      // Whoever fails, the others must end.
      const until = (work: Promise<void>): Promise<void> => work.finally(() => (writing = false));
      await Promise.all([until(change()), until(read()), until(read())]);
    },
  },
  {
    name: "etag: once deleted, the key holds nothing and begins anew",
    async run({ store, prefix, call, write, text, keys }) {
      let etag = etagOf(await write("lease", "1", { etag: null }));
      for (const next of ["2", "3"]) etag = etagOf(await write("lease", next, { etag }));
      await store.delete([`${prefix}lease`], call);
      assert.equal(await store.stat(`${prefix}lease`, call), undefined);
      assert.deepEqual(await keys(), []);
      assert.equal(await write("lease", "4", { etag }), "conflict");
      etagOf(await write("lease", "new", { etag: null }));
      assert.equal(await text("lease"), "new");
    },
  },
];
