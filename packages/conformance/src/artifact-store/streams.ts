import assert from "node:assert/strict";
import { collect, etagOf, pattern, type StoreTest, streamOf } from "./bench.ts";

const mebibyte = 1024 * 1024;

/** A stream that gives what it has and then waits for ever; `asked` resolves when more is asked for, `cancelled` with the reason. */
function hanging(first: Uint8Array) {
  const asked = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<unknown>();
  let given = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (given) {
          asked.resolve();
          return new Promise<void>(() => undefined);
        }
        given = true;
        controller.enqueue(first);
      },
      cancel: (reason) => cancelled.resolve(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, asked: asked.promise, cancelled: cancelled.promise };
}

export const streamTests: readonly StoreTest[] = [
  ...[
    { what: "an empty stream", bytes: 0, sizes: [1] },
    { what: "a stream of one byte", bytes: 1, sizes: [1] },
    {
      what: "5 MiB in odd chunks, some of them empty",
      bytes: 5 * mebibyte,
      sizes: [1, 70_001, 0, 13, 262_144, 999_999],
    },
    { what: "5 MiB and a byte in one chunk", bytes: 5 * mebibyte + 1, sizes: [5 * mebibyte + 1] },
    { what: "20,000 bytes, each a chunk of its own", bytes: 20_000, sizes: [1] },
  ].map(
    ({ what, bytes, sizes }) =>
      ({
        name: `${what} comes back as it was`,
        async run({ store, prefix, call, write }) {
          const body = pattern(bytes);
          etagOf(await write("stream", streamOf(body, sizes), "always"));
          assert.equal((await store.stat(`${prefix}stream`, call))?.bytes, bytes);
          assert.ok(Buffer.from(await collect(await store.read(`${prefix}stream`, call))).equals(body));
        },
      }) satisfies StoreTest,
  ),
  {
    name: "20 MiB in one Uint8Array come back as they were",
    async run({ store, prefix, call, write }) {
      const body = pattern(20 * mebibyte + 3);
      await write("large", body, "always");
      assert.ok(Buffer.from(await collect(await store.read(`${prefix}large`, call))).equals(body));
    },
  },
  {
    name: "read begins at byte `from`",
    async run({ store, prefix, call, write, text }) {
      await write("small", "0123456789");
      assert.equal(await text("small", 0), "0123456789");
      assert.equal(await text("small", 4), "456789");
      assert.equal(await text("small", 10), "");
      const body = pattern(3 * mebibyte);
      await write("large", streamOf(body, [mebibyte]));
      const from = mebibyte + 17;
      const rest = await collect(await store.read(`${prefix}large`, { ...call, from }));
      assert.ok(Buffer.from(rest).equals(body.subarray(from)));
    },
  },
  {
    name: "a reader may stop in the middle",
    async run({ store, prefix, call, write, keys }) {
      await write("large", streamOf(pattern(4 * mebibyte), [mebibyte]));
      for (let round = 0; round < 5; round += 1) {
        const reader = (await store.read(`${prefix}large`, call)).getReader();
        assert.equal((await reader.read()).done, false);
        await reader.cancel();
      }
      await store.delete([`${prefix}large`], call);
      assert.deepEqual(await keys(), []);
    },
  },
  {
    name: "a source that fails: the write fails with its error and nothing is there",
    async run({ store, prefix, call, write, keys }) {
      for (const condition of ["absent", "always", { etag: null }] as const) {
        const failure = new Error("the source broke");
        let count = 0;
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            count += 1;
            if (count > 3) controller.error(failure);
            else controller.enqueue(new Uint8Array(mebibyte));
          },
        });
        await assert.rejects(write("broken", body, condition), (error) => error === failure);
        assert.equal(await store.stat(`${prefix}broken`, call), undefined);
        assert.deepEqual(await keys(), []);
      }
    },
  },
  {
    name: "a source that fails leaves what was there before",
    async run({ write, text }) {
      await write("value", "before", "always");
      const failure = new Error("the source broke");
      const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) });
      await assert.rejects(write("value", body, "always"), (error) => error === failure);
      assert.equal(await text("value"), "before");
    },
  },
  {
    name: "an abort during a write ends it with the signal's reason, cancels the source and leaves nothing",
    async run({ store, prefix, call, keys }) {
      for (const bytes of [0, 10, 6 * mebibyte]) {
        const { body, asked, cancelled } = hanging(pattern(bytes));
        const stop = new AbortController();
        const reason = new Error("enough");
        const writing = store.write(`${prefix}aborted`, body, { signal: stop.signal, if: "absent" });
        const refused = assert.rejects(writing, (error) => error === reason);
        await asked;
        stop.abort(reason);
        await refused;
        await cancelled;
        assert.equal(await store.stat(`${prefix}aborted`, call), undefined);
        assert.deepEqual(await keys(), []);
      }
    },
  },
  {
    name: "an abort during a read ends it with the signal's reason",
    async run({ store, prefix, write }) {
      await write("large", streamOf(pattern(12 * mebibyte), [mebibyte]));
      const stop = new AbortController();
      const reason = new Error("enough");
      const reader = (await store.read(`${prefix}large`, { signal: stop.signal })).getReader();
      await reader.read();
      stop.abort(reason);
      await assert.rejects(
        async () => {
          while (!(await reader.read()).done);
        },
        (error) => error === reason,
      );
    },
  },
];
