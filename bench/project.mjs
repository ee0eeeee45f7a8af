// Temporary projects for the benchmarks: a module with a pipeline, zenlite linked from this repository.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");
export const zenlite = join(root, "packages", "zenlite", "bin", "zenlite.js");

/** A folder with package.json, .zenliterc (a docker stack on `baseImage`) and `modules`; removed by `remove()`. */
export function makeProject(modules, { baseImage = "zenlite-base:node24", orchestrator = "" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-bench-"));
  mkdirSync(join(folder, "node_modules", "@zenlite"), { recursive: true });
  symlinkSync(join(root, "packages", "zenlite"), join(folder, "node_modules", "zenlite"));
  symlinkSync(
    join(root, "packages", "orchestrator-docker"),
    join(folder, "node_modules", "@zenlite", "orchestrator-docker"),
  );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "bench", private: true, type: "module", dependencies: { zenlite: "*" } }),
  );
  writeFileSync(
    join(folder, ".zenliterc"),
    `flavors: ["@zenlite/orchestrator-docker"]\norchestrator:\n  containers: { flavor: docker, base_image: "${baseImage}"${orchestrator} }\nstack:\n  docker: { orchestrator: containers, artifact-store: default }\n`,
  );
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const noop = `import { pipeline, step } from "zenlite";
export const noop = step("noop", { cache: false }, ({ value }: { value: number }) => ({ value }));
`;

/** Steps one after the other, each taking the one before's output. */
export const chainModule = (length) => `${noop}
export const chain = pipeline("chain", () => {
  let { value } = noop({ value: 0 });
  for (let index = 1; index < ${length}; index += 1) ({ value } = noop({ value }));
  return { value };
});
`;

/** One step, then `width` side by side, then one that takes them all. */
export const fanModule = (width) => `${noop}
export const last = step("last", { cache: false }, ({ values }: { values: number[] }) => ({ count: values.length }));
export const fan = pipeline("fan", () => {
  const { value } = noop({ value: 0 });
  const values = Array.from({ length: ${width} }, () => noop({ value }).value);
  return last({ values });
});
`;

/** Steps of half a second, one after the other. */
export const sleepModule = (length) => `import { setTimeout as delay } from "node:timers/promises";
import { pipeline, step } from "zenlite";
export const pause = step("pause", { cache: false }, async ({ value }: { value: number }) => {
  await delay(500);
  return { value };
});
export const pauses = pipeline("pauses", () => {
  let { value } = pause({ value: 0 });
  for (let index = 1; index < ${length}; index += 1) ({ value } = pause({ value }));
  return { value };
});
`;
