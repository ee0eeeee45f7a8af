import { createRequire } from "node:module";
import { stepLauncherSuite } from "@zenlite/conformance";
import { test } from "vitest";
import { baseImage, onEngine } from "./engine-here.ts";

const require = createRequire(import.meta.url);

onEngine("every launcher's contract", async () => {
  await stepLauncherSuite({
    test,
    orchestrator: { module: require.resolve("../src/index.ts"), config: { baseImage, pullPolicy: "never" } },
    artifactStore: { module: require.resolve("@zenlite/artifact-store-local") },
    outlives: true,
  });
});
