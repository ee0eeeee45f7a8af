import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type ArtifactStore, type Bytes, hasCode, type WriteCondition } from "@zenlite/core";

export interface StoreTest {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** What a test works with: the store, a prefix that is its own, and the short forms of what it does most. */
export interface Bench extends AsyncDisposable {
  readonly store: ArtifactStore;
  /** Ends in `/`. */
  readonly prefix: string;
  readonly call: { readonly signal: AbortSignal };
  write(key: string, body: string | Uint8Array | Bytes, condition?: WriteCondition): ReturnType<ArtifactStore["write"]>;
  text(key: string, from?: number): Promise<string>;
  keys(prefix?: string, after?: string): Promise<string[]>;
}

export function bench(store: ArtifactStore): Bench {
  const prefix = `conformance/${randomBytes(8).toString("hex")}/`;
  const call = { signal: new AbortController().signal };
  const keys = async (from = "", after?: string): Promise<string[]> => {
    const found: string[] = [];
    const place = after === undefined ? call : { ...call, after: prefix + after };
    for await (const { key } of store.list(prefix + from, place)) found.push(key.slice(prefix.length));
    return found;
  };
  return {
    store,
    prefix,
    call,
    keys,
    write: (key, body, condition = "absent") =>
      store.write(prefix + key, typeof body === "string" ? Buffer.from(body) : body, { ...call, if: condition }),
    text: async (key, from) => {
      const place = from === undefined ? call : { ...call, from };
      return Buffer.from(await collect(await store.read(prefix + key, place))).toString();
    },
    async [Symbol.asyncDispose]() {
      await store.delete(
        (await keys()).map((key) => prefix + key),
        call,
      );
    },
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function collect(body: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    assert.ok(chunk instanceof Uint8Array, "a stream's chunks must be Uint8Array");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body cut into chunks of the given sizes, repeated; each is made when it is asked for. */
export function streamOf(body: Uint8Array, sizes: readonly number[]): Bytes {
  let position = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (position >= body.length) return controller.close();
      const size = sizes[turn % sizes.length] ?? 1;
      controller.enqueue(body.subarray(position, position + size));
      position += size;
      turn += 1;
    },
  });
}

/** Bytes that look random and are the same each time. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 2463534242;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 255;
  }
  return bytes;
}

export async function rejectsWith(code: string, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error: unknown) => {
    assert.ok(hasCode(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  });
}

/** The etag of a write that must have taken place. */
export function etagOf(written: { readonly etag: string } | "conflict"): string {
  assert.notEqual(written, "conflict", "the write must take place");
  assert.ok(
    written !== "conflict" && typeof written.etag === "string" && written.etag !== "",
    "a write returns its etag",
  );
  return written.etag;
}
