// `defineConfig`: what it lets through, and which mistakes are compile errors (checked by the type-check of the tests).
import { expect, test } from "vitest";
import { defineConfig, type ComponentConfig } from "zenlite";

test("it gives back what it is given", () => {
  const config = {
    flavors: ["@zenlite/orchestrator-docker", { type: "orchestrator", name: "mine", module: "./flavors/mine.ts" }],
    orchestrator: { containers: { flavor: "docker", baseImage: "node:24-slim", hostConfig: { shmSize: 1 } } },
    artifactStore: { big: { flavor: "local", path: "/data", connector: "cloud" } },
    serviceConnector: { cloud: { flavor: "aws", region: "${env:AWS_REGION}" } },
    stack: { docker: { orchestrator: "containers", artifactStore: "big" } },
  } as const;
  expect(defineConfig(config)).toBe(config);
});

test("names of components are known in stacks", () => {
  const config = defineConfig({
    orchestrator: { containers: { flavor: "docker" } },
    imageBuilder: { builder: { flavor: "docker" } },
    stack: {
      fine: { orchestrator: "containers", artifactStore: "default", imageBuilder: "builder" },
      plain: { orchestrator: "default", artifactStore: "default" },
      // @ts-expect-error -- no orchestrator has this name
      typo: { orchestrator: "container", artifactStore: "default" },
      // @ts-expect-error -- no artifact store is declared
      store: { orchestrator: "containers", artifactStore: "cloud" },
      // @ts-expect-error -- only an orchestrator and an artifact store exist undeclared
      builder: { orchestrator: "containers", artifactStore: "default", imageBuilder: "default" },
      // @ts-expect-error -- a stack needs both
      half: { orchestrator: "containers" },
      // @ts-expect-error -- no such part
      more: { orchestrator: "containers", artifactStore: "default", serviceConnector: "cloud" },
    },
  });
  expect(Object.keys(config.stack ?? {})).toHaveLength(7);
});

test("with a base, a stack may name what only the base declares", () => {
  const config = defineConfig({
    $import: "../base/.zenliterc",
    stack: { shared: { orchestrator: "of_the_base", artifactStore: "also_there" } },
  });
  expect(config.$import).toBe("../base/.zenliterc");
});

test("mistakes in the other parts", () => {
  const wrong = [
    // @ts-expect-error -- a component needs a flavor
    () => defineConfig({ orchestrator: { containers: { baseImage: "node:24" } } }),
    // @ts-expect-error -- keys are camelCase
    () => defineConfig({ artifact_store: { big: { flavor: "local" } } }),
    // @ts-expect-error -- no such component type
    () => defineConfig({ flavors: [{ type: "orchestrators", name: "mine", module: "./mine.ts" }] }),
    // @ts-expect-error -- a path starts with a dot or a slash
    () => defineConfig({ flavors: [{ type: "orchestrator", name: "mine", module: "mine.ts" }] }),
    // @ts-expect-error -- data only
    () => defineConfig({ orchestrator: { mine: { flavor: "mine", at: () => 1 } } }),
    // @ts-expect-error -- a connector has no connector
    () => defineConfig({ serviceConnector: { cloud: { flavor: "aws", connector: "other" } } }),
  ];
  expect(wrong).toHaveLength(6);
  const component: ComponentConfig = { flavor: "docker", maxParallel: 2, environment: { A: undefined } };
  expect(component.flavor).toBe("docker");
});
