// What the compiler says to a user, word for word where it matters: the key must be named.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const preamble = `
import { pipeline, step } from ${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))};
type Matrix = number[][];
const importer = step("importer", async () => ({ xTrain: [[1]] as Matrix, yTrain: [1], name: "digits" as string }));
const trainer = step("trainer", async (_: { xTrain: Matrix; yTrain: number[]; gamma?: number }) => ({ model: "m" }));
const evaluator = step("evaluator", (_: { model: string }) => ({ accuracy: 1 }));
const digits = pipeline("digits", { parameters: { gamma: 1 } }, () => evaluator({ model: "m" }));
const { xTrain, yTrain, name } = importer();
`;

/** The line → what the message must say. */
const snippets: readonly (readonly [code: string, ...said: RegExp[]])[] = [
  ["trainer({ xTrain: name, yTrain });", /Type 'Ref<string>' is not assignable to type .*Ref<Matrix>/, /^\(\d+,11\)/],
  ["trainer({ xTrain });", /Property 'yTrain' is missing in type '\{ xTrain: Ref<Matrix>; \}'/],
  ["trainer({ xTrian: xTrain, yTrain });", /'xTrian' does not exist .*Did you mean to write 'xTrain'\?/],
  ["const { modle } = trainer({ xTrain, yTrain });", /Property 'modle' does not exist on type .*model: Ref<string>/],
  ["trainer({ xTrain, yTrain }).modle;", /Property 'modle' does not exist .*Did you mean 'model'\?/],
  ["importer().xTrian;", /Property 'xTrian' does not exist .*Did you mean 'xTrain'\?/],
  ["evaluator({ model: yTrain });", /Type 'Ref<number\[\]>' is not assignable to type 'string \| Ref<string>'/],
  [
    'step("x", { timeoutSecond: 5 }, () => 1);',
    /'timeoutSecond' does not exist .*Did you mean to write 'timeoutSeconds'\?/,
  ],
  [
    'pipeline("x", { maxParalel: 5 }, () => {});',
    /'maxParalel' does not exist .*Did you mean to write 'maxParallel'\?/,
  ],
  [
    'pipeline("x", async () => evaluator({ model: "m" }));',
    /Type 'Promise<.*' is not assignable to type 'void \| Called \| Outputs'/,
  ],
  ["await digits.run({ parameters: { gama: 1 } });", /'gama' does not exist .*Did you mean to write 'gamma'\?/],
  ["(await digits.run()).outputs.acuracy;", /Property 'acuracy' does not exist .*Did you mean 'accuracy'\?/],
  ["(await digits.run()).of(evaluator).acuracy;", /Property 'acuracy' does not exist .*Did you mean 'accuracy'\?/],
];

describe("the compiler's messages", () => {
  let folder = "";
  let said = new Map<number, string>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "zenlite-types-"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "snippets.ts"), preamble + snippets.map(([code]) => code).join("\n"));
    const root = join(import.meta.dirname, "../../..");
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.test.json"),
        compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
        include: [],
        files: ["snippets.ts"],
      }),
    );
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "--project", folder, "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    said = new Map();
    for (const entry of stdout.split(/^(?=\S)/mu)) {
      const [, line] = /^snippets\.ts\((\d+),\d+\)/u.exec(entry) ?? [];
      if (line !== undefined)
        said.set(Number(line) - preamble.split("\n").length, entry.slice("snippets.ts".length).replaceAll(/\s+/g, " "));
      else if (entry.trim() !== "") throw new Error(`unexpected: ${entry}`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(snippets.map(([code, ...patterns], index) => ({ code, patterns, index })))("$code", ({ patterns, index }) => {
    for (const pattern of patterns) expect(said.get(index)).toMatch(pattern);
  });

  it("has nothing to say of the rest", () => {
    expect([...said.keys()]).toEqual(snippets.map((_, index) => index));
  });
});
