import { describe, expect, test } from "vitest";
import { project, type Project } from "./helpers/project.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** 50 steps in 10 modules; the first step of each module uses the helper, the second the constant and the static. */
function sources(): Record<string, string> {
  const helpers = `import picomatch from "tiny-match";
export function shared(x: number): number { return x + 1; }
export function unused(x: number): number { return x; }
export const constant = 7;
export class Table { static readonly size = 9; }
export interface Shape { readonly a: number }
export const matching = (text: string): boolean => picomatch(text);
`;
  const modules = range(10).map((module) => {
    const steps = range(5).map((index) => {
      const use =
        index === 0
          ? "shared(x)"
          : index === 1
            ? "x + constant + Table.size"
            : index === 2 && module === 0
              ? "Number(matching(String(x)))"
              : `x + ${module * 5 + index}`;
      return `export const step${module}x${index} = step("step${module}x${index}", ({ x }: { x: number }) => ({ x: ${use} }));\n`;
    });
    return [
      `steps/module${module}.ts`,
      `import { step } from "@zenlite/pipeline";\nimport { constant, matching, shared, Table, type Shape } from "../helpers.ts";\n${steps.join("")}export type Local = Shape;\n`,
    ] as const;
  });
  const names = range(10).flatMap((module) => range(5).map((index) => `step${module}x${index}`));
  const imports = range(10).map(
    (module) =>
      `import { ${range(5)
        .map((index) => `step${module}x${index}`)
        .join(", ")} } from "./steps/module${module}.ts";\n`,
  );
  const pipeline = `import { pipeline } from "@zenlite/pipeline";\n${imports.join("")}export const all = pipeline("all", () => {\n  let x: Parameters<typeof step0x0>[0]["x"] = 1;\n${names.map((name) => `  x = ${name}({ x }).x;\n`).join("")}});\n`;
  return { "helpers.ts": helpers, "run.ts": pipeline, ...Object.fromEntries(modules) };
}

const installed = {
  "tiny-match/package.json":
    '{"name":"tiny-match","version":"1.2.3","main":"index.js","sideEffects":false,"dependencies":{"tiny-base":"1"}}',
  "tiny-match/index.js": "module.exports = (text) => require('tiny-base')(text) === 'a';",
  "tiny-base/package.json": '{"name":"tiny-base","version":"4.5.6","main":"index.js"}',
  "tiny-base/index.js": "module.exports = (text) => text;",
};

async function fingerprints(one: Project): Promise<ReadonlyMap<string, string>> {
  const { plan } = await one.compile("run.ts");
  return new Map(plan.steps.map((step) => [step.id, JSON.stringify(step.fingerprint)]));
}

/** How many steps have another fingerprint after the edit. */
async function changedBy(edit: (files: Record<string, string>) => Record<string, string>): Promise<number> {
  const one = project(sources(), { installed });
  const before = await fingerprints(one);
  one.write(edit(sources()));
  const after = await fingerprints(one);
  return [...before].filter(([step, fingerprint]) => after.get(step) !== fingerprint).length;
}

const edited = (path: string, change: (text: string) => string) => (files: Record<string, string>) => {
  const text = files[path] ?? "";
  const changed = change(text);
  if (changed === text) throw new Error("The edit changes nothing.");
  return { [path]: changed };
};

describe("steps whose fingerprint changes", () => {
  test.each([
    ["the body of one step", 1, edited("steps/module3.ts", (text) => text.replace("x + 17", "x + 1700"))],
    [
      "a new step in the module",
      0,
      edited("steps/module3.ts", (text) => `${text}export const more = step("more", () => ({ y: 1 }));\n`),
    ],
    [
      "a comment and white space",
      0,
      edited("steps/module3.ts", (text) => `// comment\n${text.replaceAll("=> (", "=>\n  // why\n  (")}`),
    ],
    ["a helper that ten steps use", 10, edited("helpers.ts", (text) => text.replace("x + 1", "x + 2"))],
    ["a helper that none uses", 0, edited("helpers.ts", (text) => text.replace("return x;", "return x * 2;"))],
    ["a type", 0, edited("helpers.ts", (text) => text.replace("readonly a: number", "readonly b: string"))],
    ["a constant that ten steps use", 10, edited("helpers.ts", (text) => text.replace("constant = 7", "constant = 8"))],
    ["a static that ten steps use", 10, edited("helpers.ts", (text) => text.replace("size = 9", "size = 10"))],
    [
      "a side effect of the helpers' module",
      50,
      edited("helpers.ts", (text) => `${text}Reflect.set(globalThis, "seen", true);\n`),
    ],
    ["the pipeline's body", 0, edited("run.ts", (text) => text.replace('[0]["x"] = 1;', '[0]["x"] = 100 / 4;'))],
    [
      "two steps that change places",
      0,
      edited("steps/module3.ts", (text) => {
        const lines = text.split("\n");
        const [third = "", fourth = ""] = lines.slice(4, 6);
        return lines.with(4, fourth).with(5, third).join("\n");
      }),
    ],
  ])("%s: %i of 50", async (_name, expected, edit) => {
    expect(await changedBy(edit)).toBe(expected);
  });

  test("another version of a package changes the steps that use it, also when it is the package of a package", async () => {
    const one = project(sources(), { installed });
    const before = await fingerprints(one);
    expect(JSON.parse(before.get("step0x2") ?? "")).toMatchObject({
      packages: ["tiny-base@4.5.6", "tiny-match@1.2.3"],
    });
    expect(JSON.parse(before.get("step0x3") ?? "")).toMatchObject({ packages: [] });
    one.write({ "node_modules/tiny-base/package.json": '{"name":"tiny-base","version":"4.5.7","main":"index.js"}' });
    const after = await fingerprints(one);
    expect([...before].filter(([step, fingerprint]) => after.get(step) !== fingerprint).map(([step]) => step)).toEqual([
      "step0x2",
    ]);
  });

  test("an asset changes the steps whose code names it, pipeline and steps being in one module", async () => {
    const one = project({
      "run.ts": `
        import { readFileSync } from "node:fs";
        import { pipeline, step } from "@zenlite/pipeline";
        const where = new URL("./data/a.txt", import.meta.url);
        export const reads = step("reads", () => ({ text: readFileSync(where, "utf8") }));
        export const writes = step("writes", ({ text }: { text: string }) => ({ text }));
        export const both = pipeline("both", () => writes({ text: reads().text }));`,
      "data/a.txt": "one",
    });
    const before = (await one.compile("run.ts")).plan.steps;
    one.write({ "data/a.txt": "two" });
    const after = (await one.compile("run.ts")).plan.steps;
    expect(after.map((step, index) => step.fingerprint.files === before[index]?.fingerprint.files)).toEqual([
      false,
      true,
    ]);
    expect(after.map((step, index) => step.fingerprint.code === before[index]?.fingerprint.code)).toEqual([true, true]);
  });
});
