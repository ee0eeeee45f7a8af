import { expect, test } from "vitest";
import { start } from "./child/spawn.ts";
import { temporaryFolder } from "./folder.ts";

test("1 GiB is written and read back whole in constant memory", async () => {
  using folder = temporaryFolder();
  const child = start("large.ts", [folder.path, "1024"]);
  const { written, read, peak }: { written: string; read: string; peak: number } = JSON.parse(await child.line());
  expect(await child.ended).toBe(0);
  expect(read).toBe(written);
  expect(peak).toBeLessThan(300);
});
