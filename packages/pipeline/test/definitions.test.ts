import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createPipeline,
  file,
  isArtifactFile,
  materializer,
  pipeline,
  pipelineOf,
  step,
  type PipelineRunner,
} from "../src/index.ts";

type Loose = (...parts: unknown[]) => { run(options?: unknown): Promise<unknown> };
const looseStep = step as unknown as Loose;
const loosePipeline = pipeline as unknown as Loose;

describe("step()", () => {
  it("is its function when it is run", async () => {
    const trainer = step("trainer", async ({ x }: { x: number }, context) => ({ model: x * context.number }));
    expect(await trainer.run({ x: 2 })).toEqual({ model: 2 });
    expect(await trainer.run({ x: 2 }, { number: 3 })).toEqual({ model: 6 });
    expect(trainer.name).toBe("trainer");
  });

  it("has a context that records nothing, with a real scratch folder only when asked for one", () => {
    const looker = step("looker", (_inputs, context) => {
      context.log.info("hello");
      context.metadata({ rows: 1 });
      context.metric("loss", 1);
      return { folder: context.scratchFolder, again: context.scratchFolder, aborted: context.signal.aborted };
    });
    const { folder, again, aborted } = looker.run({});
    expect(again).toBe(folder);
    expect(existsSync(folder)).toBe(true);
    // The process removes it at its end, which the workers of a test runner do not come to.
    rmSync(folder, { recursive: true });
    expect(aborted).toBe(false);
    expect(looker.run({}, { scratchFolder: "mine" }).folder).toBe("mine");
  });

  it("called outside of a pipeline says how to run its function", () => {
    const trainer = step("trainer", () => 1);
    expect(() => trainer()).toThrow(
      expect.objectContaining({ code: "ZENLITE_STEP_OUTSIDE_PIPELINE", hint: expect.stringContaining("trainer.run(") }),
    );
  });

  it.each<[string, unknown[], string]>([
    ["name", ["1st", () => {}], '"1st"'],
    ["empty name", ["", () => {}], '""'],
    ["long name", ["x".repeat(65), () => {}], "64 characters"],
    ["name with a slash", ["a/b", () => {}], '"a/b"'],
    ["no name", [() => {}], "its name"],
    ["no function", ["trainer", { cache: true }, 5], "it is 5"],
    ["misspelt option", ["trainer", { chache: true }, () => {}], 'unknown option "chache". Did you mean "cache"?'],
    [
      "misspelt inner option",
      ["trainer", { retry: { cuont: 1 } }, () => {}],
      'unknown option "retry.cuont". Did you mean "count"?',
    ],
    ["snake case", ["trainer", { resources: { cpu_count: 1 } }, () => {}], 'Did you mean "cpuCount"?'],
    ["wrong type", ["trainer", { cache: "no" }, () => {}], 'cache is "no", expected true or false'],
    ["negative time", ["trainer", { timeoutSeconds: -1 }, () => {}], "timeoutSeconds is -1"],
    [
      "wrong choice",
      ["trainer", { retry: { jitter: "ful" } }, () => {}],
      'retry.jitter is "ful", expected one of "none", "full"',
    ],
    ["options no object", ["trainer", [], () => {}], "options is a list"],
    ["no materializer", ["trainer", { materializers: [{}] }, () => {}], "materializers[0] is no materializer"],
  ])("refuses: %s", (_, parts, said) => {
    expect(() => looseStep(...parts)).toThrow(
      expect.objectContaining({ code: "ZENLITE_STEP_INVALID", message: expect.stringContaining(said) }),
    );
  });
});

describe("pipeline()", () => {
  it.each<[string, unknown[], string, string]>([
    ["name", ["digits!", () => {}], '"digits!"', "ZENLITE_PIPELINE_INVALID"],
    ["option", ["digits", { parameter: {} }, () => {}], 'Did you mean "parameters"?', "ZENLITE_PIPELINE_INVALID"],
    ["mode", ["digits", { mode: "fail-fast" }, () => {}], '"fail_fast"', "ZENLITE_PIPELINE_INVALID"],
    ["async body", ["digits", async () => {}], "async", "ZENLITE_PIPELINE_ASYNC"],
  ])("refuses: %s", (_, parts, said, code) => {
    expect(() => loosePipeline(...parts)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
  });

  it("does not run where no client is attached", async () => {
    await expect(pipeline("digits", () => {}).run()).rejects.toMatchObject({ code: "ZENLITE_RUN_INSIDE_STEP" });
  });

  it("is explained when it is called", () => {
    const digits = pipeline("digits", () => {}) as unknown as () => void;
    expect(() => digits()).toThrow(
      expect.objectContaining({ code: "ZENLITE_PIPELINE_CALLED", hint: "await digits.run()" }),
    );
  });
});

describe("createPipeline()", () => {
  it("attaches a client, and records the module that calls", async () => {
    const asked: unknown[] = [];
    const runner: PipelineRunner = (object, options) => {
      asked.push(object, options);
      return Promise.reject(new Error("no client here"));
    };
    const make = createPipeline(runner, { recordModule: true });
    const digits = make("digits", { parameters: { gamma: 1 } }, () => {});
    await expect(digits.run({ stack: "docker" })).rejects.toThrow("no client here");
    expect(asked).toEqual([digits, { stack: "docker" }]);
    expect(pipelineOf(digits)).toMatchObject({ name: "digits", parameters: { gamma: 1 }, at: import.meta.filename });
  });

  it("checks the options of run() first", async () => {
    const make = createPipeline(() => Promise.reject(new Error("called")), { recordModule: false });
    const digits = make("digits", () => {});
    await expect((digits.run as (options: unknown) => Promise<unknown>)({ stak: "docker" })).rejects.toMatchObject({
      code: "ZENLITE_OPTION_UNKNOWN",
      message: expect.stringContaining('Did you mean "stack"?'),
    });
  });
});

describe("materializer()", () => {
  const good = {
    name: "model",
    matches: (value: unknown): value is Date => value instanceof Date,
    save() {},
    load: () => new Date(),
  };

  it("gives back what it checked", () => {
    expect(materializer(good)).toBe(good);
  });

  it.each([
    [{ ...good, name: "json" }, "belongs to a built-in"],
    [{ ...good, name: "my model" }, "1 to 64 characters"],
    [{ ...good, version: "" }, "version"],
    [{ ...good, load: undefined as never }, "load is missing"],
  ])("refuses a bad one", (definition, said) => {
    expect(() => materializer(definition)).toThrow(
      expect.objectContaining({ code: "ZENLITE_MATERIALIZER_INVALID", message: expect.stringContaining(said) }),
    );
  });
});

describe("file()", () => {
  it("is known by its mark, of whatever copy of this package", () => {
    expect(isArtifactFile(file("a.csv"))).toBe(true);
    expect(isArtifactFile({ [Symbol.for("zenlite.file")]: true, path: "b.csv" })).toBe(true);
    expect(isArtifactFile({ path: "c.csv" })).toBe(false);
  });
});
