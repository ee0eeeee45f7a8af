// The example that everybody starts with: the same figures as scikit-learn on both stacks, the cache on the second run.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImage, engineMissing, eventsOf, repository, statusesOf, zenlite } from "./project.ts";

const config = ["--config", "configs/training_pipeline.yaml"];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zenlite-digits-"));
  cpSync(join(repository, "examples", "digits"), folder, {
    recursive: true,
    filter: (path) => !path.includes(".zenlite") || path.endsWith(".zenliterc"),
  });
  // The example's dependencies are hoisted to the root of the workspace, and so is the lock.
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(repository, "package-lock.json"), join(folder, "package-lock.json"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function accuracyOf(runId: unknown): Promise<unknown> {
  const shown = await zenlite(folder, ["artifacts", "show", String(runId), "evaluator.report", "--json"]);
  return (JSON.parse(shown.stdout) as { value: unknown }).value;
}

test.for([
  { stack: "default", environment: {} },
  { stack: "docker", environment: { ZENLITE_BASE_IMAGE: baseImage } },
])(
  "digits on the $stack stack: 345 of 360, and on the second run only the importer runs",
  async ({ stack, environment }, context) => {
    context.skip(stack === "docker" && engineMissing, "no Docker engine");
    const run = ["run", "run.ts", ...config, "--stack", stack, "--json"];
    const first = await zenlite(folder, [...run, "--no-cache"], environment);
    expect(first.code, first.stderr + first.stdout).toBe(0);
    expect(statusesOf(first)).toEqual({ importer: "completed", trainer: "completed", evaluator: "completed" });
    expect(await accuracyOf(eventsOf(first)[0]?.["runId"])).toBe("accuracy 0.9583 (345/360)");

    const second = await zenlite(folder, run, environment);
    expect(second.code, second.stderr).toBe(0);
    expect(statusesOf(second)).toEqual({ importer: "completed", trainer: "cached", evaluator: "cached" });
    expect(await accuracyOf(eventsOf(second)[0]?.["runId"])).toBe("accuracy 0.9583 (345/360)");
  },
);
