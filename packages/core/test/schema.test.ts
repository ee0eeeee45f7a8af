import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { defineSchema, type SchemaNode, type StandardSchema } from "@zenlite/core";

const schema = defineSchema(
  {
    baseImage: { type: "string", default: "node:24-slim", minLength: 1 },
    pull: { enum: ["always", "missing", "never"] },
    parallel: { type: "integer", minimum: 1, maximum: 10 },
    cpuCount: { type: "number", exclusiveMinimum: 0 },
    tty: { type: "boolean" },
    region: { type: "string", pattern: "^[a-z]+-\\d$", examples: ["eu-1"] },
    mounts: { type: "array", items: { type: "object", properties: { path: { type: "string" } }, required: ["path"] } },
    environment: { type: "object", additionalProperties: { type: "string" } },
    anything: {},
  },
  ["region"],
);

async function issuesOf(value: unknown, of: StandardSchema = schema): Promise<readonly string[]> {
  const result = await of["~standard"].validate(value);
  return (result.issues ?? []).map(({ message, path }) => `${(path ?? []).map(String).join(".")}: ${message}`);
}

describe("defineSchema", () => {
  test("fills in defaults, each time a fresh one", async () => {
    const lists = defineSchema({ list: { type: "array", items: { type: "string" }, default: ["a"] } });
    const first = await lists["~standard"].validate({});
    const second = await lists["~standard"].validate({});
    expect(first).toEqual({ value: { list: ["a"] } });
    expect(first).not.toBe(second);
    expect(!first.issues && !second.issues && first.value.list !== second.value.list).toBe(true);
  });

  test.each([
    [{ region: "eu-1" }, []],
    [
      {
        region: "eu-1",
        pull: "never",
        parallel: 10,
        cpuCount: 0.5,
        tty: false,
        mounts: [{ path: "/" }],
        environment: { A: "1" },
        anything: [null],
      },
      [],
    ],
    [{}, ['region: "region" is missing (for example "eu-1")']],
    [{ region: undefined }, ['region: "region" is missing (for example "eu-1")']],
    [[], [": expected a mapping, got a list"]],
    [null, [": expected a mapping, got null"]],
    ["text", [': expected a mapping, got "text"']],
    [{ region: "Europe" }, ['region: "Europe" does not match ^[a-z]+-\\d$ (for example "eu-1")']],
    [{ region: "eu-1", baseImage: "" }, ["baseImage: expected a text that is not empty"]],
    [
      { region: "eu-1", pull: "allways" },
      ['pull: expected one of "always", "missing", "never", got "allways". Did you mean "always"?'],
    ],
    [{ region: "eu-1", pull: 3 }, ['pull: expected one of "always", "missing", "never", got 3']],
    [{ region: "eu-1", parallel: 1.5 }, ["parallel: expected a whole number, got 1.5"]],
    [{ region: "eu-1", parallel: 0 }, ["parallel: expected at least 1, got 0"]],
    [{ region: "eu-1", parallel: 11 }, ["parallel: expected at most 10, got 11"]],
    [{ region: "eu-1", cpuCount: 0 }, ["cpuCount: expected more than 0, got 0"]],
    [{ region: "eu-1", cpuCount: Number.NaN }, ["cpuCount: expected a number, got NaN"]],
    [{ region: "eu-1", cpuCount: Infinity }, ["cpuCount: expected a number, got Infinity"]],
    [{ region: "eu-1", tty: "yes" }, ['tty: expected true or false, got "yes"']],
    [{ region: "eu-1", mounts: {} }, ["mounts: expected a list, got a mapping"]],
    [
      { region: "eu-1", mounts: [{ path: "/" }, { pth: 1 }] },
      ['mounts.1.pth: unknown key "pth". Did you mean "path"?', 'mounts.1.path: "path" is missing'],
    ],
    [{ region: "eu-1", environment: { A: 1 } }, ["environment.A: expected a string, got 1"]],
    [{ region: "eu-1", bseImage: "x" }, ['bseImage: unknown key "bseImage". Did you mean "baseImage"?']],
  ])("%j", async (value, expected) => {
    expect(await issuesOf(value)).toEqual(expected);
  });

  test("a member that is undefined is not there: it gets the default", async () => {
    expect(await schema["~standard"].validate({ region: "eu-1", baseImage: undefined, tty: undefined })).toEqual({
      value: { region: "eu-1", baseImage: "node:24-slim" },
    });
  });

  test("all problems at once", async () => {
    expect(await issuesOf({ region: 1, parallel: "x", tty: 0 })).toHaveLength(3);
  });

  test("names of JavaScript objects are keys like any other", async () => {
    expect(await issuesOf(JSON.parse('{"region": "eu-1", "__proto__": {}, "constructor": 1}'))).toHaveLength(2);
    const result = await schema["~standard"].validate({
      region: "eu-1",
      environment: JSON.parse('{"__proto__": "x", "toString": "y"}'),
    });
    expect(!result.issues && JSON.stringify(result.value.environment)).toBe('{"__proto__":"x","toString":"y"}');
    // A required key is not taken from the prototype.
    expect(await issuesOf({}, defineSchema({ toString: { type: "string" } }, ["toString"]))).toEqual([
      'toString: "toString" is missing',
    ]);
  });

  test("a long value is cut in the message", async () => {
    const [issue = ""] = await issuesOf({ region: "x".repeat(10_000) });
    expect(issue.length).toBeLessThan(200);
  });

  test("describes itself as JSON Schema, which is JSON", () => {
    const described = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    expect(described).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      required: ["region"],
      properties: { parallel: { type: "integer", minimum: 1, maximum: 10 } },
    });
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  });

  test("what a schema accepts it returns, and accepts again", async () => {
    const node = fc.letrec<{ node: SchemaNode }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<SchemaNode>({ type: "string" }, { type: "integer" }, { type: "boolean" }, {}),
        tie("node").map((items): SchemaNode => ({ type: "array", items })),
        fc
          .dictionary(fc.string({ maxLength: 4 }), tie("node"), { maxKeys: 3, noNullPrototype: true })
          .map((properties): SchemaNode => ({ type: "object", properties })),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ maxLength: 4 }), node, { maxKeys: 4, noNullPrototype: true }),
        fc.jsonValue(),
        async (properties, value) => {
          const { validate } = defineSchema(properties)["~standard"];
          const once = await validate(value);
          if (once.issues !== undefined) return;
          expect(once.value).toEqual(value);
          expect(await validate(once.value)).toEqual(once);
        },
      ),
    );
  });

  test("its type is what TypeScript says", () => {
    type Value = typeof schema extends StandardSchema<infer Output> ? Output : never;
    expectTypeOf<Value["baseImage"]>().toEqualTypeOf<string>();
    expectTypeOf<Value["region"]>().toEqualTypeOf<string>();
    expectTypeOf<Value["pull"]>().toEqualTypeOf<"always" | "missing" | "never" | undefined>();
    expectTypeOf<NonNullable<Value["mounts"]>[number]["path"]>().toEqualTypeOf<string>();
  });
});
