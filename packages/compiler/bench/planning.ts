// Prints what planning a random graph of 1,000 and of 10,000 steps takes, from an unchanged bundle to the plan's digest.
// node --conditions=zenlite-source packages/compiler/bench/planning.ts
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../src/index.ts";
import { stackOf, storeSource } from "../test/helpers/stack.ts";

const source = `
import { pipeline, step } from "@zenlite/pipeline";
export const start = step("start", () => ({ value: 1 }));
export const next = step("next", ({ a, b, c }: { a: number; b: number; c: number }) => ({ value: a + b + c }));
export const random = pipeline("random", { parameters: { count: 1000 } }, ({ count }) => {
  let seed = 1;
  const before = (index: number): number => (seed = (seed * 48271) % 2147483647) % index;
  const values = [start().value];
  for (let index = 1; index < count; index += 1)
    values.push(next({ a: values[before(index)]!, b: values[before(index)]!, c: index }).value);
  return { last: values.at(-1)! };
});`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "zenlite-planning-")));
try {
  mkdirSync(join(folder, "node_modules", "@zenlite"), { recursive: true });
  for (const name of ["core", "pipeline"])
    symlinkSync(
      join(import.meta.dirname, "..", "..", name),
      join(folder, "node_modules", "@zenlite", name),
      "junction",
    );
  writeFileSync(join(folder, "package.json"), '{"name":"planning","type":"module"}');
  writeFileSync(join(folder, "random.ts"), source);
  writeFileSync(join(folder, "store.ts"), storeSource);
  const times = new Map([
    [1000, [] as number[]],
    [10_000, []],
  ]);
  for (let round = 0; round < 8; round += 1)
    for (const [count, measured] of times) {
      const started = performance.now();
      await compile({
        module: join(folder, "random.ts"),
        projectFolder: folder,
        stateFolder: join(folder, ".zenlite"),
        stack: stackOf({ folder }),
        overrides: [{ name: "count", value: String(count) }],
      });
      // The first rounds bundle and warm up.
      if (round > 1) measured.push(performance.now() - started);
    }
  const medians = [...times].map(([count, measured]) => {
    const sorted = measured.toSorted((left, right) => left - right);
    const [least = 0, median = 0, most = 0] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    process.stdout.write(
      `${count} steps: ${median.toFixed(0)} ms (${least.toFixed(0)}–${most.toFixed(0)}, n ${sorted.length})\n`,
    );
    return median;
  });
  process.stdout.write(`10,000 ÷ 1,000: ${((medians[1] ?? 0) / (medians[0] ?? 1)).toFixed(1)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
