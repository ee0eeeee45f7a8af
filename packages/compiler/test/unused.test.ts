import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findUnused, removeUnused } from "../src/index.ts";
import { inPlace } from "../src/folders/staging.ts";

const before = new Date("2026-01-10T00:00:00Z");
const old = new Date("2026-01-01T00:00:00Z");
let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "zenlite-unused-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

function makeFolder(kind: "code" | "runner", name: string): string {
  const folder = join(state, "cache", kind, name);
  mkdirSync(join(folder, "app"), { recursive: true });
  writeFileSync(join(folder, "app", "code.mjs"), "1234");
  utimesSync(folder, old, old);
  return folder;
}

test("folders that no run has used since are found with their size, and removed", async () => {
  const unused = makeFolder("code", "a");
  const used = makeFolder("runner", "b");
  await inPlace(used).commit();
  expect(await findUnused(state, before)).toEqual([{ path: unused, bytes: 4 }]);
  await removeUnused(await findUnused(state, before), before);
  expect([existsSync(unused), existsSync(used)]).toEqual([false, true]);
});

test("a folder that a run takes after it was found stays", async () => {
  const folder = makeFolder("code", "a");
  const found = await findUnused(state, before);
  await inPlace(folder).commit();
  await removeUnused(found, before);
  expect(existsSync(folder)).toBe(true);
});

test("what a link leads to is neither counted nor removed", async () => {
  const outside = join(state, "package");
  mkdirSync(outside);
  writeFileSync(join(outside, "native.node"), "12345678");
  const folder = makeFolder("code", "a");
  symlinkSync(outside, join(folder, "app", "package"));
  utimesSync(folder, old, old);
  const found = await findUnused(state, before);
  expect(found).toEqual([{ path: folder, bytes: 4 }]);
  await removeUnused(found, before);
  expect(existsSync(join(outside, "native.node"))).toBe(true);
});

test("without a cache there is nothing", async () => {
  expect(await findUnused(join(state, "nowhere"), before)).toEqual([]);
});
