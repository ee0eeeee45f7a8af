import { describe, expect, test } from "vitest";
import { checkConfig, chooseStack, openComponent, resolveStack } from "@zenlite/core/config";
import { errorsOf, flavorPackage, load, makeProject, summary, writeFiles } from "./project.ts";

const stackLine = (name: string): string => `  ${name}: { orchestrator: default, artifact-store: default }`;
const log = { info: () => {}, warn: () => {} };

describe("which stack is meant", () => {
  const rc = ["stack:", ...["argument", "variable", "active"].map(stackLine)].join("\n");

  test("the argument, then ZENLITE_STACK, then the active one, then default", async () => {
    const folder = await makeProject({ ".zenliterc": rc, ".zenlite/state/active-stack": "active\n" });
    const name = async (argument?: string, environment = {}): Promise<string> =>
      (await resolveStack(await load(folder, environment), argument)).name;
    expect(await name("argument", { ZENLITE_STACK: "variable" })).toBe("argument");
    expect(await name(undefined, { ZENLITE_STACK: "variable" })).toBe("variable");
    expect(await name(undefined, { ZENLITE_STACK: "" })).toBe("active");
    await writeFiles(folder, { ".zenlite/state/active-stack": "\n" });
    expect(await name()).toBe("default");
  });

  test("an unknown one: who said it, what is known, what is near", async () => {
    const folder = await makeProject({ ".zenliterc": rc });
    const [argument] = await errorsOf(resolveStack(await load(folder), "activ"));
    expect(argument).toMatchObject({ code: "ZENLITE_STACK_UNKNOWN", hint: "zenlite stack list" });
    expect(argument?.message).toBe(
      'There is no stack "activ" (from --stack). Did you mean "active"? Known: default, argument, variable, active.',
    );
    const [variable] = await errorsOf(
      load(folder, { ZENLITE_STACK: "toString" }).then((config) => resolveStack(config)),
    );
    expect(variable?.message).toBe(
      'There is no stack "toString" (from ZENLITE_STACK). Known: default, argument, variable, active.',
    );
    await writeFiles(folder, { ".zenlite/state/active-stack": "gone" });
    const config = await load(folder);
    expect(await chooseStack(config)).toEqual({ name: "gone", by: `${config.stateFolder}/state/active-stack` });
    await expect(resolveStack(config)).rejects.toMatchObject({ code: "ZENLITE_STACK_UNKNOWN" });
  });
});

describe("resolving", () => {
  test("the default stack, without any file", async () => {
    const { name, components, notices } = await resolveStack(await load(await makeProject({})));
    expect({ name, notices }).toEqual({ name: "default", notices: [] });
    expect(Object.keys(components)).toEqual(["orchestrator", "artifact-store"]);
    expect(components["artifact-store"]).toMatchObject({
      type: "artifact-store",
      name: "default",
      raw: {},
      config: {},
      supports: { local: true },
      source: { package: "@zenlite/artifact-store-local", moduleFile: "/nowhere/artifact-store-local.js" },
    });
  });

  test("references are kept in what a plan holds and replaced in the config", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [some]\norchestrator: { a: { flavor: some, base_image: '${env:REGISTRY}/x:${env:TAG:-latest}', environment: { T: '${secret:api.key}', LITERAL: '$${x}' } } }\nstack: { s: { orchestrator: a, artifact-store: default } }",
      ...flavorPackage("some", "orchestrator", "some"),
    });
    const config = await load(folder, { REGISTRY: "r", ZENLITE_SECRET_API_KEY: "k3y" });
    const { orchestrator } = (await resolveStack(config, "s")).components;
    expect(orchestrator.raw).toEqual({
      baseImage: "${env:REGISTRY}/x:${env:TAG:-latest}",
      environment: { T: "${secret:api.key}", LITERAL: "$${x}" },
    });
    expect(orchestrator.config).toEqual({ baseImage: "r/x:latest", environment: { T: "k3y", LITERAL: "${x}" } });
    expect(JSON.stringify(config)).not.toContain("k3y");
  });

  test("all problems of its components at once, and none of other stacks", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors: [some, a-store, bad]",
        "orchestrator:",
        "  a: { flavor: some, max_parallel: 0, base_image: '${env:NOT_SET}' }",
        "  unused: { flavor: bad, nonsense: 1 }",
        "artifact-store:",
        "  b: { flavor: a-store, environment: { K: '${secret:api.key}', L: '${secret:api}' } }",
        "stack: { s: { orchestrator: a, artifact-store: b } }",
      ].join("\n"),
      ...flavorPackage("some", "orchestrator", "some"),
      ...flavorPackage("a-store", "artifact-store", "a-store"),
      ...flavorPackage("bad", "orchestrator", "bad"),
      "node_modules/bad/index.js": "throw new Error('unused')",
    });
    const config = await load(folder, { XDG_CONFIG_HOME: `${folder}/none` });
    const errors = await errorsOf(resolveStack(config, "s"));
    expect(summary(folder, errors)).toEqual([
      "ZENLITE_CONFIG_INVALID .zenliterc:3:36 orchestrator.a.max_parallel: expected at least 1, got 0.",
      "ZENLITE_VARIABLE_MISSING .zenliterc:3:51 The environment variable NOT_SET is not set.",
      'ZENLITE_SECRET_MISSING .zenliterc:6:43 There is no secret "api.key".',
      'ZENLITE_REFERENCE_INVALID .zenliterc:6:67 "${secret:api}" is no reference.',
    ]);
    expect(errors[2]?.hint).toBe("zenlite secret create api --key key, or set ZENLITE_SECRET_API_KEY.");
  });

  test("checking needs no variable and no secret, and tells what is wrong beside them", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [some]\norchestrator: { a: { flavor: some, max_parallel: '${env:NOT_SET}', base_image: '${secret:api.key}', environment: { A: '${secret:api}', B: 1 } } }",
      ...flavorPackage("some", "orchestrator", "some"),
    });
    expect(summary(folder, await checkConfig(await load(folder, { XDG_CONFIG_HOME: folder })))).toEqual([
      'ZENLITE_REFERENCE_INVALID .zenliterc:2:119 "${secret:api}" is no reference.',
      "ZENLITE_CONFIG_INVALID .zenliterc:2:139 orchestrator.a.environment.B: expected a string, got 1.",
    ]);
  });

  test("a reference where a number, or true or false, stands", async () => {
    const config =
      'config: defineSchema({ count: { type: "integer", minimum: 2 }, share: { type: "number" }, on: { type: "boolean" }, text: { type: "string" }, list: { type: "array", items: { type: "integer" } }, map: { type: "object", additionalProperties: { type: "number" } } }),';
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [some]\norchestrator: { a: { flavor: some, count: '${env:COUNT}', share: '${env:SHARE:-0.5}', on: '${env:ON}', text: '${env:COUNT}', list: ['${env:COUNT}', 1], map: { k: '${env:SHARE:-1e3}' } } }\nstack: { s: { orchestrator: a, artifact-store: default } }",
      ...flavorPackage("some", "orchestrator", "some", config),
    });
    const { orchestrator } = (await resolveStack(await load(folder, { COUNT: "4", ON: "true" }), "s")).components;
    expect(orchestrator.config).toEqual({ count: 4, share: 0.5, on: true, text: "4", list: [4, 1], map: { k: 1000 } });
    expect(orchestrator.raw["count"]).toBe("${env:COUNT}");
    const errors = await errorsOf(resolveStack(await load(folder, { COUNT: "1", ON: "yes" }), "s"));
    expect(errors.map(({ message }) => message)).toEqual([
      "orchestrator.a.count: what the reference stands for does not fit.",
      "orchestrator.a.on: what the reference stands for does not fit.",
    ]);
  });

  test("a secret that does not fit is not shown", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [some]\norchestrator: { a: { flavor: some, max_parallel: '${secret:api.key}' } }\nstack: { s: { orchestrator: a, artifact-store: default } }",
      ...flavorPackage("some", "orchestrator", "some"),
    });
    const errors = await errorsOf(
      load(folder, { ZENLITE_SECRET_API_KEY: "k3y" }).then((config) => resolveStack(config, "s")),
    );
    expect(summary(folder, errors)).toEqual([
      "ZENLITE_CONFIG_INVALID .zenliterc:2:50 orchestrator.a.max_parallel: what the reference stands for does not fit.",
    ]);
  });

  test("what a flavor's supports() refuses stands at the component", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [some]\norchestrator:\n  a: { flavor: some }\nstack: { s: { orchestrator: a, artifact-store: default } }",
      ...flavorPackage(
        "some",
        "orchestrator",
        "some",
        "supports() { throw new Error('host and socket exclude each other'); },",
      ),
    });
    const config = await load(folder);
    expect(summary(folder, await errorsOf(resolveStack(config, "s")))).toEqual([
      'ZENLITE_CONFIG_INVALID .zenliterc:3:3 orchestrator "a" (some): host and socket exclude each other',
    ]);
  });
});

describe("an image-builder that the stack leaves out", () => {
  const withImage = flavorPackage(
    "boxed",
    "orchestrator",
    "boxed",
    "supports: () => ({ hostFolders: true, image: { base: 'x' } }),",
  );
  const builder = (name: string): Record<string, string> => flavorPackage(name, "image-builder", name);
  const rc = (extra: string): string =>
    `${extra}\norchestrator: { a: { flavor: boxed } }\nstack: { s: { orchestrator: a, artifact-store: default }, plain: { orchestrator: default, artifact-store: default } }`;

  test("the one declared component is taken and said so, where steps start from images", async () => {
    const folder = await makeProject({
      ".zenliterc": rc("flavors: [boxed, one]\nimage-builder: { mine: { flavor: one } }"),
      ...withImage,
      ...builder("one"),
    });
    const config = await load(folder);
    expect((await resolveStack(config, "s")).components["image-builder"]).toMatchObject({
      name: "mine",
      assumed: 'Stack "s" names no image-builder; the one declared is taken: "mine" (one).',
    });
    expect((await resolveStack(config, "plain")).components).not.toHaveProperty("image-builder");
  });

  test("so is the one declared flavor, without a component; of two none is", async () => {
    const one = await makeProject({ ".zenliterc": rc("flavors: [boxed, one]"), ...withImage, ...builder("one") });
    expect((await resolveStack(await load(one), "s")).components["image-builder"]).toMatchObject({
      name: "one",
      config: { baseImage: "node:24-slim" },
    });
    const two = await makeProject({
      ".zenliterc": rc("flavors: [boxed, one, two]"),
      ...withImage,
      ...builder("one"),
      ...builder("two"),
    });
    expect((await resolveStack(await load(two), "s")).components).not.toHaveProperty("image-builder");
  });
});

describe("opening a component", () => {
  const files = (fields: string): Record<string, string> => ({
    ".zenliterc":
      "flavors: [some, signer]\nservice-connector: { cloud: { flavor: signer } }\norchestrator: { a: { flavor: some, connector: cloud } }\nstack: { s: { orchestrator: a, artifact-store: default } }",
    ...flavorPackage("some", "orchestrator", "some", fields),
    ...flavorPackage(
      "signer",
      "service-connector",
      "signer",
      "open: async () => ({ credentials: async ({ kind }) => ({ kind, value: { id: 'x' } }), async [Symbol.asyncDispose]() { globalThis.signedOut = true; } }),",
    ),
  });
  const open = async (folder: string, environment = {}): Promise<AsyncDisposable> => {
    const { components } = await resolveStack(await load(folder, environment), "s");
    return openComponent(components.orchestrator, { signal: new AbortController().signal, log, where: "client" });
  };

  test("it reads secrets, gets credentials from its connector, and takes the connector down with it", async () => {
    const folder = await makeProject(
      files(
        "open: async (config, context) => ({ place: context.place.configFolder, key: await context.secret('api.key', context), other: await context.secret('${secret:api.key}', context), credentials: await context.credentials({ kind: 'aws', signal: context.signal }), async [Symbol.asyncDispose]() {} }),",
      ),
    );
    {
      await using opened = await open(folder, { ZENLITE_SECRET_API_KEY: "k3y" });
      expect(opened).toMatchObject({
        place: folder,
        key: "k3y",
        other: "k3y",
        credentials: { kind: "aws", value: { id: "x" } },
      });
      expect(globalThis).not.toHaveProperty("signedOut");
    }
    expect(globalThis).toHaveProperty("signedOut", true);
    Reflect.deleteProperty(globalThis, "signedOut");
  });

  test("what it throws is the cause of an error that names it; a ZenliteError stays as it is", async () => {
    const plain = await makeProject(files("open: async () => { throw new Error('no socket'); },"));
    const [error] = await errorsOf(open(plain));
    expect(error).toMatchObject({ code: "ZENLITE_COMPONENT_FAILED", fault: "environment", where: { package: "some" } });
    expect(error?.message).toBe('orchestrator "a" (some) cannot be opened: no socket');
    const own = await makeProject(
      files("open: async (config, context) => { await context.secret('api.key', context); },"),
    );
    await expect(open(own, { XDG_CONFIG_HOME: "/nowhere" })).rejects.toMatchObject({ code: "ZENLITE_SECRET_MISSING" });
  });
});
