// The orchestrator of docs/tutorial.md keeps every launcher's contract, short as it is.
import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { stepLauncherSuite } from "@zenlite/conformance";
import { afterAll, describe, test } from "vitest";
import { baseImage, createProject, engineMissing, repository } from "./project.ts";
import { readGuide } from "./tutorial/markdown.ts";

const require = createRequire(import.meta.url);
const project = createProject(readGuide("docs/tutorial.md").files);
symlinkSync(join(repository, "node_modules", "dockerode"), project.path("node_modules", "dockerode"));
afterAll(() => project[Symbol.dispose]());

describe.skipIf(engineMissing)("every launcher's contract", async () => {
  await stepLauncherSuite({
    test,
    orchestrator: { module: project.path("orchestrator", "my-docker-orchestrator-flavor.ts"), config: { baseImage } },
    artifactStore: { module: require.resolve("@zenlite/artifact-store-local") },
    outlives: true,
  });
});
