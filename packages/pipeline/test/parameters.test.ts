import { ZenliteError } from "@zenlite/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pipeline, step, trace } from "../src/index.ts";

const taker = step("taker", (_inputs: { value?: unknown }) => {});
const nameOf = (): string => "steps.ts#taker";

function errorOf(action: () => unknown): ZenliteError {
  try {
    action();
  } catch (error) {
    if (error instanceof ZenliteError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The graph of a pipeline that hands one literal to a step. */
const give = (value: unknown) =>
  trace(
    pipeline("giver", () => taker({ value })),
    {},
    nameOf,
  );

describe("literal inputs", () => {
  it("are kept as they are when they are JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(give(value).steps[0]?.inputs).toEqual({ value: { value: JSON.parse(JSON.stringify(value)) } });
      }),
    );
  });

  it("are copied: what changes later does not change the plan", () => {
    const list = [{ a: 1 }];
    const graph = give(list);
    list[0] = { a: 2 };
    expect(graph.steps[0]?.inputs["value"]).toEqual({ value: [{ a: 1 }] });
  });

  it("are left out when undefined", () => {
    expect(give(undefined).steps[0]?.inputs).toEqual({});
  });

  class Model {
    readonly name = "svm";
  }
  const cycle: Record<string, unknown> = {};
  cycle["inner"] = [cycle];
  it.each<[string, unknown, string, string]>([
    ["a date", { at: [new Date()] }, "value.at[0] is a Date", "toISOString"],
    ["a map", new Map(), "value is a Map", "Object.fromEntries"],
    ["a set", { "of it": new Set() }, 'value["of it"] is a Set', "[...set]"],
    ["a function", { score: () => 1 }, "value.score is the function score", "Import the function"],
    ["an instance", { model: new Model() }, "value.model is an instance of Model", "inside the step"],
    ["undefined inside", [1, undefined], "value[1] is undefined", "null"],
    ["a hole", Object.assign([1], { 2: 2 }), "value[1] is undefined", "null"],
    ["NaN", { loss: Number.NaN }, "value.loss is NaN", "null"],
    ["infinity", [[-Infinity]], "value[0][0] is -Infinity", "null"],
    ["a bigint", 5n, "value is a bigint", "BigInt()"],
    ["a symbol", Symbol("s"), "value is a symbol", "inside the step"],
    ["a cycle", cycle, "value.inner[0] is a reference back", "without cycles"],
    ["bytes", new Uint8Array(3), "value is a Uint8Array", "a step make or read it"],
    ["a promise", { data: Promise.resolve() }, "value.data is a promise", "Await it inside a step"],
    ["a symbol as key", { [Symbol("k")]: 1 }, "value is an object with symbols as keys", "texts"],
  ])("are explained when they are not: %s", (_, value, said, todo) => {
    const error = errorOf(() => give(value));
    expect(error.code).toBe("ZENLITE_PARAMETER_NOT_DATA");
    expect(error.message).toContain(`Step "taker", input ${said}`);
    expect(error.hint).toContain(todo);
  });

  it("hold no reference inside an object", () => {
    const maker = step("maker", () => ({ x: 1 }));
    const error = errorOf(() =>
      trace(
        pipeline("p", () => taker({ value: { deep: [{ x: maker().x }] } })),
        {},
        nameOf,
      ),
    );
    expect(error.message).toContain('value.deep[0].x is output "x" of step "maker" inside an object');
    const whole = errorOf(() =>
      trace(
        pipeline("p", () => taker({ value: { all: maker() } })),
        {},
        nameOf,
      ),
    );
    expect(whole.message).toContain('value.all is the whole result of step "maker" inside an object');
  });
});

describe("parameters with defaults", () => {
  const declared = pipeline(
    "digits",
    { parameters: { gamma: 0.1, name: "svm", tags: ["a"], note: null as unknown } },
    (parameters) => {
      taker({ value: { ...parameters } });
    },
  );
  const valuesFor = (given: Record<string, unknown>): unknown => trace(declared, given, nameOf).parameters;

  it("are filled in, and reach the body", () => {
    const graph = trace(declared, { gamma: 5, note: "any type" }, nameOf);
    expect(graph.parameters).toEqual({ gamma: 5, name: "svm", tags: ["a"], note: "any type" });
    expect(graph.steps[0]?.inputs).toEqual({ value: { value: graph.parameters } });
  });

  it("refuse names that are not declared", () => {
    const error = errorOf(() => valuesFor({ gama: 1 }));
    expect(error).toMatchObject({ code: "ZENLITE_PARAMETER_UNKNOWN", where: { field: "gama" } });
    expect(error.message).toContain('Did you mean "gamma"?');
  });

  it.each([
    [{ gamma: "5" }, 'is the text "5", expected a number'],
    [{ name: 5 }, "is 5, expected a text"],
    [{ tags: { a: 1 } }, "is an object, expected a list"],
    [{ gamma: null }, "is null, expected a number"],
  ])("refuse other types: %j", (given, said) => {
    const error = errorOf(() => valuesFor(given));
    expect(error.code).toBe("ZENLITE_PARAMETER_TYPE");
    expect(error.message).toContain(said);
  });

  it("refuse what is no data", () => {
    expect(errorOf(() => valuesFor({ note: new Date() })).message).toContain(
      'Pipeline "digits", parameter note is a Date',
    );
  });
});

describe("parameters without defaults", () => {
  it("refuse a name that the body does not read, and say which it reads", () => {
    const reader = pipeline("reader", ({ gamma, cost = 1 }: { gamma: number; cost?: number }) =>
      taker({ value: [gamma, cost] }),
    );
    expect(trace(reader, { gamma: 2 }, nameOf).parameters).toEqual({ gamma: 2 });
    const error = errorOf(() => trace(reader, { gamma: 2, csot: 3 }, nameOf));
    expect(error).toMatchObject({ code: "ZENLITE_PARAMETER_UNKNOWN", hint: "Known parameters: gamma, cost" });
    expect(error.message).toContain('Did you mean "cost"?');
  });

  it("know all names when the body lists them", () => {
    const lister = pipeline("lister", (parameters: Record<string, number>) => taker({ value: { ...parameters } }));
    expect(trace(lister, { any: 1 }, nameOf).steps[0]?.inputs).toEqual({ value: { value: { any: 1 } } });
  });

  it("say so where there are none", () => {
    expect(
      errorOf(() =>
        trace(
          pipeline("none", () => {}),
          { gamma: 1 },
          nameOf,
        ),
      ).message,
    ).toContain("It takes none.");
  });
});
