// A thousand operations through a network that fails at random: each does what it says or throws, and what is there at the end proves it.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { type ArtifactStore, hasCode } from "@zenlite/core";
import { expect, test } from "vitest";
import { endpoint, onAws } from "./aws-here.ts";
import { bareClient, call, makeBucket, open } from "./open.ts";
import { type Fault, proxy, type Seen, skewed, slowDown } from "./proxy.ts";

/** xorshift: the same faults each time, as far as the order of parallel requests is. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** One request in four meets a fault. Flipped bytes only where S3 has a checksum for them: on XML it has none, there TLS is what helps. */
function faultOf({ method, url, body }: Seen, next: () => number): Fault | undefined {
  if (next() > 0.25) return undefined;
  const object = url.pathname.split("/").length > 3 && method !== "HEAD" && method !== "POST" && method !== "DELETE";
  const faults: Fault[] = [slowDown, skewed(), { cut: "before" }, { cut: "answer" }, { half: "cut" }];
  if (body.length > 0) faults.push({ cut: "request" });
  if (object) faults.push({ flip: method === "PUT" ? "request" : "answer" });
  if (method === "GET") faults.push({ half: "whole" });
  return faults[Math.floor(next() * faults.length)];
}

type Outcome = "written" | "conflict" | "threw";

async function outcomeOf(writing: ReturnType<ArtifactStore["write"]>, thrown: unknown[]): Promise<Outcome> {
  try {
    return (await writing) === "conflict" ? "conflict" : "written";
  } catch (error) {
    thrown.push(error);
    return "threw";
  }
}

async function text(store: ArtifactStore, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.read(key, call)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

onAws("a network that fails", () => {
  test("1,000 operations: nothing is lost and nothing silently wrong", { timeout: 180_000 }, async () => {
    const bucket = await makeBucket();
    const next = random(20260822);
    let faults = 0;
    await using between = await proxy(endpoint, (seen) => {
      const fault = faultOf(seen, next);
      if (fault !== undefined) faults += 1;
      return fault;
    });
    await using store = await open({ path: `s3://${bucket}/store`, endpoint: between.endpoint });
    const thrown: unknown[] = [];
    const body = (name: string): string => `${name}:${"x".repeat(Math.floor(next() * 2000))}`;

    const alone = new Map<string, { readonly text: string; outcome: Outcome }>();
    const contended = new Map<string, { readonly texts: string[]; readonly outcomes: Outcome[] }>();
    const deleted: { readonly key: string; done: boolean }[] = [];
    const counter = { written: 0, threw: 0 };
    const wrong: string[] = [];

    const operations: (() => Promise<void>)[] = [];
    for (let index = 0; index < 250; index += 1)
      operations.push(async () => {
        const key = `alone/${index}`;
        const mine = body(key);
        const condition = index % 2 === 0 ? "always" : "absent";
        const outcome = await outcomeOf(store.write(key, Buffer.from(mine), { ...call, if: condition }), thrown);
        if (outcome === "conflict") wrong.push(`${key} has no other writer and met one`);
        alone.set(key, { text: mine, outcome });
      });
    for (let index = 0; index < 240; index += 1) {
      const key = `contended/${index % 80}`;
      const each = contended.get(key) ?? { texts: [], outcomes: [] };
      contended.set(key, each);
      const mine = body(`${key} by ${index}`);
      each.texts.push(mine);
      operations.push(async () => {
        each.outcomes[Math.floor(index / 80)] = await outcomeOf(
          store.write(key, Buffer.from(mine), { ...call, if: "absent" }),
          thrown,
        );
      });
    }
    // What is read, listed and deleted is written beforehand, without faults.
    await using quiet = await open({ path: `s3://${bucket}/store` });
    const stable = Array.from({ length: 40 }, (_, index) => `stable/${String(index).padStart(2, "0")}`);
    for (const key of stable) await quiet.write(key, Buffer.from(`${key} stands`), { ...call, if: "absent" });
    for (let index = 0; index < 290; index += 1)
      operations.push(async () => {
        const key = stable[index % stable.length] ?? "";
        try {
          const read = await text(store, key);
          if (read !== `${key} stands`) wrong.push(`${key} was read as ${read}`);
        } catch (error) {
          if (hasCode(error, "ZENLITE_NOT_FOUND")) wrong.push(`${key} was not found`);
          thrown.push(error);
        }
      });
    for (let index = 0; index < 60; index += 1)
      operations.push(async () => {
        try {
          const listed: string[] = [];
          for await (const { key } of store.list("stable/", call)) listed.push(key);
          if (listed.join() !== stable.join()) wrong.push(`a listing gave ${listed.length} keys`);
        } catch (error) {
          thrown.push(error);
        }
      });
    for (let index = 0; index < 60; index += 1) {
      const key = `deleted/${index}`;
      const each = { key, done: false };
      deleted.push(each);
      await quiet.write(key, Buffer.from("x"), { ...call, if: "absent" });
      operations.push(async () => {
        try {
          await store.delete([key], call);
          each.done = true;
        } catch (error) {
          thrown.push(error);
        }
      });
    }
    for (let index = 0; index < 60; index += 1)
      operations.push(async () => {
        try {
          const found = await store.stat(stable[index % stable.length] ?? "", call);
          if (found?.bytes !== "stable/00 stands".length) wrong.push(`stat gave ${JSON.stringify(found)}`);
        } catch (error) {
          thrown.push(error);
        }
      });
    for (let index = 0; index < 40; index += 1)
      operations.push(async () => {
        for (;;) {
          let etag: string | null;
          let value: string;
          try {
            etag = (await store.stat("counter", call))?.etag ?? null;
            value = etag === null ? "0" : await text(store, "counter");
          } catch (error) {
            return void thrown.push(error);
          }
          const next = Buffer.from(String(Number(value) + 1));
          const outcome = await outcomeOf(store.write("counter", next, { ...call, if: { etag } }), thrown);
          if (outcome === "written") counter.written += 1;
          if (outcome === "threw") counter.threw += 1;
          if (outcome !== "conflict") return;
        }
      });
    expect(operations).toHaveLength(1000);

    // Shuffled, so that kinds meet one another; sixteen at a time.
    const waiting = operations
      .map((operation) => ({ operation, order: next() }))
      .sort((left, right) => left.order - right.order)
      .values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const { operation } of waiting) await operation();
      }),
    );

    const client = bareClient();
    const stored = async (key: string): Promise<string | undefined> => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `store/${key}` }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    };
    for (const [key, { text: written, outcome }] of alone) {
      const there = await stored(key);
      if (there !== written && (outcome === "written" || there !== undefined))
        wrong.push(`${key}: ${outcome}, there is ${there}`);
    }
    for (const [key, { texts, outcomes }] of contended) {
      const there = await stored(key);
      const winners = texts.filter((_, index) => outcomes[index] === "written");
      if (winners.length > 1) wrong.push(`${key} has ${winners.length} winners`);
      if (winners.length === 1 && there !== winners[0]) wrong.push(`${key}: the winner is not there`);
      if (winners.length === 0 && !outcomes.includes("threw")) wrong.push(`${key}: nobody won`);
      if (there !== undefined && !texts.includes(there)) wrong.push(`${key} holds what nobody wrote`);
    }
    for (const { key, done } of deleted)
      if (done && (await stored(key)) !== undefined) wrong.push(`${key} is still there`);
    const value = Number(await stored("counter"));
    if (value < counter.written || value > counter.written + counter.threw)
      wrong.push(`the counter is ${value} after ${counter.written} additions, ${counter.threw} open`);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "store/stable/" }));
    expect(Contents).toHaveLength(stable.length);
    expect(wrong).toEqual([]);
    // Ten attempts against one fault in four: that an operation gives up is as good as impossible.
    expect(thrown).toEqual([]);
    expect(faults).toBeGreaterThan(300);
  });
});
