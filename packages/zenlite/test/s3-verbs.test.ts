// Nobody pays for AWS who does not use it: no verb that needs none loads a module of its SDK, also where its flavors are declared.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, zenlite, type Project } from "./project.ts";

/** Ends the process with the first module of the SDK that anybody asks for. */
const hook = `import { registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    if (/^@(?:aws-sdk|smithy|aws-crypto)\\//.test(specifier)) {
      process.stderr.write("LOADED " + specifier + " FROM " + context.parentURL + "\\n");
      process.exit(97);
    }
    return next(specifier, context);
  },
});
`;

let project: Project;

beforeAll(() => {
  project = createProject({
    "hook.mjs": hook,
    "run.ts": `import { pipeline, step } from "zenlite";
export const one = step("one", () => ({ value: 1 }));
export const single = pipeline("single", () => one());
`,
    ".zenliterc": `flavors:
  - "@zenlite/orchestrator-docker"
  - "@zenlite/artifact-store-s3"
  - "@zenlite/registry-ecr"
  - "@zenlite/registry-oci"
  - "@zenlite/connector-aws"
artifact-store:
  cloud: { flavor: s3, path: "s3://bucket/prefix" }
stack:
  cloud: { orchestrator: default, artifact-store: cloud }
`,
  });
});
afterAll(() => project[Symbol.dispose]());

const run = (args: readonly string[]): ReturnType<typeof zenlite> =>
  zenlite(project.folder, args, { NODE_OPTIONS: `--import ${project.path("hook.mjs")}` });

async function expectNoSdk(...args: readonly string[]): Promise<string> {
  const ended = await run(args);
  expect(ended.stderr).not.toContain("LOADED");
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  return ended.stdout;
}

test.each(["--help", "--version", "run run.ts", "run run.ts --dry-run", "clean"])("zenlite %s", async (line) => {
  await expectNoSdk(...line.split(" "));
});

/** What stands under "Commands:", without its arguments. */
function commandsOf(help: string): readonly string[] {
  const [, list = ""] = help.split("Commands:");
  return [...list.matchAll(/^ {2}([a-z-]+)/gmu)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

test("every list that there is: stacks, flavors, runs, components of each type", async () => {
  const listed: string[] = [];
  for (const group of commandsOf(await expectNoSdk("--help")))
    if (commandsOf(await expectNoSdk(group, "--help")).includes("list")) {
      await expectNoSdk(group, "list");
      listed.push(group);
    }
  expect(listed).toEqual(expect.arrayContaining(["stack", "runs"]));
});

test("the hook sees the SDK where it is used", async () => {
  const ended = await run(["runs", "list", "--stack", "cloud"]);
  expect(ended.stderr).toContain("LOADED @aws-sdk/client-s3");
  expect(ended.code).toBe(97);
});
