// What components of a stack ask of each other, and the command that mends what they do not get.
import { describe, expect, test } from "vitest";
import { checkStack, resolveStack, unknownStack, type Config } from "@zenlite/core/config";
import { errorsOf, flavorPackage, load, makeProject, summary } from "./project.ts";

const stackLine = (name: string): string => `  ${name}: { orchestrator: default, artifact-store: default }`;

describe("what components ask of each other", () => {
  const requires = (list: object): string => `requires: ${JSON.stringify(list)},`;

  test("every requirement that does not hold, each with its reason", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors: [far, builder]",
        "orchestrator: { a: { flavor: far } }",
        "image-builder: { b: { flavor: builder } }",
        "stack:",
        "  s:",
        "    orchestrator: a",
        "    artifact-store: default",
        "    image-builder: b",
      ].join("\n"),
      ...flavorPackage(
        "far",
        "orchestrator",
        "far",
        requires([
          { type: "artifact-store", supports: { local: false }, why: "Its containers run elsewhere." },
          { type: "container-registry", why: "Images are pulled from one." },
          { type: "image-builder", supports: { platforms: ["linux/amd64", "linux/arm64"] }, why: "It runs on ARM." },
          { type: "service-connector", why: "It signs in." },
        ]),
      ),
      ...flavorPackage("builder", "image-builder", "builder", "supports: () => ({ platforms: ['linux/amd64'] }),"),
    });
    expect(summary(folder, await errorsOf(resolveStack(await load(folder), "s")))).toEqual([
      'ZENLITE_STACK_INVALID .zenliterc:6:19 Stack "s": orchestrator "a" (far) needs a container-registry. Images are pulled from one.',
      'ZENLITE_STACK_INVALID .zenliterc:6:19 Stack "s": orchestrator "a" (far) needs a service-connector. It signs in.',
      'ZENLITE_STACK_INVALID .zenliterc:7:21 Stack "s": orchestrator "a" (far) needs an artifact-store with local false; artifact-store "default" (local) has true. Its containers run elsewhere.',
      'ZENLITE_STACK_INVALID .zenliterc:8:20 Stack "s": orchestrator "a" (far) needs an image-builder with platforms ["linux/amd64","linux/arm64"]; image-builder "b" (builder) has ["linux/amd64"]. It runs on ARM.',
    ]);
  });

  test("requirements that hold", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [near, builder]\norchestrator: { a: { flavor: near } }\nimage-builder: { b: { flavor: builder } }\nstack: { s: { orchestrator: a, artifact-store: default, image-builder: b } }",
      ...flavorPackage(
        "near",
        "orchestrator",
        "near",
        requires([
          { type: "artifact-store", supports: { local: true }, why: "w" },
          { type: "image-builder", supports: { platforms: ["linux/arm64"] }, why: "w" },
        ]),
      ),
      ...flavorPackage(
        "builder",
        "image-builder",
        "builder",
        "supports: () => ({ platforms: ['linux/amd64', 'linux/arm64'] }),",
      ),
    });
    expect((await resolveStack(await load(folder), "s")).components["image-builder"]?.assumed).toBeUndefined();
  });

  test("steps that cannot reach this machine's folders, and a store that is one", async () => {
    const folder = await makeProject({
      ".zenliterc":
        "flavors: [far]\norchestrator: { a: { flavor: far } }\nstack: { s: { orchestrator: a, artifact-store: default } }",
      ...flavorPackage("far", "orchestrator", "far", "supports: () => ({ hostFolders: false }),"),
    });
    expect(summary(folder, await errorsOf(resolveStack(await load(folder), "s")))).toEqual([
      'ZENLITE_STACK_INVALID .zenliterc:3:48 Stack "s": steps of orchestrator "a" (far) cannot reach a folder of this machine, and artifact-store "default" (local) keeps artifacts in /nowhere/store.',
    ]);
  });
});

describe("the command that mends it", () => {
  const far = (fields: string): Record<string, string> =>
    flavorPackage("far", "orchestrator", "far", `supports: () => ({ hostFolders: false }), ${fields}`);
  const needs = (type: string): string => `requires: ${JSON.stringify([{ type, why: "w" }])},`;
  const hints = async (config: Config, name = "s"): Promise<readonly (string | undefined)[]> =>
    (await errorsOf(resolveStack(config, name))).map(({ hint }) => hint);

  test("names the components that fit, and no other", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors: [far, cloud]",
        "orchestrator: { a: { flavor: far } }",
        "artifact-store: { near: { flavor: local }, wrong: { flavor: cloud, max_parallel: 0 }, c: { flavor: cloud }, d: { flavor: cloud } }",
        "stack: { s: { orchestrator: a, artifact-store: near } }",
      ].join("\n"),
      ...far(""),
      ...flavorPackage("cloud", "artifact-store", "cloud"),
    });
    expect(await hints(await load(folder))).toEqual(["zenlite stack update s -a c (or: d)"]);
  });

  test("else the flavor that is there, else the package that has one", async () => {
    const rc = (flavors: string): string =>
      `flavors: [${flavors}]\norchestrator: { a: { flavor: far } }\nstack: { s: { orchestrator: a, artifact-store: default } }`;
    const there = await makeProject({
      ".zenliterc": rc("far, cloud"),
      ...far(""),
      ...flavorPackage("cloud", "artifact-store", "cloud"),
    });
    expect(await hints(await load(there))).toEqual([
      "zenlite artifact-store register <name> -f cloud\nzenlite stack update s -a <name>",
    ]);
    const nowhere = await makeProject({ ".zenliterc": rc("far"), ...far("") });
    expect(await hints(await load(nowhere))).toEqual([
      [
        "npm install @zenlite/artifact-store-s3",
        "zenlite artifact-store flavor register @zenlite/artifact-store-s3",
        "zenlite artifact-store register <name> -f s3",
        "zenlite stack update s -a <name>",
      ].join("\n"),
    ]);
  });

  test("for a connector, and for what a connector asks for", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors: [near, signer]",
        "orchestrator: { a: { flavor: near }, b: { flavor: near, connector: k } }",
        "service-connector: { k: { flavor: signer } }",
        "stack: { s: { orchestrator: a, artifact-store: default }, t: { orchestrator: b, artifact-store: default } }",
      ].join("\n"),
      ...flavorPackage("near", "orchestrator", "near", needs("service-connector")),
      ...flavorPackage("signer", "service-connector", "signer", needs("container-registry")),
    });
    const config = await load(folder);
    expect(await hints(config)).toEqual(["zenlite orchestrator connect a --connector k"]);
    const [problem] = await errorsOf(resolveStack(config, "t"));
    expect(problem?.message).toBe('Stack "t": service-connector "k" (signer) needs a container-registry. w');
  });

  test("what is wrong with one component does not hide what another lacks; a connector's problem is told once", async () => {
    const folder = await makeProject({
      ".zenliterc": [
        "flavors: [far, cloud, signer]",
        "orchestrator: { a: { flavor: far, connector: k, base_image: 1, extra_mounts: [{}], nonsense: 1 } }",
        "artifact-store: { c: { flavor: cloud, connector: k } }",
        "service-connector: { k: { flavor: signer, max_parallel: 0 } }",
        "stack: { s: { orchestrator: a, artifact-store: c } }",
      ].join("\n"),
      ...far(needs("container-registry")),
      ...flavorPackage("cloud", "artifact-store", "cloud"),
      ...flavorPackage("signer", "service-connector", "signer"),
    });
    const errors = await errorsOf(resolveStack(await load(folder), "s"));
    expect(errors.map(({ code, hint }) => [code, hint?.split("\n")[0]])).toEqual([
      ["ZENLITE_CONFIG_INVALID", "zenlite orchestrator update a --base_image=<value>"],
      ["ZENLITE_CONFIG_INVALID", "zenlite orchestrator explain far"],
      ["ZENLITE_CONFIG_UNKNOWN_KEY", "zenlite orchestrator explain far"],
      ["ZENLITE_CONFIG_INVALID", "zenlite service-connector update k --max_parallel=<value>"],
      ["ZENLITE_STACK_INVALID", "npm install @zenlite/registry-ecr"],
    ]);
  });

  test("a stack that no file holds yet is checked as it would be, and tells which parts are missing", async () => {
    const folder = await makeProject({
      ".zenliterc": "flavors: [near]\norchestrator: { a: { flavor: near, base_image: '${env:NOT_SET}' } }",
      ...flavorPackage("near", "orchestrator", "near", needs("image-builder")),
    });
    const config = await load(folder);
    const candidate = {
      name: "new",
      components: { orchestrator: "a", "artifact-store": "default" },
      locate: () => ({}),
    };
    const mend = (type: string, name: string): string => `mend ${type} ${name}`;
    const lenient = await checkStack(config, candidate, { lenient: true, mend });
    expect(lenient.problems.map(({ hint }) => hint?.split("\n").at(-1))).toEqual(["mend image-builder <name>"]);
    expect(lenient).toMatchObject({ missing: ["image-builder"] });
    const strict = await checkStack(config, candidate, { lenient: false });
    expect(strict.problems.map(({ code }) => code).sort()).toEqual([
      "ZENLITE_STACK_INVALID",
      "ZENLITE_VARIABLE_MISSING",
    ]);
  });

  test("of very many stacks only some are named", async () => {
    const config = await load(
      await makeProject({
        ".zenliterc": `stack:\n${Array.from({ length: 30 }, (_, index) => stackLine(`s${index}`)).join("\n")}`,
      }),
    );
    const { message } = unknownStack(config, "nothing-like-it", { hint: "h" });
    expect(message).toMatch(/^There is no stack "nothing-like-it"\. Known: default, s0, .*, s18, …\.$/);
  });
});
