// Listings, deletes and unfinished uploads, as far as the conformance suite does not see them.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type ArtifactStore, hasCode } from "@zenlite/core";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { endpoint, onAws } from "./aws-here.ts";
import { bareClient, call, makeBucket, open } from "./open.ts";
import { type Fault, proxy, type Seen } from "./proxy.ts";

async function keysOf(store: ArtifactStore, prefix: string, after = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { ...call, after })) keys.push(key);
  return keys;
}

onAws("listing and deleting", () => {
  let bucket = "";
  const client = bareClient();
  beforeAll(async () => {
    bucket = await makeBucket();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const isList = ({ url }: Seen): boolean => url.searchParams.has("list-type");
  const isDelete = ({ url }: Seen): boolean => url.searchParams.has("delete");

  test("1,001 keys come page by page, and go a thousand to a request", async () => {
    await using between = await proxy(endpoint, () => undefined);
    await using store = await open({ path: `s3://${bucket}/many`, endpoint: between.endpoint });
    await using quiet = await open({ path: `s3://${bucket}/many` });
    const keys = Array.from({ length: 1001 }, (_, index) => `k/${String(index).padStart(4, "0")}`);
    const waiting = keys.values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const key of waiting) await quiet.write(key, new Uint8Array(0), { ...call, if: "always" });
      }),
    );
    expect(await keysOf(store, "k/")).toEqual(keys);
    expect(between.seen.filter(isList)).toHaveLength(2);
    expect(await keysOf(store, "", "k/0998")).toEqual(["k/0999", "k/1000"]);
    await store.delete(keys, call);
    expect(between.seen.filter(isDelete)).toHaveLength(2);
    expect(await keysOf(store, "")).toEqual([]);
  });

  test("half a page is never taken for a whole one", async () => {
    await using quiet = await open({ path: `s3://${bucket}/half` });
    for (let index = 0; index < 20; index += 1)
      await quiet.write(`k/${index}`, Buffer.from("x"), { ...call, if: "absent" });
    const expected = await keysOf(quiet, "k/");
    let left = 2;
    await using between = await proxy(endpoint, (seen): Fault | undefined =>
      isList(seen) && (left -= 1) >= 0 ? { half: left === 0 ? "whole" : "cut" } : undefined,
    );
    await using store = await open({ path: `s3://${bucket}/half`, endpoint: between.endpoint });
    expect(await keysOf(store, "k/")).toEqual(expected);
  });

  test("objects that a console makes for folders are no keys", async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "folders/", ContentLength: 0 }));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "folders/a/", ContentLength: 0 }));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "folders/a/b", Body: "x" }));
    await using store = await open({ path: `s3://${bucket}/folders/` });
    expect(await keysOf(store, "")).toEqual(["a/b"]);
  });

  test("keys that XML cannot write, and such that only look encoded", async () => {
    await using store = await open({ path: `s3://${bucket}/odd` });
    const keys = ["a\u0001b", "line\r\nbreak", "plus+plus", "per%20cent", "\u007f"];
    for (const key of keys) await store.write(key, Buffer.from(key), { ...call, if: "absent" });
    expect(new Set(await keysOf(store, ""))).toEqual(new Set(keys));
    await store.delete(keys, call);
    expect(await keysOf(store, "")).toEqual([]);
  });

  test("a delete that S3 was too busy for is repeated for the keys that stay; one that is denied is an error that names one", async () => {
    const answers = [
      `<Error><Key>deleting/b</Key><Code>InternalError</Code><Message>busy</Message></Error>`,
      `<Error><Key>deleting/b</Key><Code>SlowDown</Code><Message>slow</Message></Error>`,
      "",
      `<Error><Key>deleting/b</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`,
    ].map((error) => `<?xml version="1.0"?><DeleteResult>${error}</DeleteResult>`);
    const asked: string[] = [];
    await using between = await proxy(endpoint, ({ body }): Fault => {
      asked.push(body.toString());
      return { answer: { status: 200, code: "", body: answers.shift() ?? "" } };
    });
    await using store = await open({ path: `s3://${bucket}/deleting`, endpoint: between.endpoint });
    await store.delete(["a", "b"], call);
    expect(asked.map((xml) => [...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key))).toEqual([
      ["deleting/a", "deleting/b"],
      ["deleting/b"],
      ["deleting/b"],
    ]);
    await expect(store.delete(["a", "b"], call)).rejects.toSatisfy(
      (error) => hasCode(error, "ZENLITE_S3_DENIED") && String(error).includes(`arn:aws:s3:::${bucket}/deleting/b`),
    );
  });

  test("uploads that nobody has ended are leftovers after a day, and can be deleted", async () => {
    const Key = "left/runs/a b+c/log";
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 1, Body: "x" }));
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "elsewhere/x" }));
    await using store = await open({ path: `s3://${bucket}/left` });
    expect(await keysOf(store, ".tmp/")).toEqual([]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * 3_600_000 });
    const leftovers = await keysOf(store, ".tmp/");
    expect(leftovers).toEqual([`.tmp/${UploadId}/runs/a b+c/log`]);
    expect(await keysOf(store, ".tmp/", leftovers[0])).toEqual([]);
    expect(await keysOf(store, "")).toEqual([]);
    await store.delete(leftovers, call);
    await store.delete(leftovers, call);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: "left/" }));
    expect(Uploads).toEqual([]);
    await expect(store.delete([".tmp/nothing"], call)).rejects.toSatisfy((error) =>
      hasCode(error, "ZENLITE_KEY_INVALID"),
    );
  });
});
