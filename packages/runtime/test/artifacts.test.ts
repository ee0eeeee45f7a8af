// Values to the store and back: every kind by its own materializer, verified on the way back.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "@zenlite/core";
import { file, isArtifactFile, materializer, type AnyMaterializer } from "@zenlite/pipeline";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadArtifact, storeArtifact } from "../src/index.ts";
import { call, openPlace, type Place } from "./support.ts";

let place: Place;
let count = 0;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

function save(value: unknown, materializers: readonly AnyMaterializer[] = []): Promise<Manifest> {
  count += 1;
  return storeArtifact(value, {
    store: place.store,
    call,
    step: "maker",
    output: "model",
    key: `artifacts/${count}`,
    materializers,
  });
}

function load(manifest: Manifest, materializers: readonly AnyMaterializer[] = []): Promise<unknown> {
  return loadArtifact(manifest, {
    store: place.store,
    materializers,
    call,
    scratchFolder: join(place.folder, "scratch"),
  });
}

async function bytesOf(manifest: Manifest): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await place.store.read(manifest.key, call)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Stored over what is there, as a faulty disk would. */
async function damage(manifest: Manifest, change: (bytes: Buffer) => Buffer): Promise<void> {
  await place.store.write(manifest.key, change(await bytesOf(manifest)), { ...call, if: "always" });
}

async function collect(stream: unknown): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream as ReadableStream<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe("data", () => {
  it("that is JSON is stored as JSON that people can read", async () => {
    const value = {
      name: "svm",
      weights: [
        [1, 2.5],
        [3, 4],
      ],
      done: true,
      nothing: null,
    };
    const manifest = await save(value);
    const stored = await bytesOf(manifest);
    expect(stored.toString()).toBe(JSON.stringify(value));
    expect(manifest).toEqual({
      format: 1,
      materializer: "json@1",
      type: "object",
      bytes: stored.length,
      digest: `sha256:${createHash("sha256").update(stored).digest("hex")}`,
      key: manifest.key,
    });
    expect(await load(manifest)).toEqual(value);
  });

  it("that is JSON comes back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(isDeepStrictEqual(await load(await save(value)), value)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("of any other kind comes back as it was, at any depth", async () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(undefined, null, Number.NaN, -0, Infinity, "__proto__", ""),
        fc.double(),
        fc.bigInt(),
        fc.string({ unit: "grapheme" }),
        fc.date({ noInvalidDate: false }),
        fc.float64Array(),
        fc.uint8Array(),
        fc.bigInt64Array(),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc
          .dictionary(fc.string(), tie("tree"), { maxKeys: 4, noNullPrototype: false })
          .filter((record) => !Object.hasOwn(record, "__proto__")),
        fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.array(tie("tree"), { maxLength: 3 }).map((items) => new Set(items)),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const back = await load(await save({ value }.value === undefined ? [value] : value));
        expect(isDeepStrictEqual(back, value === undefined ? [value] : value)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("may have cycles and shared parts", async () => {
    const shared = { a: 1 };
    const value: { left: object; right: object; self?: unknown } = { left: shared, right: shared };
    value.self = value;
    const manifest = await save(value);
    expect(manifest.materializer).toBe("structured@1");
    const back = (await load(manifest)) as typeof value;
    expect(back.self).toBe(back);
    expect(back.left).toBe(back.right);
  });

  it("keeps holes, boxed values, regular expressions, URLs and views of larger buffers", async () => {
    const pool = Buffer.from("a secret of somebody else");
    const value: unknown[] = [];
    value.length = 1;
    value.push(
      /a+/gi,
      new URL("https://example.org/a?b"),
      new URLSearchParams("a=1"),
      Object(5),
      new Float32Array([1, 2, 3, 4]).subarray(1, 3),
      new DataView(new ArrayBuffer(4)),
      pool.subarray(0, 1),
    );
    const manifest = await save(value);
    expect((await bytesOf(manifest)).toString()).not.toContain(Buffer.from("secret").toString("base64").slice(0, 4));
    const back = (await load(manifest)) as unknown[];
    expect(0 in back).toBe(false);
    expect(back.slice(1, -1)).toEqual(value.slice(1, -1));
    expect(back.at(-1)).toEqual(Uint8Array.of(97));
  });

  it("has a readable type", async () => {
    const typeOf = async (value: unknown): Promise<string> => (await save(value)).type;
    expect(
      await Promise.all([1, "a", true, null, [[1]], [], { a: 1 }, new Map(), new Date(), 1n, undefined].map(typeOf)),
    ).toEqual([
      "number",
      "string",
      "boolean",
      "null",
      "number[][]",
      "list",
      "object",
      "Map",
      "Date",
      "bigint",
      "undefined",
    ]);
  });

  class Model {
    readonly weights = [1];
  }
  class Scores extends Map<string, number> {}
  const deep: unknown[] = [];
  let inner = deep;
  for (let depth = 0; depth < 200_000; depth += 1) inner.push((inner = []));
  it.each<[string, unknown, string, string]>([
    ["an instance", new Model(), "model is an instance of Model", "materializer({"],
    [
      "an instance inside",
      { models: [1, { best: new Model() }] },
      "model.models[1].best is an instance of Model",
      "{ ...model }",
    ],
    [
      "a subclass of what could be stored",
      { scores: new Scores() },
      "model.scores is an instance of Scores",
      "materializer({",
    ],
    ["an instance in a map", new Map([["best", new Model()]]), "model.get(best) is an instance of Model", "file(path)"],
    ["an instance in a set", new Set([new Model()]), "model[0] is an instance of Model", "file(path)"],
    ["a function", { "the score": () => 1 }, 'model["the score"] is the function the score', "data only"],
    ["a symbol", [Symbol("s")], "model[0] is a symbol", "text"],
    ["a promise", { later: Promise.resolve(1) }, "model.later is a promise", "Await it"],
    ["a weak map", { weak: new WeakMap() }, "model.weak is an instance of WeakMap", "materializer({"],
    ["an error", new Error("x"), "model is an instance of Error", "materializer({"],
    ["a file inside", { report: file("a.txt") }, "model.report is a file inside", "of its own"],
    ["a stream inside", [new ReadableStream()], "model[0] is a stream", "of its own"],
    ["symbols as keys", { [Symbol("s")]: 1 }, "model is an object with symbols as keys", "texts"],
    ["too deep", deep, "model is data nested more deeply", "flat"],
  ])("that cannot be stored is told by its path: %s", async (_, value, said, todo) => {
    await expect(save(value)).rejects.toMatchObject({
      code: "ZENLITE_OUTPUT_NOT_SERIALISABLE",
      message: expect.stringContaining(`Step "maker", output "model": ${said}`),
      hint: expect.stringContaining(todo),
    });
  });
});

describe("bytes and typed arrays", () => {
  it.each([
    ["Buffer", Buffer.from("bytes")],
    ["Uint8Array", Uint8Array.of(1, 2, 3)],
    ["ArrayBuffer", Uint8Array.of(4, 5).buffer],
    ["empty Buffer", Buffer.alloc(0)],
  ])("are stored as they are: %s", async (_, value) => {
    const manifest = await save(value);
    expect(manifest.materializer).toBe("bytes@1");
    expect(await bytesOf(manifest)).toEqual(Buffer.from(value as Uint8Array));
    const back = await load(manifest);
    expect(back).toEqual(value);
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(value));
  });

  const arrays = [
    Int8Array.of(-1, 2),
    Uint8ClampedArray.of(1, 255),
    Int16Array.of(-1, 2),
    Uint16Array.of(1, 2),
    Int32Array.of(-1, 2),
    Uint32Array.of(1, 2),
    Float32Array.of(1.5, Number.NaN),
    Float64Array.of(1.5, -0),
    BigInt64Array.of(-1n),
    BigUint64Array.of(1n, 2n),
  ];
  it.each(arrays.map((array) => [array.constructor.name, array] as const))(
    "are plain little-endian binary: %s",
    async (kind, array) => {
      const manifest = await save(array);
      expect(manifest).toMatchObject({
        materializer: "typed-array@1",
        type: `${kind}(${array.length})`,
        bytes: array.byteLength,
        details: { kind, length: array.length },
      });
      const back = await load(manifest);
      expect(isDeepStrictEqual(back, array)).toBe(true);
    },
  );

  it("of part of a buffer hold that part", async () => {
    const whole = Float64Array.of(1, 2, 3, 4);
    const manifest = await save(whole.subarray(1, 3));
    expect(manifest.bytes).toBe(16);
    expect((await bytesOf(manifest)).readDoubleLE(0)).toBe(2);
    expect(await load(manifest)).toEqual(Float64Array.of(2, 3));
  });
});

describe("files", () => {
  it("travel with their name, and come back as a copy", async () => {
    const path = join(place.folder, "table.csv");
    const text = "a,b\n".repeat(800_000);
    await writeFile(path, text);
    const manifest = await save(file(path));
    expect(manifest).toMatchObject({
      materializer: "file@1",
      type: "file",
      bytes: text.length,
      details: { name: "table.csv" },
    });
    expect(manifest.digest).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
    const back = await load(manifest);
    if (!isArtifactFile(back)) throw new Error("no file came back");
    expect(basename(back.path)).toBe("table.csv");
    expect(back.path).not.toBe(path);
    expect(await readFile(back.path, "utf8")).toBe(text);
  });

  it("never leave their folder, whatever a record says", async () => {
    const path = join(place.folder, "small.txt");
    await writeFile(path, "small");
    const manifest = await save(file(path));
    const back = await load({ ...manifest, details: { name: "../../../escaped.txt" } });
    expect((back as { path: string }).path.startsWith(join(place.folder, "scratch"))).toBe(true);
  });

  it.each([
    ["nothing.csv", "is a file that is not there"],
    [".", "is a path that is no file"],
  ])("that are none are told: %s", async (name, said) => {
    await expect(save(file(join(place.folder, name)))).rejects.toMatchObject({
      code: "ZENLITE_OUTPUT_NOT_SERIALISABLE",
      message: expect.stringContaining(said),
    });
  });
});

describe("streams", () => {
  const pieces = Array.from({ length: 300 }, (_, index) => Buffer.alloc(10_000, index % 256));

  it.each<[string, () => unknown]>([
    ["a web stream", () => ReadableStream.from(pieces)],
    ["a Node stream", () => Readable.from(pieces, { objectMode: false })],
    ["a Node stream of texts", () => Readable.from(pieces.map((piece) => piece.toString("latin1")))],
  ])("are stored as they come: %s", async (kind, make) => {
    const manifest = await save(make());
    expect(manifest).toMatchObject({ materializer: "stream@1", type: "stream" });
    const back = await load(manifest);
    expect(back).toBeInstanceOf(ReadableStream);
    const all = Buffer.concat(pieces);
    const read = await collect(back);
    expect(read.equals(kind.endsWith("texts") ? Buffer.from(all.toString("latin1")) : all)).toBe(true);
  });

  it("of something else than bytes are refused", async () => {
    await expect(save(Readable.from([{ row: 1 }]))).rejects.toMatchObject({
      code: "ZENLITE_OUTPUT_NOT_STORED",
      message: expect.stringContaining("gives bytes or texts; this one gave an instance of Object"),
    });
  });

  it("that fail leave nothing in the store", async () => {
    const failing = ReadableStream.from(
      (async function* () {
        yield* pieces;
        throw new Error("the socket was closed");
      })(),
    );
    await expect(save(failing)).rejects.toMatchObject({ message: expect.stringContaining("the socket was closed") });
    expect(await place.store.stat(`artifacts/${count}`, call)).toBeUndefined();
  });
});

describe("damaged artifacts", () => {
  const flip = (bytes: Buffer): Buffer => Buffer.from(bytes).fill((bytes[0] ?? 0) ^ 1, 0, 1);
  const cut = (bytes: Buffer): Buffer => bytes.subarray(1);
  const grow = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.from("x")]);
  const path = (): string => join(place.folder, "whole.bin");
  const values: [string, () => unknown][] = [
    ["json", () => ({ a: 1 })],
    ["structured", () => new Map([["a", 1]])],
    ["bytes", () => Buffer.from("bytes")],
    ["typed array", () => Float64Array.of(1, 2)],
    ["file", () => file(path())],
    ["stream", () => ReadableStream.from([Buffer.from("stream")])],
  ];
  it.each(
    values.flatMap(([kind, make]) =>
      [
        ["flipped", flip],
        ["cut", cut],
        ["grown", grow],
      ].map(([how, change]) => ({ kind, how, make, change })),
    ),
  )("are found: $kind, $how", async ({ kind, make, change }) => {
    await writeFile(path(), "a file");
    const manifest = await save(make());
    await damage(manifest, change as (bytes: Buffer) => Buffer);
    const reading = kind === "stream" ? load(manifest).then(collect) : load(manifest);
    await expect(reading).rejects.toMatchObject({
      code: "ZENLITE_ARTIFACT_CORRUPT",
      message: expect.stringContaining(manifest.key),
    });
  });

  it("that are gone are found", async () => {
    const manifest = await save({ a: 1 });
    await place.store.delete([manifest.key], call);
    await expect(load(manifest)).rejects.toMatchObject({ code: "ZENLITE_NOT_FOUND" });
  });
});

describe("materializers of one's own", () => {
  class Model {
    readonly weights: Float64Array;
    constructor(weights: Float64Array) {
      this.weights = weights;
    }
  }
  const model = materializer<Model>({
    name: "model",
    version: "3",
    matches: (value) => value instanceof Model,
    async save(value, sink) {
      // One buffer for all pieces: what is written must have been taken by then.
      const buffer = Buffer.alloc(8);
      for (const weight of value.weights) {
        buffer.writeDoubleLE(weight);
        await sink.write(buffer);
      }
      return { size: value.weights.length };
    },
    async load(source) {
      const bytes = await source.bytes();
      expect(source.details).toEqual({ size: bytes.length / 8 });
      return new Model(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8));
    },
  });

  it.each([10, 400_000])("come before the built-in ones, for %i numbers", async (size) => {
    const value = new Model(Float64Array.from({ length: size }, (_, index) => index));
    const manifest = await save(value, [model]);
    expect(manifest).toMatchObject({ materializer: "model@3", type: "Model", bytes: size * 8, details: { size } });
    const back = await load(manifest, [model]);
    expect(back).toBeInstanceOf(Model);
    expect((back as Model).weights).toEqual(value.weights);
  });

  it("may write and read files and streams", async () => {
    const path = join(place.folder, "model.bin");
    await writeFile(path, "from a file");
    const parts = materializer<Model>({
      name: "parts",
      type: "weights",
      matches: (value) => value instanceof Model,
      async save(_value, sink) {
        await sink.write("text, ");
        await sink.stream(Readable.from([Buffer.from("a stream, ")]));
        await sink.file(path);
      },
      async load(source) {
        const copies = [
          await source.text(),
          (await collect(source.stream())).toString(),
          await readFile(await source.file(), "utf8"),
        ];
        expect(new Set(copies)).toEqual(new Set(["text, a stream, from a file"]));
        expect(source.size).toBe(copies[0]?.length);
        return new Model(new Float64Array());
      },
    });
    const manifest = await save(new Model(new Float64Array()), [parts]);
    expect(manifest.type).toBe("weights");
    expect(await load(manifest, [parts])).toBeInstanceOf(Model);
  });

  it("that throw are named", async () => {
    const broken = materializer<Model>({
      name: "broken",
      matches: (value) => value instanceof Model,
      save: () => {
        throw new Error("no pickle here");
      },
      load: () => new Model(new Float64Array()),
    });
    await expect(save(new Model(new Float64Array()), [broken])).rejects.toMatchObject({
      code: "ZENLITE_OUTPUT_NOT_STORED",
      message: 'Step "maker", output "model": it could not be stored by the materializer "broken": no pickle here',
    });
  });

  it("that are gone are asked for", async () => {
    const manifest = await save(new Model(new Float64Array()), [model]);
    await expect(load(manifest)).rejects.toMatchObject({
      code: "ZENLITE_MATERIALIZER_MISSING",
      message: expect.stringContaining("model@3"),
    });
  });
});
