// The materializers that every step has: which one takes a value, how it is written and how it is read back.
import { basename } from "node:path";
import { join } from "node:path";
import { mkdir, stat } from "node:fs/promises";
import { endianness } from "node:os";
import { isJsonObject, ZenliteError, type ArtifactStore, type Call, type Json, type Manifest } from "@zenlite/core";
import { file, isArtifactFile } from "@zenlite/pipeline";
import { readAll, readToFile, readVerified } from "../download.ts";
import { typeOf } from "./type.ts";
import { walk, type Obstacle } from "./walk.ts";

/** How a value is stored. */
export interface Encoded {
  readonly materializer: string;
  readonly type: string;
  readonly details?: Json;
  readonly body: Uint8Array | { readonly pieces: AsyncIterable<Uint8Array | string> } | { readonly file: string };
}

/** Where an artifact is read from. */
export interface Stored {
  readonly store: ArtifactStore;
  readonly manifest: Manifest;
  readonly call: Call;
  /** A folder for files of this artifact alone; made when it is needed. */
  readonly folder: string;
}

type TypedArray = Exclude<NodeJS.TypedArray, never>;

/** The built-in way to store a value, or why there is none. */
export async function encode(value: unknown): Promise<Encoded | Obstacle> {
  if (value === undefined) return { materializer: "void@1", type: "undefined", body: new Uint8Array() };
  if (typeof value === "object" && value !== null) {
    if (isArtifactFile(value)) return encodeFile(value.path);
    const pieces = streamOf(value);
    if (pieces !== undefined) return { materializer: "stream@1", type: "stream", body: { pieces } };
    const bytes = bytesOf(value);
    if (bytes !== undefined) return bytes;
  }
  const walked = walk(value);
  if (typeof walked === "object") return walked;
  const type = typeOf(value);
  try {
    if (walked === "json") return { materializer: "json@1", type, body: Buffer.from(JSON.stringify(value)) };
    const { stringify } = await import("devalue");
    const text = stringify(value, undefined, { operations: { viewInfo: ownBytes } });
    return { materializer: "structured@1", type, body: Buffer.from(text) };
  } catch (error) {
    // V8 has no text longer than 512 MB, and the stack an end.
    return {
      path: [],
      what: `data that cannot be written as one text (${error instanceof Error ? error.message : String(error)})`,
      todo: "Return typed arrays as outputs of their own, or write a file and return file(path).",
    };
  }
}

async function encodeFile(path: string): Promise<Encoded | Obstacle> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true)
    return {
      path: [],
      what: found === undefined ? `a file that is not there (${path})` : `a path that is no file (${path})`,
      todo:
        found === undefined
          ? "Write the file before the step returns."
          : "Pack a folder into one file (tar, zip), or return a file an output.",
    };
  return { materializer: "file@1", type: "file", details: { name: basename(path) }, body: { file: path } };
}

/** The pieces of a web stream or a Node stream. Other async iterables are no streams: their class needs a materializer. */
function streamOf(value: object): AsyncIterable<Uint8Array | string> | undefined {
  const isStream =
    value instanceof ReadableStream || ("pipe" in value && typeof value.pipe === "function" && "readable" in value);
  return isStream && Symbol.asyncIterator in value ? (value as AsyncIterable<Uint8Array | string>) : undefined;
}

function bytesOf(value: object): Encoded | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = (type: string, body: Uint8Array): Encoded => ({
    materializer: "bytes@1",
    type,
    details: { kind: type },
    body,
  });
  if (prototype === Buffer.prototype) return plain("Buffer", value as Buffer);
  if (prototype === Uint8Array.prototype) return plain("Uint8Array", value as Uint8Array);
  if (prototype === ArrayBuffer.prototype) return plain("ArrayBuffer", new Uint8Array(value as ArrayBuffer));
  const kind = typedArrayKinds.find(({ prototype: known }) => known === prototype);
  if (kind === undefined) return undefined;
  const array = value as TypedArray;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return {
    materializer: "typed-array@1",
    type: `${kind.name}(${array.length})`,
    details: { kind: kind.name, length: array.length },
    body: littleEndian(bytes, array.BYTES_PER_ELEMENT),
  };
}

const typedArrayKinds = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** Stored bytes are little-endian on any machine. */
function littleEndian(bytes: Uint8Array, width: number): Uint8Array {
  if (width === 1 || endianness() === "LE") return bytes;
  const swapped = Buffer.from(bytes);
  return width === 2 ? swapped.swap16() : width === 4 ? swapped.swap32() : swapped.swap64();
}

/** Structured data keeps a view's own bytes only: the buffer behind it may be large, or hold somebody else's data. */
function ownBytes(view: unknown): {
  buffer: ArrayBufferLike;
  byteOffset: number;
  byteLength: number;
  length: number;
  bufferByteLength: number;
} {
  const given = view as ArrayBufferView & { readonly length?: number };
  const copied = given.buffer.slice(given.byteOffset, given.byteOffset + given.byteLength);
  const { byteLength } = given;
  return {
    buffer: copied,
    byteOffset: 0,
    byteLength,
    length: given.length ?? byteLength,
    bufferByteLength: byteLength,
  };
}

/** Reads what a built-in materializer wrote; `undefined` when it was none. Throws ZENLITE_ARTIFACT_CORRUPT. */
export function decoderOf(materializer: string): ((stored: Stored) => Promise<unknown>) | undefined {
  return decoders.get(materializer);
}

const text = async ({ store, manifest, call }: Stored): Promise<string> => {
  const bytes = await readAll(store, manifest, call);
  return Buffer.from(bytes.buffer, 0, bytes.length).toString();
};

const decoders: ReadonlyMap<string, (stored: Stored) => Promise<unknown>> = new Map([
  ["void@1", async () => undefined],
  ["json@1", async (stored: Stored): Promise<unknown> => JSON.parse(await text(stored))],
  [
    "structured@1",
    async (stored: Stored): Promise<unknown> => {
      const { parse } = await import("devalue");
      return parse(await text(stored));
    },
  ],
  [
    "bytes@1",
    async ({ store, manifest, call }: Stored): Promise<unknown> => {
      const bytes = await readAll(store, manifest, call);
      const { kind } = detailsOf(manifest);
      return kind === "Buffer" ? Buffer.from(bytes.buffer) : kind === "ArrayBuffer" ? bytes.buffer : bytes;
    },
  ],
  ["typed-array@1", decodeTypedArray],
  ["stream@1", async ({ store, manifest, call }: Stored): Promise<unknown> => readVerified(store, manifest, call)],
  [
    "file@1",
    async ({ store, manifest, call, folder }: Stored): Promise<unknown> => {
      await mkdir(folder, { recursive: true });
      const { name } = detailsOf(manifest);
      // The name comes from a record: it must not lead out of the folder.
      const path = join(folder, typeof name === "string" ? basename(name) || "file" : "file");
      await readToFile(store, manifest, path, call);
      return file(path);
    },
  ],
]);

async function decodeTypedArray({ store, manifest, call }: Stored): Promise<unknown> {
  const bytes = await readAll(store, manifest, call);
  const { kind } = detailsOf(manifest);
  const constructor = typedArrayKinds.find(({ name }) => name === kind);
  if (constructor === undefined)
    throw new ZenliteError(
      "ZENLITE_ARTIFACT_CORRUPT",
      `Artifact ${manifest.key} is a typed array of the unknown kind ${JSON.stringify(kind)}.`,
      {
        fault: "environment",
      },
    );
  const ordered = littleEndian(bytes, constructor.BYTES_PER_ELEMENT);
  return new constructor(
    ordered.buffer as ArrayBuffer,
    ordered.byteOffset,
    ordered.length / constructor.BYTES_PER_ELEMENT,
  );
}

function detailsOf(manifest: Manifest): { readonly [key: string]: Json } {
  return isJsonObject(manifest.details) ? manifest.details : {};
}
