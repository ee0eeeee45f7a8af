// From an unchanged bundle to the plan's digest, for random graphs of 1,000 and 10,000 steps: tracing, merging, planning, in one process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { printRatio, printValue, sideBySide } from "./measure.mjs";
import { makeProject, root } from "./project.mjs";

const dist = (...path) => import(pathToFileURL(join(root, "packages", ...path)).href);
const { compile } = await dist("compiler", "dist", "index.js");
const { loadConfig, resolveStack } = await dist("core", "dist", "config", "index.js");

const project = makeProject({
  "random.ts": `import { pipeline, step } from "zenlite";
export const start = step("start", () => ({ value: 1 }));
export const next = step("next", ({ a, b, c }: { a: number; b: number; c: number }) => ({ value: a + b + c }));
export const random = pipeline("random", { parameters: { count: 1000 } }, ({ count }) => {
  let seed = 1;
  const before = (index: number): number => (seed = (seed * 48271) % 2147483647) % index;
  const values = [start().value];
  for (let index = 1; index < count; index += 1)
    values.push(next({ a: values[before(index)]!, b: values[before(index)]!, c: index }).value);
  return { last: values.at(-1)! };
});
`,
});

const builtin = (type, folder) => {
  const moduleFile = join(root, "packages", folder, "dist", "index.js");
  return {
    type,
    name: "local",
    packageName: `@zenlite/${folder}`,
    moduleFile,
    load: async () => (await import(pathToFileURL(moduleFile).href)).default,
  };
};

try {
  const config = await loadConfig(project.folder, {
    builtins: [builtin("orchestrator", "orchestrator-local"), builtin("artifact-store", "artifact-store-local")],
    environment: {},
  });
  const stack = await resolveStack(config);
  const plan = (count) => async () => {
    const { projectFolder, stateFolder } = config;
    const overrides = [{ name: "count", value: String(count) }];
    await compile({ module: join(project.folder, "random.ts"), projectFolder, stateFolder, stack, overrides });
  };
  const samples = await sideBySide({ thousand: plan(1000), tenThousand: plan(10_000) }, 7);
  printValue("planning a 10,000-step random graph", samples.tenThousand, "s", 1);
  printRatio("… ÷ planning 1,000 steps", samples.tenThousand, samples.thousand, 12);
} finally {
  project.remove();
}
