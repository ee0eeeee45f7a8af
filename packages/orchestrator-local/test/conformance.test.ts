import { createRequire } from "node:module";
import { stepLauncherSuite } from "@zenlite/conformance";
import { test } from "vitest";

const { resolve } = createRequire(import.meta.url);

await stepLauncherSuite({
  test,
  orchestrator: { module: resolve("../src/index.ts"), config: { isolation: "process" } },
  artifactStore: { module: resolve("@zenlite/artifact-store-local") },
  settings: { isolation: "process" },
  outlives: false,
});
