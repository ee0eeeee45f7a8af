import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readText } from "@zenlite/core/config";
import { errorsOf, load, makeProject, refusals, summary } from "./project.ts";

const read = async (file: string, text: string): Promise<{ value: unknown; problems: readonly string[] }> => {
  const { value, problems } = await readText(`/p/${file}`, text);
  return { value, problems: summary("/p", problems) };
};

describe("malformed YAML", () => {
  test.each([
    ["flavors: [a\nstack: {}", ".zenliterc:2:1"],
    ["stack:\n  a: 1\n b: 2", ".zenliterc:3:1"],
    ["stack:\n\ta: 1", ".zenliterc:2:1"],
    ["a: b: c", ".zenliterc:1:4"],
    ['stack: "x', ".zenliterc:1:10"],
  ])("%j", async (text, place) => {
    const [first] = await refusals(text);
    expect(first).toMatch(new RegExp(`^ZENLITE_CONFIG_SYNTAX ${place.replaceAll(".", "\\.")} `, "u"));
  });

  test("a key twice, each time where it stands again", async () => {
    expect(await refusals("stack: {}\nstack: {}\norchestrator:\n  a: {flavor: local}\n  a: {flavor: local}")).toEqual([
      "ZENLITE_CONFIG_SYNTAX .zenliterc:2:1 This key is already there.",
      "ZENLITE_CONFIG_SYNTAX .zenliterc:5:3 This key is already there.",
    ]);
  });

  test("a second document", async () => {
    expect(await refusals("stack: {}\n---\nstack: {}")).toEqual([
      "ZENLITE_CONFIG_SYNTAX .zenliterc:2:1 Only one YAML document is read; this is the start of a second.",
    ]);
  });

  test("a package name without quotes: the hint is the line to write", async () => {
    const [first] = await errorsOf(
      load(await makeProject({ ".zenliterc": "flavors:\n  - @zenlite/orchestrator-docker\n" })),
    );
    expect(first).toMatchObject({
      code: "ZENLITE_CONFIG_SYNTAX",
      where: { line: 2, column: 5 },
      hint: 'Put it in quotes: "@zenlite/orchestrator-docker"',
    });
  });

  test("tags that make other things than data", async () => {
    expect((await read("a", "a: !!binary aGk=\nb: !js x")).problems).toEqual([
      "ZENLITE_CONFIG_SYNTAX a:1:4 Unresolved tag: tag:yaml.org,2002:binary.",
      "ZENLITE_CONFIG_SYNTAX a:2:4 Unresolved tag: !js.",
    ]);
  });

  test("numbers that JSON cannot hold", async () => {
    expect((await read("a", "a:\n  - .inf\n  - .nan")).problems).toEqual([
      "ZENLITE_CONFIG_INVALID a:2:5 Infinity is no number that configuration can hold.",
      "ZENLITE_CONFIG_INVALID a:3:5 NaN is no number that configuration can hold.",
    ]);
  });
});

describe("aliases", () => {
  test("a few are followed, and their values keep their places", async () => {
    const { value, locate } = await readText("/p/a", "a: &x\n  b: 1\nc: *x\n");
    expect(value).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(locate(["c", "b"])).toEqual({ file: "/p/a", line: 2, column: 6, field: "c.b" });
  });

  test("a bomb is refused at its first alias", async () => {
    const levels = Array.from(
      { length: 10 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`,
    );
    const { problems } = await read("a", ["a0: &a0 [x]", ...levels].join("\n"));
    expect(problems).toEqual([expect.stringMatching(/^ZENLITE_CONFIG_SYNTAX a:2:10 Excessive alias count/u)]);
  });

  test("an alias without an anchor is refused where it stands", async () => {
    expect((await read("a", "a: &x 1\nb: *x\nc: *y")).problems).toEqual([
      expect.stringMatching(/^ZENLITE_CONFIG_SYNTAX a:3:4 Unresolved alias/u),
    ]);
  });

  test("lists and mappings nested too deeply", async () => {
    const nested = "[".repeat(20_000);
    expect((await read("a", nested)).problems).toHaveLength(1);
    expect((await read("a", `${"[".repeat(150)}${"]".repeat(150)}`)).problems).toEqual([
      "ZENLITE_CONFIG_INVALID a:1:102 The lists or mappings are nested too deeply.",
    ]);
  });
});

describe("JSON", () => {
  test("positions are known, in a file indented with tabs and marked with a byte order mark too", async () => {
    const folder = await makeProject({
      ".zenliterc.json": '\uFEFF{\n\t"stack": {\n\t\t"s": {"orchestrator": "x", "artifact-store": "default"}\n\t}\n}',
    });
    expect(summary(folder, await errorsOf(load(folder)))).toEqual([
      'ZENLITE_COMPONENT_UNKNOWN .zenliterc.json:3:25 Stack "s": there is no orchestrator "x". Known: default.',
    ]);
  });

  test.each([
    ['{"stack": {},}', "1:14"],
    ["{'stack': {}}", "1:2"],
    ['{"stack":}', "1:10"],
    ['{"stack": {}\n"flavors": []}', "2:1"],
    ['{"stack": {}} x', "1:15"],
    ["{stack: {}}", "1:2"],
    ['{"stack": 01}', "1:12"],
    ['{"stack": {}', "1:13"],
    ['// hello\n{"stack": {}}', "1:1"],
    ['{"stack": {}},', "1:14"],
  ])("%j is YAML or nothing, and refused", async (text, place) => {
    const folder = await makeProject({ ".zenliterc.json": text });
    const [first, ...more] = summary(folder, await errorsOf(load(folder)));
    expect(first).toMatch(new RegExp(`^ZENLITE_CONFIG_SYNTAX \\.zenliterc\\.json:${place} This is no JSON: `, "u"));
    expect(more).toEqual([]);
  });

  test("white space is JSON's, not YAML's", async () => {
    expect(await read("a.json", '\t"text"\n\t')).toEqual({ value: "text", problems: [] });
    expect((await read("a.json", "\u00a0{}")).problems).toHaveLength(1);
  });

  test("any JSON reads as JSON.parse reads it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), fc.constantFrom("", "  ", "\t"), async (text, indent) => {
        const expected: unknown = JSON.parse(text);
        const { value, problems } = await readText("/p/a.json", JSON.stringify(expected, null, indent));
        expect(problems).toEqual([]);
        // -0 is written as 0.
        expect(JSON.stringify(value)).toBe(JSON.stringify(expected));
      }),
    );
  });

  test("a text is refused exactly where JSON.parse refuses it, with a place inside the text", async () => {
    const spoilt = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", ":", '"', "x", "1", "\\", " ", "\n"),
      )
      .map(
        ([text, at, put]) =>
          `${text.slice(0, at % (text.length + 1))}${put}${text.slice((at % (text.length + 1)) + 1)}`,
      );
    await fc.assert(
      fc.asyncProperty(spoilt, async (text) => {
        fc.pre(text.trim() !== "");
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const { problems } = await readText("/p/a.json", text);
        const syntax = problems.filter(({ message }) => message.startsWith("This is no JSON"));
        expect(syntax).toHaveLength(parses ? 0 : 1);
        const lines = text.split("\n");
        for (const { where } of syntax) {
          expect(where?.line).toBeLessThanOrEqual(lines.length);
          expect(where?.column).toBeLessThanOrEqual((lines[(where?.line ?? 0) - 1] ?? "").length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a module", () => {
  test("zenlite.config.ts is imported as it is", async () => {
    const folder = await makeProject({
      "zenlite.config.ts":
        "interface Shape { flavor: string }\nconst mine: Shape = { flavor: 'local' };\nexport default { orchestrator: { mine }, stack: { s: { orchestrator: 'mine', artifactStore: 'default' } } };",
    });
    const config = await load(folder);
    expect(config.file).toBe(`${folder}/zenlite.config.ts`);
    expect(config.stacks.map(({ name }) => name)).toEqual(["default", "s"]);
  });

  test("what it throws is the cause", async () => {
    const folder = await makeProject({ "zenlite.config.ts": "throw new TypeError('no key at hand');" });
    const [error] = await errorsOf(load(folder));
    expect(error).toMatchObject({ code: "ZENLITE_CONFIG_BROKEN", where: { file: `${folder}/zenlite.config.ts` } });
    expect(error?.message).toContain("no key at hand");
    expect(error?.cause).toBeInstanceOf(TypeError);
  });

  test.each([
    ["a syntax error", "export default {", "ZENLITE_CONFIG_BROKEN"],
    ["no default export", "export const stack = {};", "ZENLITE_CONFIG_BROKEN"],
    ["a function", "export default { stack: () => 1 };", "ZENLITE_CONFIG_INVALID"],
    ["an instance of a class", "export default { stack: new Date() };", "ZENLITE_CONFIG_INVALID"],
    [
      "a value that contains itself",
      "const a: any = {}; a.a = a; a.b = a; export default { stack: a };",
      "ZENLITE_CONFIG_INVALID",
    ],
  ])("%s is refused", async (_title, text, code) => {
    const folder = await makeProject({ "zenlite.config.ts": text });
    const [error] = await errorsOf(load(folder));
    expect(error).toMatchObject({ code, where: { file: `${folder}/zenlite.config.ts` } });
  });

  test("Node itself imports it: what Node cannot strip is refused in Node's words", async () => {
    const folder = await makeProject({
      "zenlite.config.ts": "enum A { B }\nexport default { stack: A.B };",
      "load.ts": `import { loadConfig } from ${JSON.stringify(import.meta.resolve("@zenlite/core/config"))};
        await loadConfig(import.meta.dirname, { builtins: [], environment: {} }).catch((error) => console.log(error.code, error.cause.code));`,
    });
    const printed = execFileSync(process.execPath, ["--conditions=zenlite-source", join(folder, "load.ts")], {
      encoding: "utf8",
    });
    expect(printed).toBe("ZENLITE_CONFIG_BROKEN ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX\n");
  });

  test("errors name the field, and keys as TypeScript spells them", async () => {
    const folder = await makeProject({
      "zenlite.config.ts":
        "export default { artifactStores: {}, stack: { s: { orchestrator: 'x', artifactStore: 'default' } } };",
    });
    const errors = await errorsOf(load(folder));
    expect(errors.map(({ where }) => where?.field)).toEqual(["artifactStores", "stack.s.orchestrator"]);
  });
});
