import { expect, test } from "vitest";
import { createProject, zenlite } from "./project.ts";

const stuck = `import { defineFlavor, defineSchema } from "@zenlite/core";
export default defineFlavor({
  type: "orchestrator",
  name: "stuck",
  config: defineSchema({}),
  supports: () => ({ modes: ["fail_fast"], timeout: true, retry: true, resources: [], maxParallel: true, resume: false, schedules: false, hostFolders: true }),
  open: async () => ({
    drives: "steps",
    launch: async (step) => ({ run: step.run, step: step.step, attempt: step.attempt, ref: null }),
    wait: () => new Promise(() => {}),
    stop: async () => {},
    async *find() {},
    async [Symbol.asyncDispose]() {},
  }),
});
`;

test("a launcher that never answers leaves nothing to wait for: the process ends, but not as if the run were done", async () => {
  using project = createProject({
    "stuck.ts": stuck,
    "run.ts":
      'import { pipeline, step } from "zenlite";\nexport const a = step("a", () => ({ a: 1 }));\nexport const p = pipeline("p", () => a());\n',
    ".zenliterc":
      "flavors: [{ type: orchestrator, name: stuck, module: ./stuck.ts }]\norchestrator: { o: { flavor: stuck } }\nstack: { s: { orchestrator: o, artifact-store: default } }\n",
  });
  const ended = await zenlite(project.folder, ["run", "run.ts", "--stack", "s"]);
  expect(ended.code, ended.stdout + ended.stderr).toBe(1);
});
