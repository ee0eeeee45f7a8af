// How words of a command line become the keys of a component: read, parsed by the flavor's schema, refused with what is near.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineSchema, ZenliteError, type JsonObject, type StandardSchema } from "@zenlite/core";
import { keyRows, wrap } from "../src/cli/verbs/components/explain.ts";
import { kindsOf, meantKey, schemaPart, type SchemaPart } from "../src/cli/verbs/components/schema-node.ts";
import { readTypedConfig, type TypedCommand } from "../src/cli/verbs/components/typed-config.ts";
import { joinValues, readValue } from "../src/cli/verbs/components/values.ts";
import { readWords } from "../src/cli/verbs/components/words.ts";

describe("readWords", () => {
  test("knows the three forms of an option, and names between them", () => {
    expect(readWords(["--path=s3://b=c", "mine", "--max-parallel", "4", "--debug", "--last"])).toEqual({
      names: ["mine"],
      settings: [
        { key: "path", option: "--path", text: "s3://b=c" },
        { key: "max-parallel", option: "--max-parallel", text: "4" },
        { key: "debug", option: "--debug" },
        { key: "last", option: "--last" },
      ],
    });
  });
  test("a flag leaves the word after it alone, unless that is true or false", () => {
    const isFlag = (key: string): boolean => key === "debug";
    expect(readWords(["--debug", "mine"], isFlag).names).toEqual(["mine"]);
    expect(readWords(["--debug", "false", "mine"], isFlag)).toEqual({
      names: ["mine"],
      settings: [{ key: "debug", option: "--debug", text: "false" }],
    });
  });
  test("negative numbers and a lone dash are values; what follows -- is a name", () => {
    expect(readWords(["--low", "-5", "--file", "-", "--", "--mine"])).toEqual({
      names: ["--mine"],
      settings: [
        { key: "low", option: "--low", text: "-5" },
        { key: "file", option: "--file", text: "-" },
      ],
    });
  });
  test("an empty name is a name, an empty value a value", () => {
    expect(readWords(["", "--path="])).toEqual({
      names: [""],
      settings: [{ key: "path", option: "--path", text: "" }],
    });
  });
  test("no word is lost", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 })), (words) => {
        const { names, settings } = readWords(words);
        const before = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
        const joined = before.filter((word) => /^--?[^=]*=/su.test(word)).length;
        const count =
          names.length + settings.length + settings.filter(({ text }) => text !== undefined).length - joined;
        expect(count).toBe(words.length - (words.includes("--") ? 1 : 0));
      }),
    );
  });
});

const rich = defineSchema({
  baseImage: { type: "string", description: "Image of every step.", default: "node:24-slim" },
  maxParallel: { type: "integer", minimum: 1 },
  ratio: { type: "number" },
  debug: { type: "boolean" },
  mode: { enum: ["fast", "slow"] },
  tags: { type: "array", items: { type: "string" } },
  sizes: { type: "array", items: { type: "integer" } },
  mounts: { type: "array", items: { type: "object", properties: { from: { type: "string" } } } },
  environment: { type: "object", additionalProperties: { type: "string" } },
  limits: { type: "object", properties: { shmSize: { type: "integer" } }, additionalProperties: false },
});

/** A schema as another library would describe it. */
function described(schema: JsonObject): StandardSchema {
  const jsonSchema = (): Record<string, unknown> => schema;
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => ({ value }),
      jsonSchema: { input: jsonSchema, output: jsonSchema },
    },
  };
}

function partOf(node: JsonObject): SchemaPart {
  return { root: node, node };
}

describe("readValue", () => {
  const string = partOf({ type: "string" });
  const number = partOf({ type: "number" });
  const list = partOf({ type: "array", items: { type: "string" } });
  const map = partOf({ type: "object", additionalProperties: { type: "string" } });

  test.each([
    [string, "007", "007"],
    [string, "true", "true"],
    [string, "", ""],
    [string, "[1]", "[1]"],
    [number, "1e3", 1000],
    [number, "-0.5", -0.5],
    [number, "many", "many"],
    [number, "1e999", "1e999"],
    [number, "${env:SIZE}", "${env:SIZE}"],
    [partOf({ type: "integer" }), "2.5", 2.5],
    [partOf({ type: "boolean" }), "true", true],
    [partOf({ type: "boolean" }), "yes", "yes"],
    [partOf({ enum: ["1", "2"] }), "1", "1"],
    [partOf({ enum: [1, 2] }), "1", 1],
    [partOf({ type: ["string", "null"] }), "null", "null"],
    [partOf({ type: ["integer", "null"] }), "null", null],
    [partOf({ anyOf: [{ type: "string" }, { type: "integer" }] }), "5", 5],
    [partOf({ anyOf: [{ type: "string" }, { type: "integer" }] }), "5x", "5x"],
    [partOf({}), "plain", "plain"],
    [partOf({}), '{"a":[1]}', { a: [1] }],
    [list, "a, b,c", ["a", "b", "c"]],
    [list, "", []],
    [list, '["a,b"]', ["a,b"]],
    [list, "${env:A:-x,y},b", ["${env:A:-x,y}", "b"]],
    [partOf({ type: "array", items: { type: "integer" } }), "1,2", [1, 2]],
    [partOf({ anyOf: [{ type: "array", items: { type: "integer" } }, { type: "null" }] }), "1,2", [1, 2]],
    [map, "A=1,B=x=y", { A: "1", B: "x=y" }],
    [map, '{"A":"1"}', { A: "1" }],
    [map, "${env:ALL}", "${env:ALL}"],
  ] as const)("%j of %s is %j", (part, text, value) => {
    expect(readValue(text, part)).toEqual({ value });
  });

  test.each([
    [list, '["a"', "no JSON"],
    [partOf({ type: "object", properties: { a: {} } }), "a=1", "as JSON"],
    [partOf({ type: "array", items: { type: "object" } }), "a=1", "as JSON"],
    [map, "A", "key=value"],
  ] as const)("%j refuses %s: %s", (part, text, problem) => {
    expect(readValue(text, part)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test("every JSON value that fits comes back as it was written", () => {
    const cases: readonly (readonly [SchemaPart, fc.Arbitrary<unknown>])[] = [
      [number, fc.double({ noNaN: true, noDefaultInfinity: true })],
      [partOf({ type: "boolean" }), fc.boolean()],
      [list, fc.array(fc.string())],
      [map, fc.dictionary(fc.string(), fc.string())],
      [partOf({ type: "array", items: partOf({ type: "object" }).node }), fc.array(fc.object({ maxDepth: 1 }))],
    ];
    for (const [part, arbitrary] of cases)
      fc.assert(
        fc.property(arbitrary, (value) => {
          const text = JSON.stringify(value);
          expect(readValue(text, part)).toEqual({ value: JSON.parse(text) });
        }),
      );
  });

  test("texts of a text stay as they are, whatever they look like", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readValue(text, string)).toEqual({ value: text });
      }),
    );
  });

  test("lists and mappings grow, anything else is there once", () => {
    expect(joinValues(["a"], ["b"])).toEqual({ value: ["a", "b"] });
    expect(joinValues({ a: "1" }, { b: "2" })).toEqual({ value: { a: "1", b: "2" } });
    expect(joinValues("a", "b")).toEqual({ problem: "it is there twice" });
  });
});

describe("schemas of other libraries", () => {
  const schema: JsonObject = {
    $ref: "#/$defs/config",
    $defs: {
      config: { type: "object", properties: { size: { $ref: "#/$defs/size" }, loop: { $ref: "#/$defs/loop" } } },
      size: { type: "integer" },
      loop: { $ref: "#/$defs/loop" },
    },
  };
  test("references are followed, also those that lead in circles", () => {
    const rows = keyRows(described(schema));
    expect(rows.map(({ key, type }) => [key, type])).toEqual([
      ["size", "integer"],
      ["loop", "any"],
    ]);
  });
  test("a schema that cannot describe itself says nothing here", () => {
    const broken = described({});
    const failing: StandardSchema = {
      "~standard": {
        ...broken["~standard"],
        jsonSchema: {
          input: () => {
            throw new Error("no");
          },
          output: () => ({}),
        },
      },
    };
    expect(kindsOf(schemaPart(failing)).size).toBe(0);
  });
  test("keys of all branches of a union are keys", () => {
    const union = described({
      anyOf: [
        { type: "object", properties: { path: { type: "string" } } },
        { type: "object", properties: { port: { type: "integer" }, path: { type: "integer" } } },
      ],
    });
    expect(keyRows(union).map(({ key, type }) => [key, type])).toEqual([
      ["path", "string | integer"],
      ["port", "integer"],
    ]);
    expect(read(["x", "--port=4", "--path=7"], union).config).toEqual({ port: 4, path: 7 });
  });
});

const command: TypedCommand = {
  command: "zenlite orchestrator register",
  options: ["--flavor", "--connector", "--json", "--help"],
  refused: { "--old": "It is gone." },
  example: "<name> -f <flavor>",
};

function read(words: readonly string[], config: StandardSchema = rich): ReturnType<typeof readTypedConfig> {
  return readTypedConfig(
    words,
    { type: "orchestrator", name: "rich", config: config as StandardSchema<JsonObject> },
    command,
  );
}

function messages(words: readonly string[]): readonly string[] {
  return read(words).problems.map(({ code, message }) => `${code} ${message}`);
}

describe("readTypedConfig", () => {
  test("keys in every spelling become those of a file, values those of the schema", () => {
    const words = ["mine", "--base-image=24", "--maxParallel", "4", "--debug", "--mode=slow", "--tags=a,b", "--tags=c"];
    const { name, config, typed, problems } = read([...words, "--limits", '{"shm_size": 1}', "--environment=A=1"]);
    expect(problems).toEqual([]);
    expect(name).toBe("mine");
    expect(config).toEqual({
      base_image: "24",
      max_parallel: 4,
      debug: true,
      mode: "slow",
      tags: ["a", "b", "c"],
      limits: { shm_size: 1 },
      environment: { A: "1" },
    });
    expect(typed.get("base_image")).toBe("--base-image");
  });
  test("a flag before the name does not swallow it", () => {
    expect(read(["--debug", "mine"])).toMatchObject({ name: "mine", config: { debug: true } });
  });
  test("an option that is none names what is near, of keys and of the command's own", () => {
    expect(messages(["x", "--basse-image=1", "--flavour", "docker", "--old=1", "-q"])).toEqual([
      'ZENLITE_OPTION_UNKNOWN Unknown option --basse-image. Did you mean "--base_image"?',
      'ZENLITE_OPTION_UNKNOWN Unknown option --flavour. Did you mean "--flavor"?',
      "ZENLITE_OPTION_UNKNOWN Unknown option --old. It is gone.",
      expect.stringContaining("Unknown option -q."),
    ]);
  });
  test("a word too many, a value missing, a key twice: all told at once", () => {
    expect(messages(["x", "--base_image", "--ratio=1", "--ratio=2", "--debug", "y", "tags=a"])).toEqual([
      "ZENLITE_ARGUMENT_INVALID --base_image: a value is missing, write --base_image=<value>.",
      "ZENLITE_ARGUMENT_INVALID --ratio: it is there twice.",
      'ZENLITE_ARGUMENT_INVALID Unexpected "y": one name is enough.',
      'ZENLITE_ARGUMENT_INVALID Unexpected "tags=a": one name is enough. Did you mean "--tags=…"?',
    ]);
  });
  test("no name at all", () => {
    expect(() => read(["--debug"])).toThrow(ZenliteError);
  });
  test("a schema that lets any key in takes it as it is typed; __proto__ is a key like any other", () => {
    const open = described({ type: "object", additionalProperties: { type: "integer" } });
    const { config, problems } = read(["x", "--any-thing=5", "--__proto__=6"], open);
    expect(problems).toEqual([]);
    expect(Object.entries(config)).toEqual([
      ["any-thing", 5],
      ["__proto__", 6],
    ]);
  });
  test("a closed schema refuses __proto__", () => {
    expect(messages(["x", "--__proto__=1"])).toEqual([expect.stringContaining("Unknown option --__proto__")]);
  });
});

test("meantKey knows the three spellings of a key", () => {
  for (const typed of ["maxParallel", "max_parallel", "max-parallel"])
    expect(meantKey(typed, ["max", "maxParallel"])).toBe("maxParallel");
  expect(meantKey("maxparallel", ["maxParallel"])).toBeUndefined();
  expect(meantKey("shm-size", ["shm_size"])).toBe("shm_size");
});

describe("explain", () => {
  test("says of every key its type, default and meaning, also below mappings", () => {
    const rows = keyRows(rich);
    expect(rows[0]).toEqual({
      key: "base_image",
      type: "string",
      default: "node:24-slim",
      required: false,
      meaning: "Image of every step.",
    });
    expect(rows.map(({ key, type }) => `${key} ${type}`)).toEqual([
      "base_image string",
      "max_parallel integer",
      "ratio number",
      "debug boolean",
      "mode fast | slow",
      "tags list of string",
      "sizes list of integer",
      "mounts list of mapping",
      "environment mapping of string",
      "limits mapping",
      "limits.shm_size integer",
    ]);
  });
  test("required keys and limits; keys that are there to be refused are left out", () => {
    const schema = defineSchema(
      {
        path: { type: "string", examples: ["./a"] },
        size: { type: "integer", minimum: 1, maximum: 9 },
        gone: { enum: [] },
      },
      ["path"],
    );
    expect(keyRows(schema)).toEqual([
      { key: "path", type: "string", required: true, meaning: "Example: ./a" },
      { key: "size", type: "integer", required: false, meaning: "(from 1 to 9)" },
    ]);
  });
  test("wrapped lines fit and lose no word", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^\w{1,9}$/u)), fc.integer({ min: 9, max: 40 }), (words, width) => {
        const lines = wrap(words.join(" "), width);
        expect(lines.every((line) => line.length <= width)).toBe(true);
        expect(lines.join(" ")).toBe(words.join(" "));
      }),
    );
  });
});
