// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { type ArtifactStore, type Bytes, type WriteCondition, ZenliteError } from "@zenlite/core";

/** What can be wrong with a store; each is planted alone. */
export type Fault =
  | "a lost write"
  | "absent replaces"
  | "absent is checked before the body is read"
  | "etag is not compared"
  | "etag null replaces"
  | "stat has another etag"
  | "a delayed listing"
  | "UTF-16 order"
  | "after is inclusive"
  | "after is ignored"
  | "only folders as prefix"
  | "the first page only"
  | "from is ignored"
  | "a failed stream is kept"
  | "an abort is not heard"
  | "an abort keeps what came"
  | "the source is not cancelled"
  | "delete takes the folder"
  | "delete throws for what is missing"
  | "keys are not checked"
  | "keys are decoded"
  | "an empty object is none"
  | "the whole buffer of a view"
  | "another code for what is missing";

interface Entry {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** A right store in memory, for testing the suite; with a fault, a wrong one. */
export function memoryStore(fault?: Fault): ArtifactStore & AsyncDisposable {
  const entries = new Map<string, Entry>();
  let writes = 0;
  const is = (candidate: Fault): boolean => fault === candidate;

  const holds = (key: string, condition: WriteCondition): boolean => {
    if (condition === "always") return true;
    const present = entries.get(key);
    if (condition === "absent") return present === undefined || is("absent replaces");
    if (condition.etag === null) return present === undefined || is("etag null replaces");
    return present !== undefined && (present.etag === condition.etag || is("etag is not compared"));
  };

  return {
    async read(key, { signal, from = 0 }) {
      signal.throwIfAborted();
      check(key);
      const entry = entries.get(name(key));
      if (entry === undefined)
        throw new ZenliteError(
          is("another code for what is missing") ? "ZENLITE_STORE_FAILED" : "ZENLITE_NOT_FOUND",
          `no ${key}`,
        );
      return streamed(entry.bytes.subarray(is("from is ignored") ? 0 : from), signal);
    },

    async write(key, body, { signal, if: condition }) {
      signal.throwIfAborted();
      check(key);
      const held = holds(name(key), condition);
      const bytes = body instanceof Uint8Array ? copy(body) : await drain(body, key, signal);
      if (!(is("absent is checked before the body is read") ? held : holds(name(key), condition))) return "conflict";
      writes += 1;
      const etag = `v${writes}`;
      if (!(is("an empty object is none") && bytes.length === 0) && !is("a lost write"))
        entries.set(name(key), { bytes, etag });
      return { etag };
    },

    async stat(key, { signal }) {
      signal.throwIfAborted();
      check(key);
      const entry = entries.get(name(key));
      return entry && { bytes: entry.bytes.length, etag: is("stat has another etag") ? `w/${entry.etag}` : entry.etag };
    },

    async *list(prefix, { signal, after = "" }) {
      signal.throwIfAborted();
      const keys = [...entries.keys()].sort(is("UTF-16 order") ? undefined : compare);
      let count = 0;
      for (const key of is("a delayed listing") ? keys.slice(0, -1) : keys) {
        if (!(is("only folders as prefix") ? key.startsWith(`${prefix.replace(/\/$/, "")}/`) : key.startsWith(prefix)))
          continue;
        if (!is("after is ignored") && compare(key, after) < (is("after is inclusive") ? 0 : 1)) continue;
        const entry = entries.get(key);
        if (entry === undefined || (is("the first page only") && count === 1000)) continue;
        count += 1;
        yield { key, bytes: entry.bytes.length };
      }
    },

    async delete(keys, { signal }) {
      signal.throwIfAborted();
      for (const key of keys) {
        if (is("delete throws for what is missing") && !entries.has(key))
          throw new ZenliteError("ZENLITE_NOT_FOUND", key);
        entries.delete(name(key));
        if (is("delete takes the folder"))
          for (const other of entries.keys()) if (other.startsWith(`${key}/`)) entries.delete(other);
      }
    },

    async [Symbol.asyncDispose]() {},
  };

  function name(key: string): string {
    return is("keys are decoded") ? key.replaceAll("%2F", "/") : key;
  }

  function copy(body: Uint8Array): Uint8Array {
    return is("the whole buffer of a view") ? new Uint8Array(body.buffer.slice(0)) : Uint8Array.from(body);
  }

  function check(key: string): void {
    if (is("keys are not checked")) return;
    const parts = key.split("/");
    const bad = (part: string): boolean =>
      part === "" ||
      part === "." ||
      part === ".." ||
      /[\0\\]|@\d+$/.test(part) ||
      !part.isWellFormed() ||
      Buffer.byteLength(part) > 200;
    if (parts.some(bad) || parts[0] === ".tmp" || Buffer.byteLength(key) > 1024)
      throw new ZenliteError("ZENLITE_KEY_INVALID", `bad key ${key}`);
  }

  async function drain(body: Bytes, key: string, signal: AbortSignal): Promise<Uint8Array> {
    const reader = body.getReader();
    const cancel = (): void => {
      if (is("the source is not cancelled")) reader.releaseLock();
      else void reader.cancel(signal.reason);
    };
    if (!is("an abort is not heard")) signal.addEventListener("abort", cancel);
    const chunks: Uint8Array[] = [];
    const keep = (): void => void entries.set(key, { bytes: Buffer.concat(chunks), etag: "partial" });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        signal.throwIfAborted();
        if (done) return Buffer.concat(chunks);
        chunks.push(value);
      }
    } catch (error) {
      if (is("a failed stream is kept") && !signal.aborted) keep();
      if (is("an abort keeps what came") && signal.aborted) keep();
      throw signal.aborted ? signal.reason : error;
    }
  }
}

function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function streamed(bytes: Uint8Array, signal: AbortSignal): Bytes {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (signal.aborted) return controller.error(signal.reason);
      if (position >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(position, position + 65_536));
      position += 65_536;
    },
  });
}
