// `zenlite schema`: what editors are told. A file that zenlite reads passes, and a mistake does not.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkConfig, readConfig, readText } from "@zenlite/core/config";
import { builtins } from "../src/client/builtins.ts";
import { createProject, repository, zenlite, type Project } from "./project.ts";

/** A flavor whose schema uses what libraries make of unions, of shared and of recursive parts. */
const wide = `
const schema = {
  $defs: {
    size: { type: "integer", minimum: 1, description: "how large" },
    node: { type: "object", properties: { leafName: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } } },
  },
  type: "object",
  required: ["entryPoint"],
  properties: {
    entryPoint: { type: "string", pattern: "^s3://" },
    batchSize: { $ref: "#/$defs/size" },
    tree: { $ref: "#/$defs/node" },
    either: { anyOf: [{ type: "object", properties: { onlyKey: { type: "boolean" } } }, { type: "string", enum: ["off"] }] },
    many: { oneOf: [{ type: "object", properties: { kindName: { const: "a" } } }, { type: "object", properties: { kindName: { const: "b" } } }] },
    pair: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
    labels: { type: "object", additionalProperties: { type: "string" } },
    forbidden: { enum: [], description: "cannot be set: it is not safe." },
  },
};
export default {
  contract: 1, type: "orchestrator", name: "wide", description: "Everything at once.",
  config: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }), jsonSchema: { input: () => schema, output: () => schema } } },
  supports: () => ({}), open: async () => ({}),
};`;

const rc = `flavors:
  - "@zenlite/orchestrator-docker"
  - "@zenlite/image-builder-docker"
  - { type: orchestrator, name: wide, module: ./wide.mjs }
`;

type Check = (value: unknown) => { readonly ok: boolean; readonly text: string };

let project: Project;
let config: Check;
let run: Check;

function checkOf(file: string): Check {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(readFileSync(file, "utf8")) as object);
  return (value) => ({ ok: validate(value), text: ajv.errorsText(validate.errors) });
}

async function yaml(text: string): Promise<unknown> {
  const read = await readText("test.yaml", text);
  expect(read.problems).toEqual([]);
  return read.value;
}

beforeAll(async () => {
  project = createProject({ ".zenliterc": rc, "wide.mjs": wide });
  const written = await zenlite(project.folder, ["schema", "--json"]);
  expect(written.code, written.stderr).toBe(0);
  config = checkOf(project.path(".zenlite/schema/zenliterc.json"));
  run = checkOf(project.path(".zenlite/schema/run-configuration.json"));
});

afterAll(() => project[Symbol.dispose]());

/** YAML blocks of the guides and the files of the examples. */
function published(): readonly { readonly name: string; readonly text: string }[] {
  const pages = [
    "README.md",
    ...readdirSync(join(repository, "docs")).map((name) => `docs/${name}`),
    ...readdirSync(join(repository, "packages")).map((name) => `packages/${name}/README.md`),
  ].filter((name) => name.endsWith(".md"));
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(repository, page), "utf8").matchAll(/^```ya?ml\n([\s\S]*?)^```$/gm)].map(
      ([, text = ""], index) => ({
        name: `${page}, block ${index + 1}`,
        text,
      }),
    ),
  );
  const examples = readdirSync(join(repository, "examples"), { recursive: true, encoding: "utf8" })
    .filter((name) => !name.includes("node_modules") && /\.zenliterc$|configs\/.*\.ya?ml$/.test(name))
    .map((name) => ({ name: `examples/${name}`, text: readFileSync(join(repository, "examples", name), "utf8") }));
  return [...blocks, ...examples];
}

test("every file of the guides and the examples passes", async () => {
  const seen = { config: 0, run: 0 };
  for (const { name, text } of published()) {
    const value = await yaml(text);
    const kind = Object.keys(value as object).some((key) =>
      ["flavors", "stack", "orchestrator", "artifact-store", "container-registry", "service-connector"].includes(key),
    )
      ? "config"
      : "run";
    const checked = (kind === "config" ? config : run)(value);
    expect(checked.text, name).toBe("No errors");
    seen[kind] += 1;
  }
  expect(seen.config).toBeGreaterThan(6);
  expect(seen.run).toBeGreaterThan(2);
});

describe(".zenliterc", () => {
  test.each([
    "{}",
    "flavors:\norchestrator:\nstack:\n",
    "$schema: x\n$import: [../a, ../b]\nartifact_store: { a: { flavor: local, path: ./x } }\n",
    "artifactStore: { a: { flavor: local } }\nstack: { s: { orchestrator: a, artifactStore: b } }",
    "orchestrator: { a: { flavor: docker, baseImage: x, hostConfig: { shm_size: 3, sysctls: { any.Key: v } } } }",
    'orchestrator: { a: { flavor: docker, max_parallel: "${env:N}", pull_policy: "${env:P:-always}", platform: "${env:X}" } }',
    "orchestrator: { a: { flavor: somebody_elses, any_key: 1, connector: c } }",
    "orchestrator: { a: { flavor: wide, entry_point: s3://x, batch_size: 3, connector: c } }",
    "orchestrator: { a: { flavor: wide, entryPoint: '${env:E}', batchSize: '${secret:a.b}' } }",
    "orchestrator: { a: { flavor: wide, entry_point: s3://x, tree: { leaf_name: a, children: [{ leafName: b, children: [] }] } } }",
    "orchestrator: { a: { flavor: wide, entry_point: s3://x, either: { only_key: true }, many: { kindName: a }, labels: { AnyKey: x } } }",
    "orchestrator: { a: { flavor: wide, entry_point: s3://x, either: off, pair: [a, 1] } }",
    "service-connector: { c: { flavor: aws, region: eu } }",
    "orchestrator: { Größe.1_a-b: { flavor: local } }",
  ])("passes: %s", async (text) => {
    expect(config(await yaml(text)).text).toBe("No errors");
  });

  test.each([
    ["an unknown key at the top", "stacks: {}"],
    ["an unknown key of a flavor", "orchestrator: { a: { flavor: docker, base_imagee: x } }"],
    ["an unknown key inside of one", "orchestrator: { a: { flavor: docker, host_config: { shm: 3 } } }"],
    ["a key that cannot be set", "orchestrator: { a: { flavor: docker, host_config: { memory: 3 } } }"],
    [
      "a key refused by an enum without choices",
      "orchestrator: { a: { flavor: wide, entry_point: s3://x, forbidden: 1 } }",
    ],
    ["a missing key, in either spelling", "orchestrator: { a: { flavor: wide } }"],
    [
      "a part used twice, wrong at depth",
      "orchestrator: { a: { flavor: wide, entry_point: s3://x, tree: { children: [{ leaf: 1 }] } } }",
    ],
    ["a wrong pattern", "orchestrator: { a: { flavor: wide, entry_point: http://x } }"],
    ["a wrong number", "orchestrator: { a: { flavor: docker, look_ahead: 65 } }"],
    ["a text for a number", "orchestrator: { a: { flavor: docker, max_parallel: many } }"],
    ["a wrong choice", "orchestrator: { a: { flavor: docker, pull_policy: sometimes } }"],
    ["no flavor", "orchestrator: { a: { base_image: x } }"],
    ["a list of components", "orchestrator: [a]"],
    ["a name with a slash", "orchestrator: { a/b: { flavor: local } }"],
    ["a stack without a store", "stack: { s: { orchestrator: a } }"],
    ["a stack with a connector", "stack: { s: { orchestrator: a, artifact-store: b, service-connector: c } }"],
    [
      "a connector of a connector",
      "service-connector: { c: { flavor: aws } }\nflavors: [{ type: service-connector, name: aws }]",
    ],
    ["a module without ./", "flavors: [{ type: orchestrator, name: a, module: a.ts }]"],
    ["a package's name with a space", "flavors: [my flavor]"],
  ])("refuses %s", async (_what, text) => {
    expect(config(await yaml(text)).ok).toBe(false);
  });

  test("says of a component of the docker flavor what zenlite itself says", async () => {
    const scalars = ["node:24", "", "always", "linux/amd64", "unix:///x", 0, 1, 70, 0.5, true, null];
    const mappings = [{ A: "x" }, { A: 1 }, { shm_size: 1 }, { shmSize: "x" }, { memory: 1 }, { cap_add: ["X"] }];
    const value = fc.constantFrom<unknown>(
      ...scalars,
      ...mappings,
      { dns: [""] },
      { nothing: 1 },
      {},
      [],
      ["NET_ADMIN"],
    );
    const keys = [
      "base_image",
      "baseImage",
      "pull_policy",
      "pullPolicy",
      "look_ahead",
      "max_parallel",
      "network",
      "environment",
    ];
    const key = fc.constantFrom(...keys, "host_config", "user", "platform", "host", "nonsense", "connector");
    const component = fc
      .uniqueArray(fc.tuple(key, value), {
        selector: ([name]) => name.replace(/_(.)/, (_all, letter: string) => letter.toUpperCase()),
        maxLength: 4,
      })
      .map((entries) => ({ flavor: "docker", ...Object.fromEntries(entries) }));
    await fc.assert(
      fc.asyncProperty(component, async (written) => {
        const text = `${rc}orchestrator: { mine: ${JSON.stringify(written)} }\nservice-connector: {}\n`;
        const overlay = { file: project.path(".zenliterc"), text };
        const { config: read, problems } = await readConfig(project.folder, { builtins, environment: {}, overlay });
        // Whether the connector is declared is no matter of one file's schema.
        const own = problems.filter(({ code }) => code !== "ZENLITE_COMPONENT_UNKNOWN");
        const sound = own.length === 0 && (await checkConfig(read)).length === 0;
        const checked = config(await yaml(text));
        expect(checked.ok, `${JSON.stringify(written)}: ${checked.text}; ${own.map(String).join("; ")}`).toBe(sound);
      }),
      { numRuns: 300 },
    );
  });
});

describe("run configuration", () => {
  test.each([
    "{}",
    "steps:\nsettings:\nparameters:\n",
    "steps:\n  a:\nsettings:\n  docker:\n  orchestrator.docker:\n",
    "enableCache: false\nmaxParallel: 2\nexecutionMode: fail_fast\nstrictResources: true\nenvironment: { a: 1, B: true, c: x }",
    "resources: { cpuCount: 0.5, memory: 4 }\nretry: { maxRetries: 3, delay: 2s, jitter: full }\ntimeout: 500ms",
    "settings: { docker: { requirements: [a], requiredIntegrations: [docker], parent_image: x, environment: { A: 1 } }, resources: { memory: 1 GiB } }",
    "settings: { orchestrator: { max_parallel: 2, isolation: process, network: none, hostConfig: { shmSize: 1 } } }",
    "settings: { orchestrator: { docker: { network: none }, aws-step: { anything: 1 }, aws_step: { anything: 1 } } }",
    "settings: { orchestrator.docker: { network: none }, orchestrator.aws_step: { x: 1 }, artifact_store.s3: { y: 2 }, artifact-store: { local: {} } }",
    "steps: { trainer: { parameters: { any: [1, { deep: x }] }, settings: { orchestrator: { look_ahead: 1 } }, secrets: { K: '${env:K}' } } }",
  ])("passes: %s", async (text) => {
    expect(run(await yaml(text)).text).toBe("No errors");
  });

  test.each([
    ["an unknown key", "enable_cach: true"],
    ["an unknown key of a step", "steps: { a: { retry: { max_retrys: 1 } } }"],
    ["a key of the pipeline at a step", "steps: { a: { max_parallel: 1 } }"],
    ["an unknown setting", "settings: { dokcer: {} }"],
    ["an unknown key under docker", "settings: { docker: { requirement: [x] } }"],
    ["an unknown key of every orchestrator", "settings: { orchestrator: { some_setting: 1 } }"],
    ["an unknown key of one flavor", "settings: { orchestrator.docker: { isolation: process } }"],
    ["a flavor that nobody has", "settings: { orchestrator.dokcer: {} }"],
    ["what a run cannot change", "settings: { orchestrator.docker: { host: unix:///x } }"],
    ["settings of a flavor without any", "settings: { image_builder.docker: { network: x } }"],
    ["memory that is none", "resources: { memory: 4 bananas }"],
    ["memory of nothing", "resources: { memory: 0 }"],
    ["a timeout that is none", "timeout: soon"],
    ["a timeout of nothing", "timeout: 0"],
    ["a wrong type", 'enable_cache: "yes"'],
    ["a wrong choice", "execution_mode: fail_fats"],
    ["too little", "max_parallel: 0"],
    ["a list where a mapping stands", "steps: [a]"],
    ["a written secret", "secrets: { KEY: hunter2 }"],
    ["environment that is no text", "environment: { A: [1] }"],
    ["a name that is none", "environment: { 'B=': x }"],
  ])("refuses %s", async (_what, text) => {
    expect(run(await yaml(text)).ok).toBe(false);
  });
});

describe("the command", () => {
  test("says where the files are and how editors find them; a second time nothing is new", async () => {
    using own = createProject({ ".zenliterc": rc.replace(/.*wide.*\n/, ""), "configs/run.yaml": "" });
    const first = await zenlite(own.folder, ["schema"]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("Wrote .zenlite/schema/zenliterc.json and .zenlite/schema/run-configuration.json");
    expect(first.stdout).toContain("# yaml-language-server: $schema=.zenlite/schema/zenliterc.json");
    expect(first.stdout).toContain("# yaml-language-server: $schema=../.zenlite/schema/run-configuration.json");
    expect((await zenlite(own.folder, ["schema"])).stdout).toContain("Up to date:");
    expect(readFileSync(own.path(".zenlite/.gitignore"), "utf8")).toBe("*\n");
    expect(readFileSync(own.path(".zenliterc"), "utf8")).toBe(rc.replace(/.*wide.*\n/, ""));
  });

  test("from a package of a workspace: beside the shared configuration", async () => {
    using own = createProject({
      "package.json": '{"name": "root", "workspaces": ["packages/*"]}',
      ".zenliterc": "stack: {}\n",
      "packages/a/package.json": "{}",
    });
    const written = await zenlite(own.path("packages/a"), ["schema", "--json"]);
    expect(JSON.parse(written.stdout)).toMatchObject({
      files: { config: { file: own.path(".zenlite/schema/zenliterc.json"), changed: true } },
    });
    expect(own.exists("packages/a/.zenlite")).toBe(false);
  });

  test.each([
    [".zenliterc.json", "{}", '"$schema": "./.zenlite/schema/zenliterc.json"'],
    [".config/zenliterc.yaml", "", "# yaml-language-server: $schema=../.zenlite/schema/zenliterc.json"],
    ["zenlite.config.ts", "export default {};", 'import { defineConfig } from "zenlite"'],
  ])("what stands in %s", async (name, text, advice) => {
    using own = createProject({ [name]: text });
    const { stdout, code } = await zenlite(own.folder, ["schema"]);
    expect(code).toBe(0);
    expect(stdout).toContain(advice);
  });

  test("$schema in a JSON configuration is read over", async () => {
    using own = createProject({ ".zenliterc.json": '{"$schema": "./.zenlite/schema/zenliterc.json"}' });
    expect((await zenlite(own.folder, ["stack", "list"])).code).toBe(0);
  });

  test("prints one of them, as it would be written", async () => {
    const printed = await zenlite(project.folder, ["schema", "run"]);
    expect(printed.stdout).toBe(readFileSync(project.path(".zenlite/schema/run-configuration.json"), "utf8"));
    const neither = await zenlite(project.folder, ["schema", "rum"]);
    expect(neither.code).toBe(2);
    expect(neither.stderr).toContain("config, run");
  });

  test("a mistake in the file, and a flavor that does not load, are told and leave the rest", async () => {
    using own = createProject({
      ".zenliterc": `${rc}orchestrator: { a: { flavour: docker } }\n`,
      "wide.mjs": "throw new Error('out of cheese');",
    });
    const written = await zenlite(own.folder, ["schema"]);
    expect(written.code).toBe(0);
    expect(written.stderr).toContain("out of cheese");
    expect(written.stderr).toContain("flavour");
    const check = checkOf(own.path(".zenlite/schema/zenliterc.json"));
    expect(check({ orchestrator: { a: { flavor: "docker", nonsense: 1 } } }).ok).toBe(false);
    expect(check({ orchestrator: { a: { flavor: "wide", nonsense: 1 } } }).ok).toBe(true);
  });
});
