// One attempt after the other in this process: inputs, outputs, the records, and every way to fail.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptEnded, Input, StepOutcome } from "@zenlite/core";
import { file, materializer, step, type ArtifactFile, type StepContext } from "@zenlite/pipeline";
import { findCached, layout, readJson, writeOnce } from "@zenlite/records";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { executeStep, stoppedReason, timeoutReason, type Executed } from "../src/index.ts";
import { call, openPlace, wordFor, type Place, type WordOptions } from "./support.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

/** A step's function, or a whole step, under the name that its export has. */
interface Given extends WordOptions {
  readonly signal?: AbortSignal;
  readonly others?: { readonly [name: string]: object };
}

async function execute(
  made: { readonly stepName: string },
  given: Given = {},
): Promise<Executed & { attempt: string }> {
  const word = wordFor(place.folder, made.stepName, given);
  const result = await executeStep({
    word,
    store: place.store,
    code: { steps: { [word.step.export]: made, ...given.others } },
    scratchFolder: join(place.folder, "scratch", word.attempt),
    signal: given.signal ?? call.signal,
    log: { info() {}, warn() {} },
  });
  return { ...result, attempt: word.attempt };
}

const outcomeOf = (name: string): Promise<StepOutcome | undefined> =>
  readJson(place.store, layout.outcome("run-1", name), call);
const endedOf = (name: string, attempt: string): Promise<AttemptEnded | undefined> =>
  readJson(place.store, layout.ended("run-1", name, attempt), call);

/** Runs a maker of outputs, then a step that takes them; gives what the second got. */
async function passOn(
  outputs: unknown,
  inputs: { readonly [name: string]: Input },
  options: Parameters<typeof step>[1] = {},
): Promise<unknown> {
  const maker = step("maker", options as object, () => outputs);
  expect(await execute(maker)).toMatchObject({ status: "completed" });
  let got: unknown;
  const taker = step("taker", (given: object) => {
    got = given;
  });
  expect(await execute(taker, { inputs, others: { "steps.ts#maker": maker } })).toMatchObject({ status: "completed" });
  return got;
}

const from = (output: string): Input => ({ step: "maker", output });

describe("inputs", () => {
  it("are outputs, literals and lists of either", async () => {
    const got = await passOn(
      { x: 1, y: new Map([["a", 1]]) },
      {
        x: from("x"),
        y: from("y"),
        literal: { value: [1, { a: null }] },
        list: { list: [from("x"), { value: 5 }, { list: [from("y")] }] },
      },
    );
    const map = new Map([["a", 1]]);
    expect(got).toEqual({ x: 1, y: map, literal: [1, { a: null }], list: [1, 5, [map]] });
  });

  it("are read anew for each step: what one does to a value, no other sees", async () => {
    const got = (await passOn({ x: { n: 1 } }, { left: from("x"), right: from("x") })) as {
      left: { n: number };
      right: { n: number };
    };
    got.left.n = 2;
    expect(got.right.n).toBe(1);
  });

  it("may be files, even of one name", async () => {
    const texts = ["first", "second"];
    const folders = texts.map((text) => join(place.folder, text));
    await Promise.all(folders.map(async (folder, index) => writeFile(`${folder}.txt`, texts[index] ?? "")));
    const maker = step("maker", () => ({ a: file(`${folders[0]}.txt`), b: file(`${folders[1]}.txt`) }));
    await execute(maker);
    const taker = step("taker", async ({ all }: { all: ArtifactFile[] }) => ({
      texts: await Promise.all(all.map(({ path }) => readFile(path, "utf8"))),
    }));
    const result = await execute(taker, {
      inputs: { all: { list: [from("a"), from("b"), from("a")] } },
      others: { "steps.ts#maker": maker },
    });
    expect(result).toMatchObject({ status: "completed", outcome: { outputs: { texts: { type: "string[]" } } } });
  });

  it("of a custom class are read by the materializer of the step that made them", async () => {
    class Model {
      readonly name = "svm";
    }
    const model = materializer<Model>({
      name: "model",
      matches: (value) => value instanceof Model,
      save: (value, sink) => sink.write(value.name),
      load: () => new Model(),
    });
    const got = (await passOn(
      { model: new Model() },
      { model: from("model") },
      {
        materializers: [model],
      },
    )) as { model: unknown };
    expect(got.model).toBeInstanceOf(Model);
  });

  it("that were never given name what was", async () => {
    const maker = step("maker", () => ({ model: 1 }));
    await execute(maker);
    const result = await execute(
      step("taker", () => {}),
      { inputs: { model: from("modle") } },
    );
    expect(result).toMatchObject({
      status: "failed",
      error: { code: "ZENLITE_OUTPUT_MISSING", message: 'Step "maker" gave no output "modle". Did you mean "model"?' },
    });
  });

  it("that are damaged fail the step that reads them", async () => {
    await execute(step("maker", () => ({ model: "weights" })));
    const key = (await outcomeOf("maker"))?.outputs["model"]?.key ?? "";
    await place.store.write(key, Buffer.from('"wEights"'), { ...call, if: "always" });
    const result = await execute(
      step("taker", () => {}),
      { inputs: { model: from("model") } },
    );
    expect(result).toMatchObject({ status: "failed", error: { code: "ZENLITE_ARTIFACT_CORRUPT" } });
  });

  it("of a step that is not done are an error of the driver", async () => {
    const result = await execute(
      step("taker", () => {}),
      { inputs: { model: from("model") } },
    );
    expect(result).toMatchObject({ status: "failed", error: { code: "ZENLITE_PARENT_NOT_DONE" } });
  });
});

describe("outputs", () => {
  class Model {
    readonly name = "svm";
  }
  const model = materializer<Model>({
    name: "model",
    matches: (value) => value instanceof Model,
    save() {},
    load: () => new Model(),
  });
  it.each<[string, unknown, string[]]>([
    ["an object", { a: 1, b: undefined, "with space": 2 }, ["a", "b", "with space"]],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 }), ["a"]],
    ["an empty object", {}, []],
    ["nothing", undefined, []],
    ["null", null, ["output"]],
    ["a number", 5, ["output"]],
    ["a list", [1, 2], ["output"]],
    ["a date", new Date(), ["output"]],
    ["a map", new Map([["a", 1]]), ["output"]],
    ["a set", new Set(), ["output"]],
    ["bytes", Buffer.from("a"), ["output"]],
    ["a typed array", new Float32Array(2), ["output"]],
    ["an instance with a materializer", new Model(), ["output"]],
    ["a file", file(import.meta.filename), ["output"]],
    ["a stream", ReadableStream.from([Buffer.from("a")]), ["output"]],
  ])("are the keys of an object, or one of the name output: %s", async (_, result, names) => {
    expect(await execute(step("maker", { materializers: [model] }, () => result))).toMatchObject({
      status: "completed",
    });
    expect(Object.keys((await outcomeOf("maker"))?.outputs ?? {})).toEqual(names);
  });

  it("that are undefined are undefined again", async () => {
    expect(await passOn({ maybe: undefined }, { maybe: from("maybe") })).toEqual({ maybe: undefined });
  });

  it.each(["", "a/b", "..", "*", "then", "x".repeat(300)])("have names that are keys: %j", async (name) => {
    const result = await execute(step("maker", () => ({ [name]: 1 })));
    expect(result).toMatchObject({ status: "failed", error: { code: "ZENLITE_OUTPUT_NAME" } });
    expect(await outcomeOf("maker")).toBeUndefined();
  });

  it("that cannot be stored fail the step with their path", async () => {
    const result = await execute(step("maker", () => ({ fine: 1, model: { layers: [new Model()] } })));
    expect(result).toMatchObject({
      status: "failed",
      error: {
        code: "ZENLITE_OUTPUT_NOT_SERIALISABLE",
        message: expect.stringContaining("model.layers[0] is an instance of Model"),
      },
    });
    expect(await endedOf("maker", result.attempt)).toMatchObject({ exit: { code: 1, reason: "exited" } });
  });
});

describe("the records of a step", () => {
  it("say what it made, and the cache finds it", async () => {
    const maker = step("maker", (_inputs: { gamma: number }, context) => {
      context.metric("loss", 0.5);
      context.metadata({ rows: 10, tags: ["a"] });
      context.metadata({ rows: 11 });
      return { model: "weights" };
    });
    const result = await execute(maker, { inputs: { gamma: { value: 1 } } });
    const outcome = await outcomeOf("maker");
    expect(result).toEqual({ status: "completed", outcome, attempt: result.attempt });
    expect(outcome).toMatchObject({
      format: 1,
      run: "run-1",
      writer: "driver",
      kind: "step.outcome",
      attempt: result.attempt,
      metrics: { loss: 0.5 },
      metadata: { rows: 11, tags: ["a"] },
      seconds: expect.any(Number),
    });
    expect(await endedOf("maker", result.attempt)).toBeUndefined();
    const entry = outcome?.key === undefined ? undefined : await findCached(place.store, outcome.key, call);
    expect(entry).toMatchObject({
      run: "run-1",
      step: "maker",
      outputs: outcome?.outputs,
      parts: { parameters: { gamma: 1 } },
    });
  });

  it("leave the cache alone where that is asked for", async () => {
    await execute(
      step("maker", () => 1),
      { cache: false },
    );
    const outcome = await outcomeOf("maker");
    expect(outcome?.key).toMatch(/^sha256:/u);
    expect(outcome?.key === undefined ? undefined : await findCached(place.store, outcome.key, call)).toBeUndefined();
  });

  it("stand even where the cache takes nothing", async () => {
    await place.store.write("cache", new Uint8Array(1), { ...call, if: "always" });
    expect(await execute(step("maker", () => 1))).toMatchObject({ status: "completed" });
    expect(await outcomeOf("maker")).toMatchObject({ status: "completed" });
  });

  it("are those of the first attempt that came to its end", async () => {
    const first = await execute(step("maker", () => "first"));
    const second = await execute(step("maker", () => "second"));
    expect(second).toMatchObject({ status: "completed", outcome: { attempt: first.attempt } });
  });

  it("are not those of a step that was cancelled before", async () => {
    await writeOnce(place.store, layout.outcome("run-1", "maker"), { kind: "step.outcome", status: "cancelled" }, call);
    expect(await execute(step("maker", () => 1))).toMatchObject({
      status: "failed",
      error: { code: "ZENLITE_OUTCOME_TAKEN" },
    });
  });
});

describe("the context", () => {
  it("says where the step is", async () => {
    let seen: StepContext | undefined;
    const secrets = { KEY: "hunter2!" };
    const result = await execute(
      step("looker", (_inputs, context) => {
        seen = context;
      }),
      { secrets },
    );
    expect(seen).toMatchObject({ run: "run-1", step: "looker", attempt: result.attempt, number: 1, secrets });
  });

  it("makes a scratch folder only when it is asked for one", async () => {
    await execute(step("plain", () => 1));
    expect(existsSync(join(place.folder, "scratch"))).toBe(false);
    await execute(
      step("scratch", async (_inputs, { scratchFolder }) => {
        await writeFile(join(scratchFolder, "a"), "a");
        return { same: existsSync(join(scratchFolder, "a")) };
      }),
    );
    expect((await outcomeOf("scratch"))?.status).toBe("completed");
  });

  it.each<[string, (context: StepContext) => void, string]>([
    ["a date", (context) => context.metadata({ at: new Date() as never }), "ZENLITE_METADATA_NOT_DATA"],
    ["an instance", (context) => context.metadata({ model: [new WeakMap()] as never }), "ZENLITE_METADATA_NOT_DATA"],
    ["NaN", (context) => context.metric("loss", Number.NaN), "ZENLITE_METRIC_NOT_FINITE"],
    ["a text", (context) => context.metric("loss", "5" as never), "ZENLITE_METRIC_NOT_FINITE"],
  ])("refuses %s", async (_, note, code) => {
    const result = await execute(step("noter", (_inputs, context) => note(context)));
    expect(result).toMatchObject({ status: "failed", error: { code, message: expect.stringContaining('"noter"') } });
  });

  it("keeps secrets out of the records", async () => {
    const secrets = { KEY: "hunter2!" };
    await execute(
      step("noter", (_inputs, context) => context.metadata({ [`key ${context.secrets["KEY"]}`]: ["hunter2!"] })),
      { secrets },
    );
    expect((await outcomeOf("noter"))?.metadata).toEqual({ "key ***": ["***"] });
  });
});

describe("a failure", () => {
  it("keeps message, causes and errors of an aggregate", async () => {
    const thrown = new AggregateError([new Error("inner one")], "several", { cause: new TypeError("the root") });
    const result = await execute(
      step("fails", () => {
        throw thrown;
      }),
    );
    expect(result).toMatchObject({
      status: "failed",
      error: { code: "ZENLITE_STEP_FAILED", message: "AggregateError: several" },
    });
    const { error } = (await endedOf("fails", result.attempt)) ?? {};
    expect(error?.stack).toContain("errors[0]: Error: inner one");
    expect(error?.stack).toContain("caused by: TypeError: the root");
  });

  it.each<[unknown, string]>([
    [undefined, "It threw undefined"],
    [{ code: 5 }, 'It threw {"code":5}'],
    ["text", 'It threw "text"'],
    [Object.assign(new Error(""), { name: "Odd" }), "Odd: "],
  ])("may be anything: %j", async (thrown, message) => {
    const result = await execute(
      step("fails", () => {
        throw thrown;
      }),
    );
    expect(result).toMatchObject({ status: "failed", error: { message: expect.stringContaining(message) } });
  });

  it("of a step that the code does not have", async () => {
    const word = wordFor(place.folder, "gone");
    const options = {
      word,
      store: place.store,
      scratchFolder: place.folder,
      signal: call.signal,
      log: { info() {}, warn() {} },
    };
    expect(await executeStep({ ...options, code: {} })).toMatchObject({
      status: "failed",
      error: { code: "ZENLITE_STEP_NOT_FOUND" },
    });
  });

  it.each([
    ["stopped", stoppedReason("the run was cancelled"), "ZENLITE_STEP_STOPPED"],
    ["timeout", timeoutReason(5), "ZENLITE_STEP_TIMEOUT"],
  ])("because it was ended from outside says so: %s", async (reason, abortReason, code) => {
    const abort = new AbortController();
    const result = await execute(
      step("waits", async (_inputs, { signal }) => {
        abort.abort(abortReason);
        signal.throwIfAborted();
      }),
      { signal: abort.signal },
    );
    expect(result).toMatchObject({ status: "failed", error: { code } });
    expect(await endedOf("waits", result.attempt)).toMatchObject({ exit: { code: 143, reason }, error: { code } });
  });

  it("of the store is told, and nothing throws", async () => {
    const broken = {
      ...place.store,
      write: () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })),
    };
    const word = wordFor(place.folder, "maker");
    const maker = step("maker", () => ({ model: 1 }));
    const result = await executeStep({
      word,
      store: broken,
      code: { steps: { [word.step.export]: maker } },
      scratchFolder: place.folder,
      signal: call.signal,
      log: { info() {}, warn() {} },
    });
    expect(result).toMatchObject({
      status: "failed",
      error: {
        code: "ZENLITE_OUTPUT_NOT_STORED",
        message: expect.stringContaining("no space left on device"),
        hint: expect.stringContaining("zenlite clean"),
      },
    });
  });
});
