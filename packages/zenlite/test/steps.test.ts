// What steps may do and get, on every kind of isolation: retries, timeouts, environment, secrets, logs, failures.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  createProject,
  dockerConfiguration,
  engineMissing,
  eventsOf,
  statusesOf,
  zenlite,
  type Ended,
} from "./project.ts";

const configuration = `${dockerConfiguration.replace("orchestrator:\n", "orchestrator:\n  processes: { flavor: local, isolation: process }\n")}  processes: { orchestrator: processes, artifact-store: default }\n`;

const head = 'import { pipeline, step } from "zenlite";\n';
const stacks = ["default", "processes", "docker"] as const;

async function runModule(
  stack: string,
  module: string,
  more: readonly string[] = [],
  environment: { readonly [name: string]: string } = {},
  inspect?: (folder: string) => void,
): Promise<Ended> {
  using project = createProject({ "run.ts": head + module, ".zenliterc": configuration });
  const ended = await zenlite(project.folder, ["run", "run.ts", "--stack", stack, "--json", ...more], environment);
  inspect?.(project.folder);
  return ended;
}

const errorsOf = (ended: Ended): readonly unknown[] =>
  eventsOf(ended)
    .filter((event) => event["event"] === "step.finished")
    .map((event) => event["error"]);

describe.each(stacks)("on the %s stack", (stack) => {
  const check = (context: { skip(condition: boolean, note: string): void }): void =>
    context.skip(stack === "docker" && engineMissing, "no Docker engine");

  test("an exception names code, message and place in the user's file, and the others are skipped", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      `export const bad = step("bad", () => {
  const nothing: { deep?: { value: number } } = {};
  return { value: nothing.deep!.value };
});
export const after = step("after", ({ value }: { value: number }) => ({ value }));
export const p = pipeline("p", () => {
  const { value } = bad();
  return after({ value });
});
`,
    );
    expect(ended.code).toBe(1);
    expect(statusesOf(ended)).toEqual({ bad: "failed", after: "skipped" });
    expect(errorsOf(ended)[0]).toMatchObject({ at: "run.ts:4:33" });
    expect(JSON.stringify(errorsOf(ended)[0])).toContain("Cannot read properties of undefined");
    expect(JSON.stringify(errorsOf(ended))).not.toMatch(/node:internal|packages\//);
  });

  test("retries: a fresh process each, the numbers counted, then success", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      `let calls = 0;
export const flaky = step("flaky", { retry: { count: 2, delaySeconds: 0 } }, (_inputs: {}, context) => {
  calls += 1;
  if (context.number < 3) throw new Error(\`try \${context.number}, call \${calls}\`);
  return { number: context.number, calls };
});
export const p = pipeline("p", () => flaky());
`,
    );
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const retrying = eventsOf(ended).filter((event) => event["event"] === "step.retrying");
    expect(retrying).toHaveLength(2);
    // A second attempt in the same process would say "call 2".
    expect(JSON.stringify(retrying)).toContain("try 2, call 1");
    const attempts = eventsOf(ended).filter((event) => event["event"] === "step.started");
    expect(new Set(attempts.map((event) => event["attempt"])).size).toBe(3);
  });

  test("a step that does not end is stopped at its timeout", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      'export const slow = step("slow", { timeoutSeconds: 0.5 }, async () => {\n  await new Promise((resolve) => setTimeout(resolve, 60_000));\n  return { never: true };\n});\nexport const p = pipeline("p", () => slow());\n',
    );
    expect(ended.code).toBe(1);
    expect(statusesOf(ended)).toEqual({ slow: "failed" });
    expect(JSON.stringify(errorsOf(ended)).toLowerCase()).toMatch(/time|0\.5 s/);
  });

  test("process.exit() and a throwing timer fail the step, not the driver", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      `export const exits = step("exits", () => {
  process.exit(0);
});
export const throws = step("throws", async () => {
  setTimeout(() => { throw new Error("from a timer"); }, 10);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
});
export const p = pipeline("p", { mode: "continue_on_failure" }, () => {
  exits();
  throws();
});
`,
    );
    expect(ended.code, ended.stdout + ended.stderr).toBe(1);
    expect(statusesOf(ended)).toEqual({ exits: "failed", throws: "failed" });
    expect(JSON.stringify(errorsOf(ended))).toContain("from a timer");
  });

  test("environment and secrets arrive; a secret is in no record, log, plan or event", async (context) => {
    check(context);
    const secret = "s3cr3t-value-nobody-may-see";
    const found: string[] = [];
    const ended = await runModule(
      stack,
      `export const uses = step("uses", { secrets: { KEY: "\${env:MY_KEY}" }, environment: { GREETING: "hello" } }, (_inputs: {}, context) => {
  console.log("the key is", context.secrets["KEY"]);
  console.log(JSON.stringify(process.argv), process.env["MY_KEY"] ?? "not in the environment");
  context.metadata({ length: (context.secrets["KEY"] ?? "").length });
  return { greeting: process.env["GREETING"], length: (context.secrets["KEY"] ?? "").length };
});
export const p = pipeline("p", () => uses());
`,
      [],
      { MY_KEY: secret },
      (folder) => {
        for (const entry of readdirSync(join(folder, ".zenlite"), { recursive: true, withFileTypes: true }))
          if (entry.isFile()) {
            const path = join(entry.parentPath, entry.name);
            const text = readFileSync(path, "latin1");
            if (text.includes(secret)) found.push(path);
          }
      },
    );
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(found).toEqual([]);
    expect(ended.stdout).not.toContain(secret);
    expect(ended.stdout).toContain("the key is ***");
    expect(ended.stdout).toContain("not in the environment");
  });

  test("an unserialisable output fails the step with what to do", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      'class Model {}\nexport const makes = step("makes", () => ({ result: { models: [new Model()] } }));\nexport const p = pipeline("p", () => makes());\n',
    );
    expect(ended.code).toBe(1);
    const text = JSON.stringify(errorsOf(ended));
    for (const part of ["ZENLITE_OUTPUT_NOT_SERIALISABLE", "makes", "models[0]", "Model", "materializer"])
      expect(text).toContain(part);
  });

  test("log events come before the end of their step", async (context) => {
    check(context);
    const ended = await runModule(
      stack,
      'export const talks = step("talks", () => {\n  for (let line = 0; line < 50; line += 1) (line % 2 === 0 ? console.log : console.error)("line", line);\n  return { done: true };\n});\nexport const p = pipeline("p", () => talks());\n',
    );
    const events = eventsOf(ended);
    const lines = events.filter((event) => event["event"] === "log").map((event) => event["line"]);
    expect(lines).toEqual(Array.from({ length: 50 }, (_, line) => `line ${line}`));
    const last = events.findLastIndex((event) => event["event"] === "log");
    expect(last).toBeLessThan(events.findIndex((event) => event["event"] === "step.finished"));
  });
});

test("memory beyond the limit is an out-of-memory kill with the limit, in a container", async (context) => {
  context.skip(engineMissing, "no Docker engine");
  const ended = await runModule(
    "docker",
    'export const eats = step("eats", { resources: { memory: "128MiB" } }, () => {\n  const kept: Buffer[] = [];\n  for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1));\n});\nexport const p = pipeline("p", () => {\n  eats();\n});\n',
  );
  expect(ended.code).toBe(1);
  expect(JSON.stringify(errorsOf(ended))).toMatch(/128 MiB/);
});

test("execution modes: what else runs when a step fails", async () => {
  const module = `export const bad = step("bad", () => { throw new Error("no"); });
export const child = step("child", () => ({ a: 1 }));
export const other = step("other", async () => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { a: 1 };
});
export const later = step("later", ({ a }: { a: number }) => ({ a }));
export const p = pipeline("p", () => {
  const failed = bad();
  child.after(failed)();
  const { a } = other();
  return later({ a });
});
`;
  const statuses = async (mode: string): Promise<unknown> => {
    using project = createProject({ "run.ts": head + module, "c.yaml": `execution_mode: ${mode}\n` });
    return statusesOf(await zenlite(project.folder, ["run", "run.ts", "--config", "c.yaml", "--json"]));
  };
  expect(await statuses("fail_fast")).toMatchObject({ bad: "failed", child: "skipped", later: "skipped" });
  expect(await statuses("stop_on_failure")).toEqual({
    bad: "failed",
    child: "skipped",
    other: "completed",
    later: "skipped",
  });
  expect(await statuses("continue_on_failure")).toEqual({
    bad: "failed",
    child: "skipped",
    other: "completed",
    later: "completed",
  });
});

test("with --json standard output holds JSON only, one event a line, in the promised shape", async () => {
  const ended = await runModule(
    "default",
    'console.log("loading");\nexport const a = step("a", () => ({ a: 1 }));\nexport const p = pipeline("p", () => a());\n',
  );
  const events = eventsOf(ended);
  expect(events.map((event) => event["event"])).toEqual([
    "run.started",
    "step.started",
    "step.finished",
    "run.finished",
  ]);
  expect(events[0]).toMatchObject({ pipeline: "p", stack: "default" });
  expect(events[2]).toMatchObject({ step: "a", status: "completed" });
  expect(typeof events[2]?.["seconds"]).toBe("number");
  expect(events[3]).toMatchObject({ status: "completed", runId: events[0]?.["runId"] });
});
