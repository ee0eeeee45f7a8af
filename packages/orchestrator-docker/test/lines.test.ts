import { expect, test } from "vitest";
import { keepLines } from "../src/lines.ts";
import { collect } from "./bench.ts";

const never = new AbortController().signal;

test("each reader gets the lines before and after it came, in order", async () => {
  const lines = keepLines();
  lines.push("one");
  const first = collect(lines.follow(never));
  lines.push("two");
  const second = collect(lines.follow(never));
  lines.end();
  expect(await first).toEqual(["one", "two"]);
  expect(await second).toEqual(["one", "two"]);
  expect(await collect(lines.follow(never))).toEqual(["one", "two"]);
});

test("a line that comes while a reader waits is read", async () => {
  const lines = keepLines();
  const reader = lines.follow(never);
  const next = reader.next();
  lines.push("late");
  expect(await next).toEqual({ done: false, value: "late" });
});

test("old lines give way, and the reader is told how many", async () => {
  const lines = keepLines();
  for (let number = 0; number < 100_000; number += 1) lines.push(`line ${number}`);
  lines.end();
  const [notice, ...kept] = await collect(lines.follow(never));
  // Nothing was read before they went, so nothing is missing to this reader.
  expect(notice).toBe(`line ${100_000 - kept.length - 1}`);
  expect(kept.at(-1)).toBe("line 99999");
  expect(kept.length).toBeLessThan(3_000);
});

test("a reader that was too slow is told how many lines it missed", async () => {
  const lines = keepLines();
  lines.push("read");
  const reader = lines.follow(never);
  expect((await reader.next()).value).toBe("read");
  for (let number = 0; number < 10_000; number += 1) lines.push(`line ${number}`);
  lines.end();
  const [notice = "", ...rest] = await collect(reader);
  const [, missed] = /^\((\d+) lines left out/u.exec(notice) ?? [];
  expect(Number(missed) + rest.length).toBe(10_000);
});

test("an abort ends a reader that waits", async () => {
  const stop = new AbortController();
  const reading = collect(keepLines().follow(stop.signal));
  stop.abort();
  expect(await reading).toEqual([]);
});
