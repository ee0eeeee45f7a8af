// A text read in place of a file: what a change would say, before it is written.
import { join } from "node:path";
import { expect, test } from "vitest";
import { findConfigFile, loadConfig, readConfig } from "@zenlite/core/config";
import { builtins, makeProject, summary } from "./config/project.ts";

const options = { builtins, environment: {} };
const sound = "orchestrator:\n  a: { flavor: local }\n";

test("stands for the file, and for one that is not there yet", async () => {
  const folder = await makeProject({});
  const file = join(folder, ".zenliterc");
  expect(findConfigFile(folder)).toBeUndefined();
  const config = await loadConfig(folder, { ...options, overlay: { file, text: sound } });
  expect(config.file).toBe(file);
  expect(config.components.find(({ name }) => name === "a")?.where).toEqual({
    file,
    line: 2,
    column: 3,
    field: "orchestrator.a",
  });
});

test("stands for a base, too", async () => {
  const folder = await makeProject({ ".zenliterc": "$import: ./base.yaml\n", "base.yaml": "stack: {}\n" });
  const overlay = { file: join(folder, "base.yaml"), text: sound };
  const { components } = await loadConfig(folder, { ...options, overlay });
  expect(components.map(({ name }) => name)).toContain("a");
});

test("a configuration can be read in spite of what is wrong with it", async () => {
  const folder = await makeProject({ ".zenliterc": `flavors: [gone]\n${sound}  b: { flavor: gone }\n` });
  const { config, problems, complete } = await readConfig(folder, options);
  expect(complete).toBe(true);
  expect(config.components.map(({ name }) => name)).toEqual(["default", "default", "a", "b"]);
  expect(summary(folder, problems)).toEqual([
    "ZENLITE_FLAVOR_NOT_INSTALLED .zenliterc:1:11 The flavor package gone is not installed.",
  ]);
});

test("where entries cannot be understood the configuration is not complete", async () => {
  for (const text of ["orchestrator: [", "orchestrator:\n  a: {}\n", "unknown: 1\n"]) {
    const folder = await makeProject({ ".zenliterc": text });
    expect((await readConfig(folder, options)).complete).toBe(false);
  }
});
