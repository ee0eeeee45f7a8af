import { join } from "node:path";
import type { Plan, ZenliteError } from "@zenlite/core";
import { describe, expect, test } from "vitest";
import type { CompileRequest } from "../src/index.ts";
import { project } from "./helpers/project.ts";
import { stackOf } from "./helpers/stack.ts";

const source = `
import { pipeline, step } from "@zenlite/pipeline";
export const load = step("load", { cache: false, environment: { FROM: "step" } }, ({ rows }: { rows: number }) => ({ data: [rows] }));
export const train = step("train", ({ data, gamma, name }: { data: number[]; gamma: number; name?: string }) => ({ model: [data, gamma, name] }));
export const training = pipeline(
  "training",
  { parameters: { gamma: 0.001, title: "digits", deep: { a: 1 } }, environment: { FROM: "pipeline", ALL: "pipeline" }, settings: { orchestrator: { pull: "never" } } },
  ({ gamma, title }) => train({ data: load({ rows: 10 }).data, gamma, name: title }),
);
`;

function steps(plan: Plan): Record<string, Plan["steps"][number]> {
  return Object.fromEntries(plan.steps.map((step) => [step.id, step]));
}

async function compiled(config: string | undefined, more: Partial<CompileRequest> = {}): Promise<Plan> {
  const one = project({ "run.ts": source, ...(config === undefined ? {} : { "config.yaml": config }) });
  const runConfig = config === undefined ? {} : { runConfig: join(one.folder, "config.yaml") };
  return (await one.compile("run.ts", { ...runConfig, ...more })).plan;
}

async function refused(config: string | undefined, more: Partial<CompileRequest> = {}): Promise<string[]> {
  const error = (await compiled(config, more).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as ZenliteError;
  const place = ({ where }: ZenliteError): string =>
    where?.line === undefined ? "" : `${where.line}:${where.column} `;
  return [error, ...error.others].map((one) => `${place(one)}${one.message}`);
}

describe("parameters", () => {
  test("defaults, then the run configuration, then the call, then the command line", async () => {
    expect((await compiled(undefined)).parameters).toEqual({ gamma: 0.001, title: "digits", deep: { a: 1 } });
    expect(
      (await compiled("parameters: { gamma: 0.1, title: yaml }\n", { parameters: { title: "call" } })).parameters,
    ).toMatchObject({ gamma: 0.1, title: "call" });
    const set = {
      overrides: [
        { name: "gamma", value: "5" },
        { name: "title", value: "5" },
        { name: "deep", value: '{"b":[1]}' },
      ],
    };
    const plan = await compiled("parameters: { gamma: 0.1 }\n", { parameters: { gamma: 1 }, ...set });
    expect(plan.parameters).toEqual({ gamma: 5, title: "5", deep: { b: [1] } });
    expect(steps(plan)["train"]?.inputs["gamma"]).toEqual({ value: 5 });
  });

  test.each([
    [
      "an unknown one",
      "parameters: { gama: 1 }\n",
      {},
      ['1:15 parameters.gama: pipeline "training" has no parameter "gama". Did you mean "gamma"?'],
    ],
    [
      "a wrong type",
      'parameters:\n  gamma: "1"\n',
      {},
      ['2:10 parameters.gamma: expected a number (like 0.001), got "1".'],
    ],
    [
      "a wrong type on the command line",
      undefined,
      { overrides: [{ name: "gamma", value: "much" }] },
      ['--set gamma=much: expected a number (like 0.001), got "much".'],
    ],
    [
      "an unknown one on the command line",
      undefined,
      { overrides: [{ name: "gama", value: "1" }] },
      ['--set gama: pipeline "training" has no parameter "gama". Did you mean "gamma"?'],
    ],
    [
      "no data",
      undefined,
      { parameters: { gamma: new Date(0) } },
      ['Parameter "gamma": expected data, got an instance of Date.'],
    ],
  ])("%s", async (_what, config, more, expected) => {
    expect(await refused(config, more)).toEqual(expected);
  });

  test("of a pipeline that declares none are the names that its body reads", async () => {
    const one = project({
      "run.ts":
        'import { pipeline, step } from "@zenlite/pipeline";\nexport const a = step("a", ({ x }: { x: number }) => ({ x }));\nexport const p = pipeline("p", ({ x }: { x: number }) => a({ x }));\n',
      "config.yaml": "parameters:\n  x: 1\n  y: 2\n",
    });
    const overrides = [{ name: "x", value: "7" }];
    expect((await one.compile("run.ts", { overrides })).plan.parameters).toEqual({ x: 7 });
    await expect(one.compile("run.ts", { runConfig: join(one.folder, "config.yaml") })).rejects.toMatchObject({
      code: "ZENLITE_PARAMETER_UNKNOWN",
      where: { file: "config.yaml", line: 3 },
    });
  });
});

describe("inputs of single steps", () => {
  test("what the pipeline wrote as a value can be set", async () => {
    const plan = await compiled("steps: { load: { parameters: { rows: 20 } } }\n", {
      overrides: [{ name: "train.name", value: "x" }],
    });
    expect(steps(plan)["load"]?.inputs).toEqual({ rows: { value: 20 } });
    expect(steps(plan)["train"]?.inputs).toEqual({
      data: { step: "load", output: "data" },
      gamma: { value: 0.001 },
      name: { value: "x" },
    });
    expect(
      steps(
        await compiled("steps: { load: { parameters: { rows: 20 } } }\n", {
          overrides: [{ name: "load.rows", value: "30" }],
        }),
      )["load"]?.inputs,
    ).toEqual({ rows: { value: 30 } });
  });

  test.each([
    [
      "an unknown step",
      "steps:\n  trian: { enable_cache: false }\n",
      {},
      ['2:3 steps.trian: pipeline "training" has no step "trian". Did you mean "train"?'],
    ],
    [
      "an input from another step",
      "steps: { train: { parameters: { data: [1] } } }\n",
      {},
      ['1:39 steps.train.parameters.data: input "data" of step "train" comes from load.data, so it cannot be set.'],
    ],
    [
      "an input that is not passed",
      "steps: { load: { parameters: { row: 1 } } }\n",
      {},
      ['1:37 steps.load.parameters.row: step "load" is not given an input "row" in the pipeline. Did you mean "rows"?'],
    ],
    [
      "a wrong type",
      "steps: { load: { parameters: { rows: many } } }\n",
      {},
      ['1:38 steps.load.parameters.rows: expected a number (like 10), got "many".'],
    ],
    [
      "an unknown step on the command line",
      undefined,
      { overrides: [{ name: "lod.rows", value: "1" }] },
      ['--set lod.rows: pipeline "training" has no step "lod". Did you mean "load"?'],
    ],
    [
      "a wrong type on the command line",
      undefined,
      { overrides: [{ name: "load.rows", value: "x" }] },
      ['--set load.rows: expected a number (like 10), got "x".'],
    ],
  ])("%s", async (_what, config, more, expected) => {
    expect(await refused(config, more)).toEqual(expected);
  });
});

describe("settings", () => {
  test("every source in its order, defaults of the schema left to the component", async () => {
    const plan = await compiled(
      "enable_cache: true\nsettings: { orchestrator: { max_parallel: 2, labels: { team_name: x } } }\nsteps: { train: { settings: { orchestrator: { labels: { stage: y } } }, environment: { FROM: call } } }\n",
    );
    expect(plan.maxParallel).toBe(2);
    const { load, train } = steps(plan);
    expect(load).toMatchObject({ cache: true, environment: { FROM: "step", ALL: "pipeline" } });
    expect(load?.settings).toEqual({ pull: "never", maxParallel: 2, labels: { team_name: "x" } });
    expect(train?.settings).toEqual({ pull: "never", maxParallel: 2, labels: { team_name: "x", stage: "y" } });
    expect(train?.environment).toEqual({ FROM: "call", ALL: "pipeline" });
    expect(steps(await compiled("steps: { load: { enable_cache: true } }\n", { cache: false }))["load"]?.cache).toBe(
      false,
    );
  });

  test("those of another flavor are left alone, those of this one are applied", async () => {
    const config =
      "settings:\n  orchestrator.docker: { network: none }\n  orchestrator:\n    aws_step: { role: x }\n    fake: { base_image: own }\n";
    expect(steps(await compiled(config))["load"]?.settings).toEqual({ pull: "never", baseImage: "own" });
  });

  test("those of a flavor that is installed are checked", async () => {
    const { flavor } = stackOf({ folder: "/", name: "other" }).components.orchestrator;
    const flavors = [
      {
        type: "orchestrator" as const,
        name: "other",
        module: ".",
        builtin: false,
        moduleFile: () => "",
        load: () => Promise.resolve(flavor),
      },
    ];
    expect(await refused("settings:\n  orchestrator:\n    other: { max_paralel: 2 }\n", { flavors })).toEqual([
      expect.stringMatching(/^3:14 Unknown key "max_paralel"/),
    ]);
    expect(
      steps(await compiled("settings: { orchestrator: { other: { max_parallel: 2 } } }\n", { flavors }))["load"]
        ?.settings,
    ).toEqual({ pull: "never" });
  });

  test.each([
    ["an unknown key", "settings:\n  orchestrator:\n    some_setting: x\n", [/^3:5 Unknown key "some_setting"/]],
    ["a wrong type", "settings: { orchestrator: { max_parallel: two } }\n", [/^1:43 .*max_parallel.*two/]],
    [
      "an unknown flavor",
      "settings: { orchestrator.dokcer: { network: x } }\n",
      [/^1:\d+ .*unknown orchestrator flavor "dokcer".*Did you mean "docker"\?/],
    ],
    ["a component that takes none", "settings: { artifact_store: { path: x } }\n", [/^1:\d+ Unknown key "path"/]],
    [
      "a component that the stack does not have",
      "settings: { image_builder: { path: x } }\n",
      [/^1:\d+ .*the stack has no image-builder/],
    ],
  ])("%s", async (_what, config, expected) => {
    expect(await refused(config)).toEqual(expected.map((shape) => expect.stringMatching(shape) as unknown));
  });

  test("a mistake in code names the step or pipeline", async () => {
    const one = project({
      "run.ts": source
        .replace('{ pull: "never" }', '{ pul: "never" }')
        .replace('environment: { FROM: "step" }', "timeoutSeconds: 0"),
    });
    await expect(one.compile("run.ts")).rejects.toMatchObject({
      code: "ZENLITE_CONFIG_INVALID",
      message: 'step "load": timeout: a timeout of 0 seconds ends every attempt: leave it out for none.',
      where: { file: "run.ts" },
    });
  });
});

describe("packages that are named", () => {
  const packages = {
    "node_modules/plain/package.json": '{"name":"plain","version":"1.2.3"}',
    "node_modules/plain/index.js": "module.exports = 1;",
  };
  const manifest = { dependencies: { plain: "^1", absent: "1" } };
  const withConfig = (config: string, more: Record<string, string> = {}) =>
    project({ "run.ts": source, "config.yaml": config, ...packages, ...more }, { manifest });

  test("a requirement is carried even where nothing imports it, and is part of every step's key", async () => {
    const one = withConfig("settings: { docker: { requirements: [plain] } }\n");
    const { plan } = await one.compile("run.ts", { runConfig: join(one.folder, "config.yaml") });
    expect(plan.code.carried).toMatch(/^sha256:/);
    expect(plan.steps.map((step) => step.fingerprint.packages)).toEqual([["plain@1.2.3"], ["plain@1.2.3"]]);
  });

  test.each([
    ["not in package.json", "[plian]", {}, '"plian" is not in the project\'s package.json. Did you mean "plain"?'],
    ["not installed", "[absent]", {}, '"absent" is not installed.'],
    ["of another version", '["plain@9.9.9"]', {}, '"plain@9.9.9" is not what is installed (1.2.3).'],
    ["not a name", '["plain==1.0"]', {}, '"plain==1.0" is no name of an npm package.'],
    [
      "not locked",
      "[plain]",
      { "package-lock.json": '{"lockfileVersion":3,"packages":{}}' },
      /^"plain" is not in .*package-lock\.json\.$/,
    ],
  ])("a requirement that is %s", async (_what, requirements, files, message) => {
    const one = withConfig(`settings:\n  docker:\n    requirements: ${requirements}\n`, files);
    await expect(one.compile("run.ts", { runConfig: join(one.folder, "config.yaml") })).rejects.toMatchObject({
      message: expect.stringMatching(
        typeof message === "string"
          ? message.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
          : new RegExp(message.source.slice(1)),
      ) as unknown,
      where: { file: "config.yaml", line: 3 },
    });
  });

  test.each([
    ["unknown", "dokcer", 'unknown integration "dokcer". Did you mean "docker"?', undefined],
    ["not installed", "s3", 'integration "s3" is not installed.', "npm install @zenlite/artifact-store-s3"],
  ])("an integration that is %s", async (_what, name, message, hint) => {
    const one = withConfig(`settings: { docker: { required_integrations: [${name}] } }\n`);
    await expect(one.compile("run.ts", { runConfig: join(one.folder, "config.yaml") })).rejects.toMatchObject({
      message: `settings.docker.required_integrations[0]: ${message}`,
      where: { file: "config.yaml", line: 1 },
      hint,
    });
  });
});
