// What a read does when connections break, bytes change and objects change, and with objects that another tool has written.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { type ArtifactStore, hasCode } from "@zenlite/core";
import { beforeAll, expect, test } from "vitest";
import { endpoint, onAws } from "./aws-here.ts";
import { bareClient, call, makeBucket, open } from "./open.ts";
import { type Fault, type Proxy, proxy, type Seen } from "./proxy.ts";

const mebibyte = 1024 ** 2;
const isGet = ({ method, url }: Seen): boolean => method === "GET" && url.pathname.split("/").length > 2;

/** Bytes of which no two mebibytes are alike. */
function pattern(bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let index = 0; index + 4 <= bytes; index += 4) body.writeUInt32LE(Math.imul(index, 2654435761) >>> 0, index);
  return body;
}

async function all(store: ArtifactStore, key: string, from = 0): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.read(key, { ...call, from })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** For reads that are to fail: a test that shows 20 MiB has no use. */
async function sizeOf(store: ArtifactStore, key: string): Promise<number> {
  return (await all(store, key)).length;
}

function times(count: number, fits: (seen: Seen) => boolean, fault: Fault): (seen: Seen) => Fault | undefined {
  let left = count;
  return (seen) => {
    if (!fits(seen) || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

onAws("reads", () => {
  let bucket = "";
  const client = bareClient();
  const small = pattern(100_003);
  const large = pattern(21 * mebibyte + 5);
  beforeAll(async () => {
    bucket = await makeBucket();
    await using store = await open({ path: `s3://${bucket}` });
    await store.write("small", small, { ...call, if: "absent" });
    await store.write("large", large, { ...call, if: "absent" });
    await store.write("empty", new Uint8Array(0), { ...call, if: "absent" });
  });

  async function through(decide: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>) {
    const between = await proxy(endpoint, decide);
    const store = await open({ path: `s3://${bucket}`, endpoint: between.endpoint });
    return {
      store,
      between,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await between[Symbol.asyncDispose]();
      },
    };
  }

  const ranges = ({ seen }: Proxy): string[] => seen.flatMap(({ headers }) => headers.range ?? []);
  const parts = ({ seen }: Proxy): (string | null)[] => seen.map(({ url }) => url.searchParams.get("partNumber"));

  test("a small object is one request, a large one a request for each part", async () => {
    await using quiet = await through(() => undefined);
    expect((await all(quiet.store, "small")).equals(small)).toBe(true);
    expect(parts(quiet.between)).toEqual(["1"]);
    expect((await all(quiet.store, "large")).equals(large)).toBe(true);
    expect(parts(quiet.between)).toEqual(["1", "1", "2", "3"]);
    expect((await all(quiet.store, "empty")).length).toBe(0);
  });

  test("a connection that breaks is gone on with from the byte where it broke, of the same version", async () => {
    await using breaking = await through(times(2, isGet, { half: "cut" }));
    expect((await all(breaking.store, "small")).equals(small)).toBe(true);
    expect(ranges(breaking.between)).toHaveLength(2);
    const [first, second] = breaking.between.seen.slice(1);
    expect(first?.headers.range).toBe(`bytes=${small.length >> 1}-${small.length - 1}`);
    expect(second?.headers["if-match"]).toMatch(/^"[0-9a-f]+"$/);
    await using breakingLarge = await through(times(6, isGet, { half: "cut" }));
    expect((await all(breakingLarge.store, "large")).equals(large)).toBe(true);
  });

  test("half a body that looks whole is noticed and completed", async () => {
    await using cutting = await through(times(3, isGet, { half: "whole" }));
    expect((await all(cutting.store, "small")).equals(small)).toBe(true);
    await using cuttingLarge = await through(times(3, isGet, { half: "whole" }));
    expect((await all(cuttingLarge.store, "large")).equals(large)).toBe(true);
  });

  test("a byte that changed on its way is never given on: the part is asked for again, and refused where it stays wrong", async () => {
    await using once = await through(times(1, isGet, { flip: "answer" }));
    expect((await all(once.store, "small")).equals(small)).toBe(true);
    await using twice = await through(times(2, isGet, { flip: "answer" }));
    expect((await all(twice.store, "large")).equals(large)).toBe(true);
    await using always = await through((seen) => (isGet(seen) ? { flip: "answer" } : undefined));
    await expect(always.store.read("small", call)).rejects.toSatisfy((error) => hasCode(error, "ZENLITE_S3_CORRUPT"));
  });

  test("a connection that brings nothing more, however often, ends the read", async () => {
    const headers = { etag: '"1"', "content-range": "bytes 500-999/1000" };
    let begun = false;
    await using breaking = await through((seen) => {
      if (!isGet(seen)) return undefined;
      const first = {
        status: 206,
        code: "",
        headers: { ...headers, "content-range": "bytes 0-999/1000" },
        body: "x".repeat(500),
      };
      const answer = begun ? { status: 206, code: "", headers, body: "" } : first;
      begun = true;
      return { answer };
    });
    await expect(sizeOf(breaking.store, "small")).rejects.toSatisfy((error) =>
      hasCode(error, "ZENLITE_S3_UNREACHABLE"),
    );
    expect(ranges(breaking.between)).toEqual(Array.from({ length: 6 }, () => "bytes=500-999"));
  });

  test("`from` asks for the part that it lies in, and the bytes are checked all the same", async () => {
    await using quiet = await through(() => undefined);
    for (const [from, asked] of [
      [8 * mebibyte, ["2", "3"]],
      [8 * mebibyte - 1, ["1", "2", "3"]],
      [20 * mebibyte + 7, ["3"]],
      [large.length, ["3"]],
    ] as const) {
      quiet.between.seen.length = 0;
      expect((await all(quiet.store, "large", from)).equals(large.subarray(from))).toBe(true);
      expect(parts(quiet.between)).toEqual(asked);
    }
    expect((await all(quiet.store, "large", 100 * mebibyte)).length).toBe(0);
    expect((await all(quiet.store, "small", 100_000)).equals(small.subarray(100_000))).toBe(true);
    await using flipping = await through(times(1, isGet, { flip: "answer" }));
    expect((await all(flipping.store, "large", 9 * mebibyte)).equals(large.subarray(9 * mebibyte))).toBe(true);
  });

  test("what another tool has written is read too, in whatever parts it has them", async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "foreign/one", Body: large }));
    for (const partSize of [5 * mebibyte, 20 * mebibyte])
      await new Upload({
        client,
        partSize,
        params: { Bucket: bucket, Key: `foreign/${partSize}`, Body: large, ChecksumAlgorithm: "SHA256" },
      }).done();
    await using store = await open({ path: `s3://${bucket}/foreign` });
    for (const key of ["one", String(5 * mebibyte), String(20 * mebibyte)]) {
      expect((await all(store, key)).equals(large)).toBe(true);
      for (const from of [1, 6 * mebibyte, 20 * mebibyte + 1, large.length])
        expect((await all(store, key, from)).equals(large.subarray(from))).toBe(true);
      expect(await store.stat(key, call)).toMatchObject({ bytes: large.length });
    }
  });

  test("a large object is streamed: broken and changed bytes are noticed there too", async () => {
    const key = `foreign/${20 * mebibyte}`;
    await using breaking = await through(times(3, isGet, { half: "cut" }));
    expect((await all(breaking.store, key)).equals(large)).toBe(true);
    await using flipping = await through(times(1, isGet, { flip: "answer" }));
    await expect(sizeOf(flipping.store, key)).rejects.toSatisfy((error) => hasCode(error, "ZENLITE_S3_CORRUPT"));
  });

  test("an object that is written anew while it is read: an error, never a mixture", async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "changing", Body: "x" }));
    await using store = await open({ path: `s3://${bucket}` });
    await store.write("changing", large, { ...call, if: "always" });
    await using changing = await through(async ({ url }) => {
      if (url.searchParams.get("partNumber") === "2")
        await store.write("changing", large.subarray(1), { ...call, if: "always" });
      return undefined;
    });
    await expect(sizeOf(changing.store, "changing")).rejects.toSatisfy((error) => hasCode(error, "ZENLITE_S3_CHANGED"));
    await using vanishing = await through(async ({ url }) => {
      if (url.searchParams.get("partNumber") === "2")
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "changing" }));
      return undefined;
    });
    await expect(sizeOf(vanishing.store, "changing")).rejects.toSatisfy((error) =>
      hasCode(error, "ZENLITE_S3_CHANGED"),
    );
  });

  test("a small key that changes between the pieces of its one part is read anew", async () => {
    await using store = await open({ path: `s3://${bucket}` });
    await store.write("lease", Buffer.from("before".repeat(1000)), { ...call, if: "always" });
    let first = true;
    await using breaking = await through(async (seen) => {
      if (!isGet(seen)) return undefined;
      if (first) {
        first = false;
        return { half: "cut" };
      }
      if (seen.headers.range !== undefined) await store.write("lease", Buffer.from("after"), { ...call, if: "always" });
      return undefined;
    });
    expect((await all(breaking.store, "lease")).toString()).toBe("after");
  });

  test("a reader that stops ends what is under way", async () => {
    await using quiet = await through(() => undefined);
    const reader = (await quiet.store.read("large", call)).getReader();
    await reader.read();
    await reader.cancel();
    await expect(reader.read()).resolves.toEqual({ done: true, value: undefined });
  });
});
