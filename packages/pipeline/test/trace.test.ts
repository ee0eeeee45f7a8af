import { ZenliteError } from "@zenlite/core";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { expandOutputs, materializer, pipeline, pipelineOf, step, stepOf, trace } from "../src/index.ts";

const importer = step("importer", { cache: false }, () => ({ x: 1, y: 2 }));
const trainer = step("trainer", ({ x }: { x: number; note?: string }) => ({ model: String(x) }));
const gather = step("gather", (inputs: { all: readonly unknown[] }) => ({ size: inputs.all.length }));
const notify = step("notify", () => {});
const exported = new Map<object, string>(
  [importer, trainer, gather, notify].map((object) => [object, `steps.ts#${object.stepName}`]),
);
const nameOf = (object: object): string | undefined => exported.get(object);

/** The error that `action` throws. */
function errorOf(action: () => unknown): ZenliteError {
  try {
    action();
  } catch (error) {
    if (error instanceof ZenliteError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Traces a body written in JavaScript: the types would refuse most of what is tried here. */
function traceBody(body: unknown, parameters: Record<string, unknown> = {}) {
  return trace(pipeline("tried", body as () => void), parameters, nameOf);
}

describe("trace", () => {
  it("gives each call an id in the order of the calls", () => {
    const graph = traceBody(() => {
      const { x } = importer();
      const { model } = trainer({ x });
      trainer({ x: 5, note: model });
      return { model };
    });
    expect(graph.steps).toEqual([
      {
        id: "importer",
        name: "importer",
        export: "steps.ts#importer",
        inputs: {},
        after: [],
        options: { cache: false },
        materializers: [],
      },
      {
        id: "trainer",
        name: "trainer",
        export: "steps.ts#trainer",
        inputs: { x: { step: "importer", output: "x" } },
        after: [],
        options: {},
        materializers: [],
      },
      {
        id: "trainer_2",
        name: "trainer",
        export: "steps.ts#trainer",
        inputs: { x: { value: 5 }, note: { step: "trainer", output: "model" } },
        after: [],
        options: {},
        materializers: [],
      },
    ]);
    expect(graph.outputs).toEqual({ model: { step: "trainer", output: "model" } });
  });

  it("never gives an id twice, whatever steps are called", () => {
    const names = fc.array(fc.constantFrom("a", "a_2", "a_2_2", "a_3", "b"), { maxLength: 30 });
    fc.assert(
      fc.property(names, (called) => {
        const steps = new Map(called.map((name) => [name, step(name, () => {})]));
        const graph = trace(
          pipeline("many", () => called.forEach((name) => steps.get(name)?.())),
          {},
          () => "m#s",
        );
        expect(new Set(graph.steps.map(({ id }) => id)).size).toBe(called.length);
      }),
    );
  });

  it("keeps the edges of any graph", () => {
    const graphs = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(graphs, (picks) => {
        const parents = picks.map((numbers, index) => (index === 0 ? [] : numbers.map((number) => number % index)));
        const graph = traceBody(() => {
          const sizes: unknown[] = [];
          for (const mine of parents) sizes.push(gather({ all: mine.map((parent) => sizes[parent]) }).size);
        });
        const idOf = (index: number): string => (index === 0 ? "gather" : `gather_${index + 1}`);
        expect(graph.steps.map(({ inputs }) => inputs["all"])).toEqual(
          parents.map((mine) =>
            mine.length === 0
              ? { value: [] }
              : { list: mine.map((parent) => ({ step: idOf(parent), output: "size" })) },
          ),
        );
      }),
    );
  });

  it("takes lists of outputs and literals as one input", () => {
    const graph = traceBody(() => {
      const { x, y } = importer();
      gather({ all: [x, 5, [y, "text"]] });
    });
    expect(graph.steps[1]?.inputs["all"]).toEqual({
      list: [
        { step: "importer", output: "x" },
        { value: 5 },
        { list: [{ step: "importer", output: "y" }, { value: "text" }] },
      ],
    });
  });

  it("orders steps without data by after()", () => {
    const graph = traceBody(() => {
      const { x } = importer();
      trainer.after(notify(), x, notify(), x)({ x: 1 });
    });
    expect(graph.steps.at(-1)?.after).toEqual(["notify", "importer", "notify_2"]);
  });

  it("keeps names, options and materializers", () => {
    const model = materializer({
      name: "model",
      version: "2",
      matches: (value) => value instanceof Date,
      save() {},
      load: () => new Date(),
    });
    const saved = step("saved", { materializers: [model], retry: { count: 2 } }, () => new Date());
    const graph = trace(
      pipeline("p", { maxParallel: 3 }, () => saved()),
      {},
      (object) => (object === saved ? "m#saved" : "m#p"),
    );
    expect(graph).toMatchObject({ pipeline: "p", export: "m#p", options: { maxParallel: 3 } });
    expect(graph.steps[0]).toMatchObject({ options: { retry: { count: 2 } }, materializers: ["model@2"] });
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
  });

  it("leaves nothing behind in the global object, not even after a failure", () => {
    const slots = (): symbol[] =>
      Object.getOwnPropertySymbols(globalThis).filter(
        (symbol) => symbol.description?.startsWith("zenlite.trace") === true,
      );
    let during: symbol[] = [];
    traceBody(() => {
      during = slots();
    });
    expect(during).toHaveLength(1);
    expect(slots()).toEqual([]);
    expect(() =>
      traceBody(() => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(slots()).toEqual([]);
  });
});

describe("what a body returns", () => {
  it("may be nested, whole results, or nothing", () => {
    const graph = traceBody(() => ({ training: trainer({ x: 1 }), deep: { x: importer().x } }));
    expect(graph.outputs).toEqual({
      training: { step: "trainer", output: "*" },
      deep: { x: { step: "importer", output: "x" } },
    });
    const names = (name: string): string[] | undefined => (name === "trainer" ? ["model", "loss"] : undefined);
    expect(expandOutputs(graph.outputs, names)).toEqual({
      training: { model: { step: "trainer", output: "model" }, loss: { step: "trainer", output: "loss" } },
      deep: { x: { step: "importer", output: "x" } },
    });
    const whole = traceBody(() => trainer({ x: 1 })).outputs;
    expect(expandOutputs(whole, names)).toEqual({
      model: { step: "trainer", output: "model" },
      loss: { step: "trainer", output: "loss" },
    });
    expect(expandOutputs(whole, () => undefined)).toEqual({});
    expect(traceBody(() => {}).outputs).toEqual({});
  });

  it.each([
    ["a number", () => ({ scores: { total: 5 } }), "returns the number 5 at scores.total"],
    ["a list", () => ({ all: [importer().x] }), "returns a list at all"],
    ["null", () => null, "returns null"],
    ["a date", () => ({ "made on": new Date() }), 'returns an instance of Date at ["made on"]'],
    ["a bare reference", () => importer().x, "returns a bare reference"],
    [
      "a cycle",
      () => {
        const cycle: Record<string, unknown> = {};
        cycle["self"] = { cycle };
        return cycle;
      },
      "at self.cycle",
    ],
  ])("is explained by its path: %s", (_, body, said) => {
    const error = errorOf(() => traceBody(body));
    expect(error.code).toBe("ZENLITE_PIPELINE_RETURN");
    expect(error.message).toContain(said);
  });
});

describe("mistakes in a body", () => {
  it.each([
    ["an async function", async () => {}],
    ["a returned promise", () => Promise.resolve()],
    [
      "a call that is awaited",
      async () => {
        await (importer() as unknown as Promise<void>);
      },
    ],
    ["a rejected promise", () => Promise.reject(new Error("late"))],
  ])("asynchronous: %s", (_, body) => {
    expect(errorOf(() => traceBody(body))).toMatchObject({
      code: "ZENLITE_PIPELINE_ASYNC",
      message: expect.stringContaining('"tried"'),
    });
  });

  it.each([
    ["in a text", () => "loss ".concat(importer().x as never), '"x" of step "importer"'],
    ["in a sum", () => Number(importer().x) + 1, '"x" of step "importer"'],
    ["in a comparison", () => (importer().x as unknown as number) > 1, '"x" of step "importer"'],
    ["spread", () => ({ ...importer() }), '"importer"'],
    [
      "rest",
      () => {
        const { x, ...rest } = importer();
        return { x, ...rest };
      },
      '"importer"',
    ],
    ["keys", () => Object.keys(importer()), '"importer"'],
  ])("a reference used as a value: %s", (_, body, said) => {
    expect(errorOf(() => traceBody(body))).toMatchObject({
      code: "ZENLITE_REF_NOT_A_VALUE",
      message: expect.stringContaining(said),
    });
  });

  it.each([
    ["two arguments", "2 arguments", (call: Untyped) => call({ x: 1 }, { x: 2 })],
    ["a whole result", 'whole result of step "importer"', (call: Untyped) => call(importer())],
    ["a bare reference", "a bare reference", (call: Untyped) => call(importer().x)],
    ["a list", "something else", (call: Untyped) => call([1])],
    ["a whole result for an input", "input x is the whole result", (call: Untyped) => call({ x: importer() })],
  ])("inputs: %s", (_, said, body) => {
    const error = errorOf(() => traceBody(() => body(trainer as unknown as Untyped)));
    expect(error).toMatchObject({ code: "ZENLITE_INPUTS_INVALID", message: expect.stringContaining(said) });
    expect(error.message).toContain('"trainer"');
  });

  it("after() of something else", () => {
    const loose = trainer as unknown as { after(...earlier: unknown[]): (inputs: { x: number }) => void };
    expect(errorOf(() => traceBody(() => loose.after(importer(), 5)({ x: 1 })))).toMatchObject({
      code: "ZENLITE_INPUTS_INVALID",
      message: expect.stringContaining("argument 2"),
    });
  });

  it("a reference of an earlier trace", () => {
    let kept: unknown;
    traceBody(() => {
      kept = importer().x;
    });
    expect(errorOf(() => traceBody(() => trainer({ x: kept as never })))).toMatchObject({
      code: "ZENLITE_REF_FOREIGN",
    });
    expect(errorOf(() => traceBody(() => ({ kept })))).toMatchObject({ code: "ZENLITE_REF_FOREIGN" });
  });

  it("a step that is not exported", () => {
    const hidden = step("hidden", () => {});
    const error = errorOf(() => traceBody(() => hidden()));
    expect(error.code).toBe("ZENLITE_STEP_NOT_EXPORTED");
    expect(error.hint).toContain('export const hidden = step("hidden", …)');
  });

  it("a pipeline inside a pipeline, run or called", () => {
    const inner = pipeline("inner", () => {});
    for (const body of [() => inner.run(), () => (inner as unknown as () => void)(), () => trace(inner, {}, nameOf)]) {
      const error = errorOf(() => traceBody(body));
      expect(error).toMatchObject({ code: "ZENLITE_PIPELINE_NESTED", message: expect.stringContaining('"tried"') });
      expect(error.message).toContain('"inner"');
    }
  });

  it("shows what a call gives, without looking like a promise", async () => {
    const { inspect } = await import("node:util");
    let shown = "";
    let json = "";
    traceBody(() => {
      const refs = importer();
      shown = inspect(refs);
      expect(refs.x).toBe(refs.x);
      expect("then" in refs).toBe(false);
      json = JSON.stringify({ refs, x: refs.x });
    });
    expect(shown).toContain("importer");
    expect(JSON.parse(json)).toEqual({
      refs: { step: "importer", outputs: ["x"] },
      x: { step: "importer", output: "x" },
    });
  });
});

type Untyped = (...inputs: unknown[]) => void;

describe("two copies of this package", () => {
  it("work together where they speak one contract", async () => {
    vi.resetModules();
    const copy = await import("../src/index.ts");
    expect(copy.step).not.toBe(step);
    const other = copy.step("other", () => ({ x: 1 }));
    const graph = trace(
      copy.pipeline("p", () => other()),
      {},
      () => "m#other",
    );
    expect(graph.steps.map(({ id }) => id)).toEqual(["other"]);
  });

  it("are told apart where they do not", () => {
    const future = { [Symbol.for("zenlite.pipeline")]: { contract: 2, name: "future" } };
    expect(errorOf(() => trace(future, {}, nameOf))).toMatchObject({ code: "ZENLITE_COPIES" });
    const slot = Symbol.for("zenlite.trace@2");
    Reflect.set(globalThis, slot, { place: "node_modules/future/pipeline.js" });
    try {
      const error = errorOf(() => importer());
      expect(error.code).toBe("ZENLITE_COPIES");
      expect(error.message).toContain("node_modules/future/pipeline.js");
      expect(error.message).toContain("src/ambient.ts");
    } finally {
      Reflect.deleteProperty(globalThis, slot);
    }
  });

  it("find each other's definitions by structure", () => {
    expect(stepOf(importer)).toMatchObject({ contract: 1, name: "importer" });
    expect(pipelineOf(pipeline("p", () => {}))).toMatchObject({ contract: 1, name: "p" });
    expect(stepOf({})).toBeUndefined();
    expect(pipelineOf(importer)).toBeUndefined();
  });
});
