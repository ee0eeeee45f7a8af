import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layout, writeOnce } from "@zenlite/records";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMasker, openLog, readLog } from "../src/index.ts";
import { call, openPlace, type Place } from "./support.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

const open = (secrets: { readonly [name: string]: string } = {}) =>
  openLog(place.store, "run", "step", "attempt", { masker: createMasker(secrets) });

async function lines(follow = false): Promise<string[]> {
  const found: string[] = [];
  for await (const line of readLog(place.store, "run", "step", "attempt", call, { follow })) found.push(line);
  return found;
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of place.store.list(layout.logs("run", "step", "attempt"), call)) found.push(key);
  return found;
}

describe("a log", () => {
  it("of a silent step costs nothing", async () => {
    await open().close();
    expect(await keys()).toEqual([]);
    expect(await lines()).toEqual([]);
  });

  it("keeps every line in order, also of characters cut in two", async () => {
    const log = open();
    const bytes = Buffer.from("größer\n🔑 key\n");
    for (const byte of bytes) log.append(Uint8Array.of(byte));
    log.append("last, without newline");
    await log.close();
    expect(await lines()).toEqual(["größer", "🔑 key", "last, without newline"]);
  });

  it("is stored in pieces of bounded size", async () => {
    const log = open();
    const line = `${"x".repeat(999)}\n`;
    for (let count = 0; count < 2000; count += 1) log.append(line);
    await log.close();
    expect((await keys()).length).toBeGreaterThan(5);
    expect((await lines()).length).toBe(2000);
  });

  it("is stored while it is still written", async () => {
    const log = open();
    log.append("early\n");
    await expect.poll(() => lines(), { timeout: 3000 }).toEqual(["early"]);
    await log.close();
  });

  it("holds no known secret", async () => {
    const log = open({ KEY: "hunter2!" });
    log.append("key hunt");
    log.append("er2! used\n");
    await log.close();
    expect(await lines()).toEqual(["key *** used"]);
  });

  it("is not lost while the store takes nothing for a moment", async () => {
    const blocked = join(place.folder, "store", layout.logs("run", "step", "attempt").replace(/\/$/u, ""));
    await mkdir(join(blocked, ".."), { recursive: true });
    await writeFile(blocked, "in the way");
    const log = open();
    log.append("one\n");
    await expect.poll(() => log.backlog).toBeGreaterThan(0);
    await expect(log.close()).rejects.toThrow();
    await rm(blocked);
    log.append("two\n");
    await log.close();
    expect(await lines()).toEqual(["one", "two"]);
  });

  it("can be followed until the attempt has ended", async () => {
    const log = open();
    log.append("first\nsec");
    const following = lines(true);
    await expect.poll(keys, { timeout: 3000 }).toHaveLength(1);
    log.append("ond\n");
    await log.close();
    await writeOnce(place.store, layout.ended("run", "step", "attempt"), { kind: "attempt.ended" }, call);
    expect(await following).toEqual(["first", "second"]);
  });

  it("stops being followed when its reader goes", async () => {
    const abort = new AbortController();
    const reading = (async () => {
      for await (const line of readLog(
        place.store,
        "run",
        "step",
        "attempt",
        { signal: abort.signal },
        { follow: true },
      ))
        void line;
    })();
    abort.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });
});
