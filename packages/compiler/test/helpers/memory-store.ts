// An artifact store that keeps everything in memory.
import { ZenliteError, type ArtifactStore } from "@zenlite/core";

export interface MemoryStore extends ArtifactStore {
  readonly objects: Map<string, Uint8Array<ArrayBuffer>>;
  /** How many bodies were written. */
  writes: number;
}

export function memoryStore(): MemoryStore {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const store: MemoryStore = {
    objects,
    writes: 0,
    read(key) {
      const found = objects.get(key);
      if (found === undefined) throw new ZenliteError("ZENLITE_NOT_FOUND", `${key} is not there.`);
      return Promise.resolve(new Blob([found]).stream());
    },
    async write(key, body, { if: condition }) {
      const bytes =
        body instanceof Uint8Array
          ? new Uint8Array(body)
          : new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
      if (condition === "absent" && objects.has(key)) return "conflict";
      objects.set(key, bytes);
      store.writes += 1;
      return { etag: String(store.writes) };
    },
    stat(key) {
      const found = objects.get(key);
      return Promise.resolve(found === undefined ? undefined : { bytes: found.byteLength, etag: "" });
    },
    async *list(prefix) {
      for (const [key, bytes] of [...objects].sort())
        if (key.startsWith(prefix)) yield { key, bytes: bytes.byteLength };
    },
    delete(keys) {
      for (const key of keys) objects.delete(key);
      return Promise.resolve();
    },
  };
  return store;
}

export const call = { signal: new AbortController().signal };
