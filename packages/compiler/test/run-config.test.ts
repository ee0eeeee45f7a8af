import { readText } from "@zenlite/core/config";
import type { ZenliteError } from "@zenlite/core";
import { describe, expect, test } from "vitest";
import { checkRunConfig, type RunConfig } from "../src/config/run-config.ts";

async function read(text: string): Promise<RunConfig> {
  return checkRunConfig(await readText("run.yaml", text));
}

/** `line:column code message` of every problem. */
async function problems(text: string): Promise<string[]> {
  const error = (await read(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as ZenliteError | undefined;
  return error === undefined
    ? []
    : [error, ...error.others].map(
        ({ code, message, where }) =>
          `${where?.line}:${where?.column} ${code.replace("ZENLITE_CONFIG_", "")} ${message}`,
      );
}

test("the tutorial's shape is read as it is", async () => {
  const config = await read(`
enable_cache: true
settings:
  docker:
    required_integrations: [docker]
    requirements:
      - pyarrow
    parent_image: node:24
    environment: { PORT: 8080, DEBUG: true }
  orchestrator:
    some_setting: some_value
  orchestrator.docker: { network: none }
resources:
  cpu_count: 4
  memory: "4Gb"
parameters:
  gamma: 0.01
retry: { max_retries: 3, delay: 2s }
timeout: 5m
execution_mode: continue_on_failure
max_parallel: 3
strict_resources: true
environment: { PORT: "1" }
secrets: { KEY: "\${secret:openai.key}" }
steps:
  trainer:
    enable_cache: false
    parameters: { depth: 3 }
    settings: { resources: { memory: 512MB }, orchestrator: { labels: { my_label: x } } }
    retry: { backoff: 1, jitter: full }
`);
  expect(config).toMatchObject({
    parameters: { gamma: 0.01 },
    pipeline: {
      cache: true,
      retry: { count: 3, delaySeconds: 2 },
      timeoutSeconds: 300,
      resources: { cpuCount: 4, memoryBytes: 4e9 },
      environment: { PORT: "1", DEBUG: "true" },
      secrets: { KEY: "${secret:openai.key}" },
      parentImage: "node:24",
      mode: "continue_on_failure",
      maxParallel: 3,
      strictResources: true,
      components: [
        { type: "orchestrator", value: { some_setting: "some_value" }, path: ["settings", "orchestrator"] },
        { type: "orchestrator", flavor: "docker", value: { network: "none" } },
      ],
      requirements: [{ name: "pyarrow", path: ["settings", "docker", "requirements", 0] }],
      integrations: [{ name: "docker" }],
    },
  });
  expect(config.steps.get("trainer")).toMatchObject({
    cache: false,
    parameters: { depth: 3 },
    resources: { memoryBytes: 512e6 },
    retry: { backoff: 1, jitter: "full" },
    components: [{ type: "orchestrator", value: { labels: { my_label: "x" } } }],
  });
});

test("an empty file, and keys with nothing after them, say nothing", async () => {
  for (const text of [
    "",
    "# only a comment\n",
    "steps:\nsettings:\nparameters:\n",
    "steps:\n  a:\nsettings:\n  docker:\n",
  ])
    expect((await read(text)).pipeline).toEqual({ components: [], requirements: [], integrations: [] });
});

test("camelCase means the same, the user's own keys stay as they are", async () => {
  const config = await read(
    "enableCache: false\nmaxParallel: 2\nparameters: { someName: 1, some_name: 2 }\nenvironment: { someName: x }\n",
  );
  expect(config).toMatchObject({
    parameters: { someName: 1, some_name: 2 },
    pipeline: { cache: false, maxParallel: 2, environment: { someName: "x" } },
  });
});

describe("mistakes, each with its place", () => {
  test.each([
    [
      "a typo at the top",
      "enable_cach: true\n",
      ['1:1 UNKNOWN_KEY Unknown key "enable_cach". Did you mean "enable_cache"?'],
    ],
    [
      "a typo in a step",
      "steps:\n  a:\n    retry: { max_retrys: 1 }\n",
      ['3:14 UNKNOWN_KEY Unknown key "max_retrys" in steps.a.retry. Did you mean "max_retries"?'],
    ],
    [
      "a typo in settings",
      "settings:\n  dokcer: {}\n",
      ['2:3 UNKNOWN_KEY Unknown key "dokcer" in settings. Did you mean "docker"?'],
    ],
    [
      "a typo under docker",
      "settings: { docker: { requirement: [x] } }\n",
      ['1:23 UNKNOWN_KEY Unknown key "requirement" in settings.docker. Did you mean "requirements"?'],
    ],
    ["a key of ZenML", "run_name: x\n", ['1:1 UNKNOWN_KEY "run_name" is not supported by zenlite: take it out.']],
    [
      "a key of ZenML in docker",
      "settings: { docker: { apt_packages: [x] } }\n",
      ['1:23 UNKNOWN_KEY "apt_packages" in settings.docker is not supported by zenlite: take it out.'],
    ],
    [
      "memory that is none",
      "resources:\n  memory: 4 bananas\n",
      [
        '2:11 INVALID resources.memory: expected an amount of memory such as "4GB", "4GiB" or "512MB", got "4 bananas".',
      ],
    ],
    [
      "a timeout that is none",
      "timeout: soon\n",
      ['1:10 INVALID timeout: expected seconds, or a duration such as "30s" or "5m", got "soon".'],
    ],
    [
      "a timeout of nothing",
      "timeout: 0\n",
      ["1:10 INVALID timeout: a timeout of 0 seconds ends every attempt: leave it out for none."],
    ],
    [
      "a wrong type",
      'enable_cache: "yes"\nmax_parallel: 0\n',
      [
        '1:15 INVALID enable_cache: expected true or false, got "yes".',
        "2:15 INVALID max_parallel: expected at least 1, got 0.",
      ],
    ],
    [
      "a wrong mode",
      "execution_mode: fail_fats\n",
      [
        '1:17 INVALID execution_mode: expected one of "fail_fast", "stop_on_failure", "continue_on_failure", got "fail_fats". Did you mean "fail_fast"?',
      ],
    ],
    ["a list where a mapping stands", "steps: [a]\n", ["1:8 INVALID steps: expected a mapping, got a list."]],
    [
      "a written secret",
      "secrets:\n  KEY: hunter2\n",
      ['2:8 INVALID secrets.KEY: secret "KEY" is written out; a plan must not hold it.'],
    ],
    [
      "resources twice",
      "resources: { cpu_count: 1 }\nsettings: { resources: { cpu_count: 2 } }\n",
      ['1:12 INVALID resources: "resources" and "settings.resources" say the same: write one.'],
    ],
    [
      "one key in both spellings",
      "max_parallel: 1\nmaxParallel: 2\n",
      ['2:1 INVALID maxParallel: "max_parallel" and "maxParallel" are one key, written twice.'],
    ],
    [
      "environment that is no text",
      "environment: { A: [1], 'B=': x }\n",
      [
        "1:19 INVALID environment.A: expected a text, got a list.",
        '1:30 INVALID environment["B="]: "B=" is no name of an environment variable.',
      ],
    ],
    ["no YAML", "steps: [\n", [expect.stringMatching(/^\d+:\d+ SYNTAX /)]],
    ["not a mapping", "- a\n", ["1:1 INVALID expected a mapping, got a list."]],
  ])("%s", async (_what, text, expected) => {
    expect(await problems(text)).toEqual(expected);
  });
});
