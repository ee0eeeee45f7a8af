import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("stores and reads 1 GiB in constant memory", { timeout: 600_000 }, () => {
  const path = join(import.meta.dirname, "fixtures/large.ts");
  const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=zenlite-source", path, "1024"], {
    encoding: "utf8",
  });
  const measured = JSON.parse(stdout || JSON.stringify({ stderr })) as { intact: boolean; peakMebibytes: number };
  expect(measured.intact).toBe(true);
  expect(measured.peakMebibytes).toBeLessThan(300);
});
