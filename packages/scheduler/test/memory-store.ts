import { createHash } from "node:crypto";
import { type ArtifactStore, ZenliteError } from "@zenlite/core";

/** An artifact store that lives as long as the test. */
export function memoryStore(): ArtifactStore {
  const objects = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly etag: string }>();
  return {
    async read(key, { from = 0 }) {
      const found = objects.get(key);
      if (found === undefined) throw new ZenliteError("ZENLITE_NOT_FOUND", `There is no ${key}.`);
      return new Blob([found.bytes.subarray(from)]).stream();
    },
    async write(key, body, { if: condition, signal }) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(body instanceof Uint8Array ? body : await new Response(body).arrayBuffer());
      const there = objects.get(key);
      if (condition === "absent" && there !== undefined) return "conflict";
      if (typeof condition === "object" && condition.etag !== (there?.etag ?? null)) return "conflict";
      const etag = createHash("sha256").update(bytes).digest("hex");
      objects.set(key, { bytes, etag });
      return { etag };
    },
    async stat(key) {
      const found = objects.get(key);
      return found === undefined ? undefined : { bytes: found.bytes.length, etag: found.etag };
    },
    async *list(prefix, { after = "" }) {
      for (const key of [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort())
        yield { key, bytes: objects.get(key)?.bytes.length ?? 0 };
    },
    async delete(keys) {
      for (const key of keys) objects.delete(key);
    },
  };
}
