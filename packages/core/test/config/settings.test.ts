import { describe, expect, test } from "vitest";
import { fieldOf, readText, validateSettings, within, type Locate } from "@zenlite/core/config";
import { defineSchema } from "@zenlite/core";
import { errorsOf, summary } from "./project.ts";

const flavor = {
  type: "orchestrator",
  name: "docker",
  settings: defineSchema(
    {
      pullPolicy: { type: "string", enum: ["always", "missing", "never"] },
      environment: { type: "object", additionalProperties: { type: "string" } },
      memorySwap: { type: "number", default: 0 },
      networkName: { type: "string", examples: ["bridge"] },
    },
    ["networkName"],
  ),
} as const;

const check = async (yaml: string): Promise<unknown> => {
  const { value, locate } = await readText("/p/run.yaml", yaml);
  return validateSettings(flavor, value, locate);
};

describe("settings of a run configuration", () => {
  test("either spelling, with defaults, the user's own keys untouched", async () => {
    const expected = { pullPolicy: "never", environment: { MY_KEY: "a" }, memorySwap: 0, networkName: "n" };
    expect(await check("pull_policy: never\nenvironment: { MY_KEY: a }\nnetwork_name: n")).toEqual(expected);
    expect(await check("pullPolicy: never\nenvironment: { MY_KEY: a }\nnetworkName: n")).toEqual(expected);
  });

  test("all problems at once, in the order of the text, with keys as they were written", async () => {
    const errors = await errorsOf(
      check("pull_polcy: never\npullPolicy: sometimes\npull_policy: never\nenvironment: { A: 1 }"),
    );
    expect(summary("/p", errors)).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY run.yaml:1:1 Unknown key "pull_polcy". Did you mean "pull_policy"?',
      'ZENLITE_CONFIG_INVALID run.yaml:1:1 "network_name" is missing (for example "bridge").',
      'ZENLITE_CONFIG_INVALID run.yaml:2:13 pullPolicy: expected one of "always", "missing", "never", got "sometimes".',
      'ZENLITE_CONFIG_INVALID run.yaml:3:1 "pullPolicy" and "pull_policy" are one key, written twice.',
      "ZENLITE_CONFIG_INVALID run.yaml:4:19 environment.A: expected a string, got 1.",
    ]);
  });

  test("positions inside a file", async () => {
    const { value, locate } = await readText(
      "/p/run.yaml",
      "settings:\n  orchestrator:\n    docker: { pull_polic: 1, networkName: n }",
    );
    const settings = { pull_polic: 1, networkName: "n" };
    expect(value).toEqual({ settings: { orchestrator: { docker: settings } } });
    const errors = await errorsOf(
      validateSettings(flavor, settings, within(locate, ["settings", "orchestrator", "docker"])),
    );
    expect(summary("/p", errors)).toEqual([
      'ZENLITE_CONFIG_UNKNOWN_KEY run.yaml:3:15 Unknown key "pull_polic" in settings.orchestrator.docker. Did you mean "pull_policy"?',
    ]);
  });

  test("of a flavor without any, and a value that is no mapping", async () => {
    const locate: Locate = (path) => ({ field: fieldOf(path) });
    const without = { type: "orchestrator", name: "plain" } as const;
    expect(await validateSettings(without, {}, locate)).toEqual({});
    expect(await errorsOf(validateSettings(without, { a: 1 }, locate))).toMatchObject([
      { code: "ZENLITE_CONFIG_UNKNOWN_KEY", where: { field: "a" } },
    ]);
    expect(await errorsOf(validateSettings(flavor, [1], locate))).toMatchObject([{ code: "ZENLITE_CONFIG_INVALID" }]);
  });
});
