import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readKeys, resolveStack, toCamel, toSnake } from "@zenlite/core/config";
import type { JsonObject } from "@zenlite/core";
import { flavorPackage, load, makeProject } from "./project.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/u);
const snakeKey = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("_"));

test("snake_case and camelCase are two spellings of one key", () => {
  // Words of one letter run together in camelCase, and a word that starts with a digit has none of its own.
  const words = fc.array(fc.stringMatching(/^[a-z][a-z0-9]{1,6}$/u), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      words.map((list) => list.join("_")),
      (key) => {
        expect(toSnake(toCamel(key))).toBe(key);
        expect(toCamel(toCamel(key))).toBe(toCamel(key));
      },
    ),
  );
  expect(toSnake("extraHTTPHeaders")).toBe("extra_http_headers");
  expect(toCamel("max_parallel")).toBe("maxParallel");
  expect(toCamel("_private_key")).toBe("_privateKey");
});

describe("readKeys", () => {
  const schema: JsonObject = {
    type: "object",
    properties: {
      baseImage: { type: "string" },
      environment: { type: "object", additionalProperties: { type: "string" } },
      volumes: {
        type: "object",
        additionalProperties: { type: "object", properties: { readOnly: {} }, additionalProperties: false },
      },
      extraMounts: { type: "array", items: { $ref: "#/$defs/mount" } },
      labels: { type: "object", patternProperties: { "^com\\.": {} } },
      anything: {},
      open: { type: "object", properties: { knownKey: {} }, additionalProperties: {} },
      perhaps: { anyOf: [{ type: "object", properties: { innerKey: {} } }, { type: "null" }] },
      either: {
        oneOf: [
          { type: "object", properties: { aKey: {} } },
          { type: "object", properties: { bKey: {} } },
        ],
      },
    },
    required: ["baseImage"],
    $defs: { mount: { type: "object", properties: { hostPath: {}, nextMount: { $ref: "#/$defs/mount" } } } },
  };

  test("respells the schema's keys at any depth and leaves the user's own keys alone", () => {
    const { value, problems } = readKeys(
      schema,
      {
        base_image: "a",
        environment: { MY_VARIABLE: "x", base_image: "y" },
        volumes: { my_data: { read_only: true } },
        extra_mounts: [{ host_path: "/a" }, { hostPath: "/b", next_mount: { host_path: "/c" } }],
        labels: { "com.a_b": 1 },
        anything: { some_key: [{ other_key: 1 }] },
        open: { known_key: 1, own_key: { host_path: 2 } },
        perhaps: { inner_key: 1 },
        either: { a_key: 1, zzz: 2 },
      },
      "snake",
    );
    expect(problems).toEqual([]);
    expect(value).toEqual({
      baseImage: "a",
      environment: { MY_VARIABLE: "x", base_image: "y" },
      volumes: { my_data: { readOnly: true } },
      extraMounts: [{ hostPath: "/a" }, { hostPath: "/b", nextMount: { hostPath: "/c" } }],
      labels: { "com.a_b": 1 },
      anything: { some_key: [{ other_key: 1 }] },
      open: { knownKey: 1, own_key: { host_path: 2 } },
      perhaps: { innerKey: 1 },
      either: { a_key: 1, zzz: 2 },
    });
  });

  test("refuses unknown keys, one key in both spellings, and what is missing, as it was written", () => {
    const { value, problems, missing } = readKeys(
      schema,
      {
        Base_Image: "a",
        volumes: { my_data: { readonly: true } },
        extra_mounts: [{ host_path: "/a", hostPath: "/b" }],
        extraMounts: [],
        labels: { "org.x": 1 },
        __proto__x: 1,
        perhaps: { innerkey: 1 },
      },
      "snake",
    );
    expect(problems.map(({ kind, path }) => [kind, path.join("/")])).toEqual([
      ["unknown", "Base_Image"],
      ["unknown", "volumes/my_data/readonly"],
      ["twice", "extra_mounts/0/hostPath"],
      ["twice", "extraMounts"],
      ["unknown", "labels/org.x"],
      ["unknown", "__proto__x"],
      ["unknown", "perhaps/innerkey"],
      ["missing", ""],
    ]);
    expect(missing).toEqual([["baseImage"]]);
    expect(problems.find(({ kind }) => kind === "missing")).toMatchObject({ message: '"base_image" is missing.' });
    expect(value).toEqual({ volumes: { my_data: {} }, extraMounts: [{ hostPath: "/a" }], labels: {}, perhaps: {} });
  });

  test("says how a path of the value was written", () => {
    const reading = readKeys(schema, { extra_mounts: [{ hostPath: "/a" }, { host_path: 1 }] }, "snake");
    expect(reading.written(["extraMounts", 1, "hostPath"])).toEqual(["extra_mounts", 1, "host_path"]);
    expect(reading.written(["extraMounts", 0, "hostPath"])).toEqual(["extra_mounts", 0, "hostPath"]);
    expect(reading.written(["environment", "x"])).toEqual(["environment", "x"]);
  });

  test("a key __proto__ is a key like any other", () => {
    const value: JsonObject = JSON.parse('{"environment": {"__proto__": "x"}, "__proto__": {"baseImage": "y"}}');
    const reading = readKeys(schema, value, "snake");
    expect(reading.problems.map(({ kind }) => kind)).toEqual(["unknown", "missing"]);
    expect(JSON.stringify(reading.value)).toBe('{"environment":{"__proto__":"x"}}');
  });

  test("a schema that refers to itself without end describes nothing", () => {
    expect(readKeys({ $ref: "#" }, { a: 1 }, "snake")).toMatchObject({ value: { a: 1 }, problems: [] });
  });

  test("either spelling of any schema gives the same value", () => {
    const tree = fc.letrec<{ node: JsonObject }>((tie) => ({
      node: fc.dictionary(
        snakeKey.filter((key) => !/_\d/u.test(key)),
        fc.oneof({ depthSize: "small" }, fc.integer(), tie("node")),
        { maxKeys: 4, noNullPrototype: true },
      ),
    })).node;
    const isNode = (value: unknown): value is JsonObject => typeof value === "object";
    const schemaOf = (node: JsonObject): JsonObject => ({
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(node).map(([key, value]) => [
          toCamel(key),
          isNode(value) ? schemaOf(value) : { type: "integer" },
        ]),
      ),
    });
    const camel = (node: JsonObject): JsonObject =>
      Object.fromEntries(
        Object.entries(node).map(([key, value]) => [toCamel(key), isNode(value) ? camel(value) : value]),
      );
    fc.assert(
      fc.property(tree, (node) => {
        const described = schemaOf(node);
        expect(readKeys(described, node, "snake")).toMatchObject({ value: camel(node), problems: [] });
        expect(readKeys(described, camel(node), "camel")).toMatchObject({ value: camel(node), problems: [] });
      }),
    );
  });
});

test("any components and stacks, written as YAML, are loaded as they were written", async () => {
  const name = fc
    .oneof(
      fc.stringMatching(/^[A-Za-z0-9_][\w.-]{0,12}$/u),
      fc.constantFrom("true", "null", "1e3", "0x10", "no", "été", "模型", "~".replace("~", "_")),
    )
    .filter((text) => !(text in {}) && text !== "default");
  const shape = fc
    .record({
      orchestrators: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      stores: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      stacks: fc.uniqueArray(name, { maxLength: 5 }),
    })
    .chain((names) =>
      fc.record({
        names: fc.constant(names),
        stacks: fc.tuple(
          ...names.stacks.map((stack) =>
            fc.record({
              name: fc.constant(stack),
              orchestrator: fc.constantFrom("default", ...names.orchestrators),
              store: fc.constantFrom("default", ...names.stores),
            }),
          ),
        ),
        paths: fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), { minLength: 4, maxLength: 4 }),
      }),
    );
  await fc.assert(
    fc.asyncProperty(shape, async ({ names, stacks, paths }) => {
      const components = (list: readonly string[]): [string, JsonObject][] =>
        list.map((component, index) => [component, { flavor: "local", path: paths[index] ?? "x" }]);
      const written = {
        orchestrator: Object.fromEntries(components(names.orchestrators)),
        "artifact-store": Object.fromEntries(components(names.stores)),
        stack: Object.fromEntries(
          stacks.map((stack) => [stack.name, { orchestrator: stack.orchestrator, "artifact-store": stack.store }]),
        ),
      };
      const config = await load(await makeProject({ ".zenliterc": stringify(written) }));
      const read = (type: string): [string, JsonObject][] =>
        config.components
          .filter((component) => component.type === type && component.name !== "default")
          .map((component) => [component.name, { flavor: component.flavor, ...component.config }]);
      expect(Object.fromEntries(read("orchestrator"))).toEqual(written.orchestrator);
      expect(Object.fromEntries(read("artifact-store"))).toEqual(written["artifact-store"]);
      expect(
        Object.fromEntries(
          config.stacks.filter((stack) => stack.name !== "default").map((stack) => [stack.name, stack.components]),
        ),
      ).toEqual(written.stack);
    }),
    { numRuns: 60 },
  );
});

test("a component in snake_case and one in camelCase resolve to the same config", async () => {
  const folder = await makeProject({
    ".zenliterc": [
      "flavors: [some]",
      "orchestrator:",
      "  snake: { flavor: some, max_parallel: 2, host_config: { shm_size: 3 }, environment: { MY_KEY: a, myKey: b } }",
      "  camel: { flavor: some, maxParallel: 2, hostConfig: { shmSize: 3 }, environment: { MY_KEY: a, myKey: b } }",
      "stack:",
      "  one: { orchestrator: snake, artifact-store: default }",
      "  two: { orchestrator: camel, artifact-store: default }",
    ].join("\n"),
    ...flavorPackage("some", "orchestrator", "some"),
  });
  const config = await load(folder);
  const one = (await resolveStack(config, "one")).components.orchestrator;
  const two = (await resolveStack(config, "two")).components.orchestrator;
  const raw = { maxParallel: 2, hostConfig: { shmSize: 3 }, environment: { MY_KEY: "a", myKey: "b" } };
  expect(one.raw).toEqual(raw);
  expect(two.raw).toEqual(raw);
  expect(one.config).toEqual({ ...raw, baseImage: "node:24-slim" });
  expect(two.config).toEqual(one.config);
});
