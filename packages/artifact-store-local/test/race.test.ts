import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "./child/spawn.ts";
import { temporaryFolder } from "./folder.ts";
import { call, openAt } from "./open.ts";

/** Starts the children, lets all of them begin at once, and returns the line that each prints at its end. */
async function race(script: string, argumentsOfEach: readonly (readonly string[])[]): Promise<string[]> {
  const children = argumentsOfEach.map((args) => start(script, args));
  for (const child of children) expect(await child.line()).toBe("ready");
  for (const child of children) child.process.stdin?.end("go\n");
  const lines = await Promise.all(children.map((child) => child.line()));
  for (const child of children) expect(await child.ended).toBe(0);
  return lines;
}

test("processes that change one key by compare-and-swap lose no update, and leave two versions at most", async () => {
  using folder = temporaryFolder();
  const conflicts = await race(
    "count.ts",
    [1, 2, 3].map(() => [folder.path, "150"]),
  );
  const store = await openAt(folder.path);
  expect(await new Response(await store.read("counter", call)).text()).toBe("450");
  const names = readdirSync(join(folder.path, "store")).sort();
  expect(names).toEqual([".tmp", "counter@449", "counter@450"]);
  expect(readdirSync(join(folder.path, "store", ".tmp"))).toEqual([]);
  // Without a single conflict the processes did not meet, and nothing was shown.
  expect(conflicts.map(Number).reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0);
});

test("of two processes that write one key where it is absent exactly one wins, each time", async () => {
  using folder = temporaryFolder();
  const lines = await race(
    "claim.ts",
    ["left", "right"].map((name) => [folder.path, name, "300"]),
  );
  const [left, right] = lines.map((line): number[] => JSON.parse(line));
  expect([...(left ?? []), ...(right ?? [])].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 300 }, (_, index) => index),
  );
  const store = await openAt(folder.path);
  for (const index of left ?? [])
    expect(await new Response(await store.read(`claim/${index}`, call)).text()).toBe("left");
  for (const index of right ?? [])
    expect(await new Response(await store.read(`claim/${index}`, call)).text()).toBe("right");
});
