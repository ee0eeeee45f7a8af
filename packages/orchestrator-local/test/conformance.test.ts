import { createRequire } from "node:module";
import { stepLauncherSuite } from "@zenlite/conformance";
import { test } from "vitest";

const require = createRequire(import.meta.url);

await stepLauncherSuite({
  test,
  orchestrator: { module: require.resolve("../src/index.ts"), config: { isolation: "process" } },
  artifactStore: { module: require.resolve("@zenlite/artifact-store-local") },
  settings: { isolation: "process" },
  outlives: false,
});
