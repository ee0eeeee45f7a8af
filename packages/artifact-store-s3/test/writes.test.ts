// What a write does when its answer is lost, when it is aborted, and when others write the same key.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { hasCode } from "@zenlite/core";
import { beforeAll, expect, test } from "vitest";
import { endpoint, onAws } from "./aws-here.ts";
import { bareClient, call, makeBucket, open } from "./open.ts";
import { type Fault, type Proxy, proxy, type Seen } from "./proxy.ts";

const mebibyte = 1024 ** 2;
const isPut = ({ method, url }: Seen): boolean => method === "PUT" && !url.searchParams.has("partNumber");
const isPart = ({ method, url }: Seen): boolean => method === "PUT" && url.searchParams.has("partNumber");
const isComplete = ({ method, url }: Seen): boolean => method === "POST" && url.searchParams.has("uploadId");

/** The fault for the first request that fits, or for as many. */
function once(fits: (seen: Seen) => boolean, fault: Fault, times = 1): (seen: Seen) => Fault | undefined {
  let left = times;
  return (seen) => {
    if (!fits(seen) || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

/** Chunks of 1 MiB that differ; `pulled` counts them. */
function chunks(count: number, after?: () => Promise<void>) {
  const source = { pulled: 0, cancelled: undefined as unknown, stream: new ReadableStream<Uint8Array>() };
  source.stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (source.pulled === count) {
          await after?.();
          return controller.close();
        }
        controller.enqueue(new Uint8Array(mebibyte).fill(source.pulled));
        source.pulled += 1;
      },
      cancel: (reason) => void (source.cancelled = reason ?? "without a reason"),
    },
    { highWaterMark: 0 },
  );
  return source;
}

onAws("writes", () => {
  let bucket = "";
  const client = bareClient();
  beforeAll(async () => {
    bucket = await makeBucket();
  });

  async function through(
    decide: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>,
    answered?: (seen: Seen) => Promise<void>,
  ) {
    const between = await proxy(endpoint, decide, answered);
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

  async function stored(key: string): Promise<string> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? "";
  }

  async function uploadsOf(key: string): Promise<number> {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
    return Uploads.length;
  }

  const count = ({ seen }: Proxy, fits: (seen: Seen) => boolean): number => seen.filter(fits).length;

  test("a lost answer to a conditional write: the repeated one loses to it, and it has won", async () => {
    await using lost = await through(once(isPut, { cut: "answer" }));
    const written = await lost.store.write("lost", Buffer.from("mine"), { ...call, if: "absent" });
    expect(written).toEqual({ etag: (await lost.store.stat("lost", call))?.etag });
    expect(await stored("lost")).toBe("mine");
    expect(count(lost.between, isPut)).toBe(2);
  });

  test("the same for a change by etag, also where another writer has changed it since", async () => {
    await using quiet = await open({ path: `s3://${bucket}` });
    const first = await quiet.write("lease", Buffer.from("1"), { ...call, if: { etag: null } });
    let overwritten: unknown;
    await using lost = await through(once(isPut, { cut: "answer" }), async (seen) => {
      if (!isPut(seen) || overwritten !== undefined) return;
      const etag = (await quiet.stat("lease", call))?.etag ?? null;
      overwritten = await quiet.write("lease", Buffer.from("3"), { ...call, if: { etag } });
    });
    const etag = first === "conflict" ? null : first.etag;
    const second = await lost.store.write("lease", Buffer.from("2"), { ...call, if: { etag } });
    expect(second).not.toBe("conflict");
    expect(overwritten).not.toBe("conflict");
    expect(await stored("lease")).toBe("3");
    // What has been overwritten is no version any more.
    const late = second === "conflict" ? null : second.etag;
    expect(await quiet.write("lease", Buffer.from("4"), { ...call, if: { etag: late } })).toBe("conflict");
  });

  test("a write that never arrived, while another one did, is a conflict", async () => {
    await using quiet = await open({ path: `s3://${bucket}` });
    let other: unknown;
    await using lost = await through(async (seen) => {
      if (!isPut(seen) || other !== undefined) return undefined;
      other = await quiet.write("raced", Buffer.from("theirs"), { ...call, if: "absent" });
      return { cut: "before" };
    });
    expect(await lost.store.write("raced", Buffer.from("mine"), { ...call, if: "absent" })).toBe("conflict");
    expect(await stored("raced")).toBe("theirs");
  });

  test("the network goes for good after the write has taken place: it is still found out", async () => {
    let broken = false;
    await using lost = await through((seen) => {
      if (!isPut(seen)) return undefined;
      if (broken) return { answer: { status: 400, code: "SomethingElse" } };
      broken = true;
      return { cut: "answer" };
    });
    const written = await lost.store.write("last", Buffer.from("mine"), { ...call, if: "absent" });
    expect(written).toEqual({ etag: (await lost.store.stat("last", call))?.etag });
    await using refused = await through((seen) =>
      isPut(seen) ? { answer: { status: 400, code: "SomethingElse" } } : undefined,
    );
    await expect(refused.store.write("never", Buffer.from("x"), { ...call, if: "absent" })).rejects.toThrow(
      "SomethingElse",
    );
  });

  test("a lost answer to the end of an upload", async () => {
    for (const condition of ["always", "absent"] as const) {
      await using lost = await through(once(isComplete, { cut: "answer" }));
      const key = `large-${condition}`;
      const written = await lost.store.write(key, chunks(17).stream, { ...call, if: condition });
      expect(written).toEqual({ etag: (await lost.store.stat(key, call))?.etag });
      expect(count(lost.between, isComplete)).toBe(2);
      expect(await uploadsOf(key)).toBe(0);
    }
  });

  test("409 ConditionalRequestConflict: one request is repeated, an upload begins anew where its bytes are still there", async () => {
    const conflict: Fault = { answer: { status: 409, code: "ConditionalRequestConflict" } };
    await using busy = await through(once((seen) => isPut(seen) || isComplete(seen), conflict));
    await busy.store.write("small", Buffer.from("mine"), { ...call, if: "absent" });
    expect(await stored("small")).toBe("mine");

    await using busyUpload = await through(once(isComplete, conflict));
    const body = Buffer.alloc(9 * mebibyte, "a");
    expect(await busyUpload.store.write("large", body, { ...call, if: "absent" })).not.toBe("conflict");
    expect(count(busyUpload.between, isComplete)).toBe(2);
    expect(count(busyUpload.between, isPart)).toBe(4);

    await using busyStream = await through(once(isComplete, conflict));
    const streaming = busyStream.store.write("stream", chunks(9).stream, { ...call, if: "absent" });
    await expect(streaming).rejects.toSatisfy((error) => hasCode(error, "ZENLITE_S3_BUSY"));
    expect(await uploadsOf("stream")).toBe(0);
  });

  test("409 after which the key is there: a conflict, for a stream too", async () => {
    await using busy = await through(async (seen) => {
      if (!isComplete(seen)) return undefined;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: "there", Body: "theirs" }));
      return { answer: { status: 409, code: "ConditionalRequestConflict" } };
    });
    expect(await busy.store.write("there", chunks(9).stream, { ...call, if: "absent" })).toBe("conflict");
    expect(await stored("there")).toBe("theirs");
  });

  test("a part that fails for good ends the reading of the source, and nothing stays", async () => {
    await using denied = await through((seen) =>
      isPart(seen) && seen.url.searchParams.get("partNumber") === "2"
        ? { answer: { status: 403, code: "AccessDenied" } }
        : undefined,
    );
    const source = chunks(400);
    const writing = denied.store.write("failing", source.stream, { ...call, if: "always" });
    await expect(writing).rejects.toSatisfy((error) => hasCode(error, "ZENLITE_S3_DENIED"));
    expect(source.pulled).toBeLessThan(120);
    expect(source.cancelled).toBeDefined();
    expect(await uploadsOf("failing")).toBe(0);
    expect(await denied.store.stat("failing", call)).toBeUndefined();
  });

  test("an abort in the middle of an upload takes away what is there, and the write says why it ended", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    await using between = await through((seen) => {
      if (isPart(seen) && seen.url.searchParams.get("partNumber") === "3") stop.abort(reason);
      return undefined;
    });
    const source = chunks(400);
    const writing = between.store.write("aborted", source.stream, { signal: stop.signal, if: "always" });
    await expect(writing).rejects.toBe(reason);
    expect(source.cancelled).toBe(reason);
    expect(await uploadsOf("aborted")).toBe(0);
    expect(await between.store.stat("aborted", call)).toBeUndefined();
  });

  test("an abort while the last request is on its way comes too late: what is done is not called aborted", async () => {
    const stop = new AbortController();
    await using between = await through((seen) => {
      if (isPut(seen)) stop.abort(new Error("too late"));
      return undefined;
    });
    const written = await between.store.write("late", Buffer.from("done"), { signal: stop.signal, if: "absent" });
    expect(written).not.toBe("conflict");
    expect(await stored("late")).toBe("done");
  });

  test("a byte that is changed on its way is noticed by S3, and the body sent again", async () => {
    await using flipping = await through(once((seen) => isPut(seen) || isPart(seen), { flip: "request" }, 3));
    await flipping.store.write("flipped", Buffer.from("as it was"), { ...call, if: "absent" });
    expect(await stored("flipped")).toBe("as it was");
    expect(count(flipping.between, isPut)).toBe(4);
    await using flippingParts = await through(once(isPart, { flip: "request" }, 2));
    await flippingParts.store.write("flipped-parts", chunks(9).stream, { ...call, if: "always" });
    expect(count(flippingParts.between, isPart)).toBe(4);
    await using quiet = await open({ path: `s3://${bucket}` });
    let total = 0;
    for await (const chunk of await quiet.read("flipped-parts", call)) for (const byte of chunk) total += byte;
    expect(total).toBe(mebibyte * (0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
  });

  test("SHA-256 with every body; a KMS key with every object", async () => {
    await using between = await proxy(endpoint, () => undefined);
    const kmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    await using store = await open({ path: `s3://${bucket}`, endpoint: between.endpoint, kmsKeyId });
    await store.write("encrypted/small", Buffer.from("x"), { ...call, if: "absent" });
    await store.write("encrypted/large", chunks(9).stream, { ...call, if: "always" });
    const begun = between.seen.filter((seen) => isPut(seen) || seen.url.searchParams.has("uploads"));
    expect(begun).toHaveLength(2);
    for (const { headers } of begun)
      expect(headers).toMatchObject({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
      });
    const bodies = between.seen.filter((seen) => isPut(seen) || isPart(seen));
    expect(bodies).toHaveLength(3);
    for (const { headers } of bodies) expect(headers["x-amz-checksum-sha256"]).toMatch(/^[\w+/]{43}=$/);
    const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: "encrypted/large" }));
    expect(found).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId });
  });
});
