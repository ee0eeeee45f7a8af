import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { project, smallPipeline } from "./helpers/project.ts";

/** What a compile of these files is refused with. */
async function refusal(
  files: { readonly [path: string]: string },
  module = "run.ts",
  more: object = {},
): Promise<Record<string, unknown>> {
  const one = project(files);
  const error: unknown = await one.compile(module, more).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  // Nothing is written for what cannot run.
  expect(existsSync(one.stateFolder)).toBe(false);
  const { code, message, hint, where, cause } = error as Record<string, unknown>;
  return { code, message, hint, where, cause };
}

describe("what esbuild refuses is shown with its place", () => {
  test("a syntax error", async () => {
    expect(await refusal({ "run.ts": `${smallPipeline}export const x = (;\n` })).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      message: 'run.ts:5:19: Unexpected ";"',
      where: { file: "run.ts", line: 5, column: 19 },
    });
  });

  test("a syntax error in a module that asks for its place", async () => {
    expect(
      await refusal({ "run.ts": `${smallPipeline}const here = import.meta.dirname;\nexport const x = (;\n` }),
    ).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      where: { file: "run.ts", line: 6, column: 19 },
    });
  });

  test("a package that is not installed", async () => {
    expect(await refusal({ "run.ts": `import { x } from "@not/there/deep";\n${smallPipeline}` })).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      message: 'run.ts:1:19: Could not resolve "@not/there/deep"',
      hint: "npm install @not/there",
    });
  });

  test("a module that is spelled otherwise", async () => {
    expect(await refusal({ "run.ts": `import "./helpr.ts";\n${smallPipeline}`, "helper.ts": "" })).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      hint: 'Did you mean "./helper.ts"?',
    });
  });

  test("an import that is not exported, in a module that is imported", async () => {
    expect(
      await refusal({
        "run.ts": `export * from "./a.ts";\n${smallPipeline}`,
        "a.ts": 'import { nothing } from "./b.ts";\nexport const a = nothing;\n',
        "b.ts": "export const b = 1;\n",
      }),
    ).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      where: { file: "a.ts", line: 1, column: 10 },
    });
  });

  test("a file that Node cannot import", async () => {
    expect(
      await refusal({ "run.ts": `import text from "./a.txt";\n${smallPipeline}console.log(text);\n`, "a.txt": "a" }),
    ).toMatchObject({
      code: "ZENLITE_CODE_INVALID",
      message: expect.stringContaining('new URL("./a.txt", import.meta.url)') as unknown,
    });
  });
});

describe("which pipeline", () => {
  const two = `${smallPipeline}export const second = pipeline("second", () => only());\n`;

  test("a module that does not exist", async () => {
    expect(await refusal({ "pipelines.ts": smallPipeline }, "pipeline.ts")).toMatchObject({
      code: "ZENLITE_MODULE_NOT_FOUND",
      message: expect.stringContaining('Did you mean "pipelines.ts"?') as unknown,
    });
  });

  test("an export that does not exist", async () => {
    expect(await refusal({ "run.ts": two }, "run.ts", { export: "secnod" })).toMatchObject({
      code: "ZENLITE_PIPELINE_NOT_FOUND",
      message: expect.stringContaining('Did you mean "second"?') as unknown,
    });
  });

  test("an export that is a step", async () => {
    expect(await refusal({ "run.ts": two }, "run.ts", { export: "only" })).toMatchObject({
      code: "ZENLITE_PIPELINE_NOT_FOUND",
      message: expect.stringContaining('"only" is a step, not a pipeline') as unknown,
    });
  });

  test("several pipelines", async () => {
    expect(await refusal({ "run.ts": two })).toMatchObject({
      code: "ZENLITE_PIPELINE_AMBIGUOUS",
      hint: "zenlite run run.ts#second\nzenlite run run.ts#small",
    });
  });

  test("none, where a module that it imports has one", async () => {
    expect(await refusal({ "start.ts": 'import "./run.ts";\n', "run.ts": smallPipeline }, "start.ts")).toMatchObject({
      code: "ZENLITE_PIPELINE_NONE",
      hint: "zenlite run run.ts#small",
    });
  });

  test("one pipeline under two names is one, and a module may hand on that of another", async () => {
    const { compile } = project({
      "run.ts": `${smallPipeline}export default small;\n`,
      "index.ts": 'export { small as again } from "./run.ts";\n',
    });
    expect((await compile("run.ts")).plan.pipeline).toBe("small");
    expect((await compile("run.ts", { export: "small" })).plan.export).toBe("run.ts#small");
    expect((await compile("index.ts")).plan.export).toBe("index.ts#again");
  });
});

describe("what the user's code does while it is traced", () => {
  test("an exception while the module is loaded", async () => {
    const found = await refusal({
      "run.ts": `import { check } from "./check.ts";\n${smallPipeline}check("x");\n`,
      "check.ts":
        "interface Never {\n  a: 1;\n}\nexport function check(name: string): void {\n  throw new RangeError(`bad ${name}`);\n}\n",
    });
    expect(found).toMatchObject({
      code: "ZENLITE_PIPELINE_THREW",
      message: "check.ts:5:9: RangeError: bad x (while its module was loaded)",
      where: { file: "check.ts", line: 5, column: 9 },
    });
    expect((found["cause"] as Error).stack).toBe("RangeError: bad x\n    at check (check.ts:5:9)\n    at run.ts:6:1");
  });

  test("an exception in the body", async () => {
    const body =
      'import { pipeline, step } from "@zenlite/pipeline";\nexport const a = step("a", () => ({ b: 1 }));\nexport const p = pipeline("p", () => {\n  const none: { x?: { y: number } } = {};\n  none.x!.y = 1;\n  return a();\n});\n';
    expect(await refusal({ "run.ts": body })).toMatchObject({
      code: "ZENLITE_PIPELINE_THREW",
      message: expect.stringMatching(
        /^run\.ts:5:\d+: TypeError: .* \(while the pipeline's body was traced\)$/,
      ) as unknown,
      where: { file: "run.ts", line: 5 },
    });
  });

  test("a mistake that tracing finds keeps its code and gets a place", async () => {
    const hidden = smallPipeline.replace("export const only", "const only");
    expect(await refusal({ "run.ts": hidden })).toMatchObject({
      code: "ZENLITE_STEP_NOT_EXPORTED",
      where: { file: "run.ts", line: 4 },
    });
  });

  test("a top-level await that nothing settles", async () => {
    expect(await refusal({ "run.ts": `${smallPipeline}await new Promise(() => {});\n` })).toMatchObject({
      code: "ZENLITE_PIPELINE_HANGS",
    });
  });

  test("a loop without end", async () => {
    expect(await refusal({ "run.ts": `${smallPipeline}for (;;);\n` }, "run.ts", { traceSeconds: 0.5 })).toMatchObject({
      code: "ZENLITE_PIPELINE_HANGS",
      message: "Loading the pipeline's module took longer than 0.5 s.",
    });
  });

  test("process.exit()", async () => {
    expect(await refusal({ "run.ts": `${smallPipeline}process.exit(0);\n` })).toMatchObject({
      code: "ZENLITE_PIPELINE_HANGS",
      message: expect.stringContaining("process.exit()") as unknown,
    });
  });

  test("what it prints goes where it is asked for, and a script's guard does not fire", async () => {
    const printed: string[] = [];
    const { compile } = project({
      "run.ts": `${smallPipeline}console.log("to", "out"); console.error("to err");\nif (import.meta.main) throw new Error("started");\n`,
    });
    await compile("run.ts", { print: (text) => printed.push(text) });
    expect(printed.join("").split("\n").sort()).toEqual(["", "to err", "to out"]);
  });
});

test("what a mistake leaves in a folder that was there is nothing", async () => {
  const one = project({ "run.ts": smallPipeline });
  await one.compile("run.ts");
  const before = readdirSync(one.stateFolder, { recursive: true }).sort();
  one.write({ "run.ts": `${smallPipeline}throw new Error("no");\n` });
  await expect(one.compile("run.ts")).rejects.toMatchObject({ code: "ZENLITE_PIPELINE_THREW" });
  expect(readdirSync(one.stateFolder, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(join(one.stateFolder, "cache", "code"))).toHaveLength(1);
});
