import type { JsonObject } from "@zenlite/core";
import { openBench, openLauncher, type Abilities } from "./step-launcher/bench.ts";
import { openProject, type FlavorUnderTest, type Project } from "./step-launcher/code.ts";
import { livingTests } from "./step-launcher/living.ts";
import { runningTests } from "./step-launcher/running.ts";

export type { FlavorUnderTest } from "./step-launcher/code.ts";

export interface StepLauncherSuiteOptions {
  /** The runner's own: `test` of vitest, of node:test, or anything that takes a name and a function. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** The flavor under test: its module, because a test also opens it in a process of its own and kills that. */
  readonly orchestrator: FlavorUnderTest;
  /** A store that steps of this launcher can reach; its module is bundled into what runs beside them. */
  readonly artifactStore: FlavorUnderTest;
  /** What a run configuration would say under `settings.orchestrator`. */
  readonly settings?: JsonObject;
  /** True where compute goes on when its driver is gone, and any process can find it, follow it and wait for it. */
  readonly outlives: boolean;
}

/** Every rule of the StepLauncher contract as a named test; what a launcher by its own word cannot do is not among them. */
export async function stepLauncherSuite(options: StepLauncherSuiteOptions): Promise<void> {
  const { test, settings = {}, outlives } = options;
  const project = await openProject(options.orchestrator, options.artifactStore);
  const abilities = await abilitiesOf(project, outlives);
  const tests = [...runningTests, ...livingTests].filter(({ only }) => only === undefined || only(abilities));
  let left = tests.length;
  for (const { name, run } of tests)
    test(name, async () => {
      try {
        await using bench = await openBench(project, settings, outlives);
        await run(bench);
      } finally {
        left -= 1;
        if (left === 0) project[Symbol.dispose]();
      }
    });
}

async function abilitiesOf(project: Project, outlives: boolean): Promise<Abilities> {
  await using launcher = await openLauncher(project);
  return {
    supports: project.orchestrator.supports,
    prepares: launcher.prepare !== undefined,
    tails: launcher.tail !== undefined,
    tells: launcher.tell !== undefined,
    outlives,
  };
}
