import type { Graph, GraphStep, Input, Supports } from "@zenlite/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeLayers, mergeTwo, type ReadyLayer } from "../src/config/merge.ts";
import { orderSteps, parentsOf } from "../src/plan/order.ts";
import { planSteps, type PlanRequest } from "../src/plan/plan.ts";

const digest = `sha256:${"0".repeat(64)}` as const;
const supports: Supports["orchestrator"] = {
  modes: ["fail_fast", "stop_on_failure"],
  timeout: true,
  retry: true,
  resources: ["cpuCount"],
  maxParallel: true,
  resume: true,
  schedules: false,
  hostFolders: true,
};

function step(id: string, inputs: { readonly [name: string]: Input } = {}, more: Partial<GraphStep> = {}): GraphStep {
  return { id, name: id, export: `run.ts#${id}`, inputs, after: [], options: {}, materializers: [], ...more };
}

function requestOf(steps: readonly GraphStep[], more: Partial<PlanRequest> = {}): PlanRequest {
  const graph: Graph = { pipeline: "p", export: "run.ts#p", parameters: {}, steps, outputs: {}, options: {} };
  const fingerprint = { code: digest, files: digest, packages: [] };
  return {
    graph,
    code: {
      reference: { digest },
      fingerprints: Object.fromEntries(steps.map(({ export: key }) => [key, fingerprint])),
      image: null,
    },
    runner: digest,
    stack: { name: "s", components: {} },
    layers: { pipeline: {}, exports: new Map(), config: {}, steps: new Map(), command: {} },
    inputs: new Map(),
    orchestrator: { name: "o", flavor: "fake", supports: () => supports },
    ...more,
  };
}

const texts = fc.dictionary(fc.constantFrom("A", "B", "__proto__"), fc.string());
const layer: fc.Arbitrary<ReadyLayer> = fc.record(
  {
    cache: fc.boolean(),
    retry: fc.record(
      { count: fc.nat(5), delaySeconds: fc.nat(9), backoff: fc.constantFrom(1, 2, 3) },
      { requiredKeys: [] },
    ),
    timeoutSeconds: fc.integer({ min: 1, max: 99 }),
    resources: fc.record(
      { cpuCount: fc.integer({ min: 1, max: 8 }), memoryBytes: fc.integer({ min: 1, max: 1e9 }) },
      { requiredKeys: [] },
    ),
    environment: texts,
    secrets: texts,
    parentImage: fc.constantFrom("a", "b"),
    settings: fc.record(
      { network: fc.string(), labels: fc.dictionary(fc.constantFrom("x", "y"), fc.nat()) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

describe("merging", () => {
  test("the last who says something is heard, key by key", () => {
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 6 }), (layers) => {
        const merged = mergeLayers(layers);
        const last = <Value>(read: (one: ReadyLayer) => Value | undefined): Value | undefined =>
          layers.map(read).findLast((value) => value !== undefined);
        expect(merged.cache).toBe(last((one) => one.cache) ?? true);
        expect(merged.timeoutSeconds).toBe(last((one) => one.timeoutSeconds));
        expect(merged.parentImage).toBe(last((one) => one.parentImage));
        expect(merged.resources.cpuCount).toBe(last((one) => one.resources?.cpuCount));
        expect(merged.retry.backoff).toBe(last((one) => one.retry?.backoff) ?? 2);
        expect(merged.retry.delaySeconds).toBe(last((one) => one.retry?.delaySeconds) ?? 0);
        expect(merged.retry.count).toBe(
          last((one) => one.retry?.count) ?? (layers.some((one) => one.retry !== undefined) ? 1 : 0),
        );
        for (const name of ["A", "B"]) expect(merged.environment[name]).toBe(last((one) => one.environment?.[name]));
        expect(Object.keys(merged.settings).sort()).toEqual(
          [...new Set(layers.flatMap((one) => Object.keys(one.settings ?? {})))].sort(),
        );
      }),
    );
  });

  test("is associative and changes none of its layers", () => {
    fc.assert(
      fc.property(layer, layer, layer, (low, middle, high) => {
        const before = structuredClone([low, middle, high]);
        expect(mergeTwo(mergeTwo(low, middle), high)).toEqual(mergeTwo(low, mergeTwo(middle, high)));
        expect(mergeTwo(low, {})).toEqual(mergeTwo({}, low));
        expect([low, middle, high]).toEqual(before);
      }),
    );
  });
});

/** A random graph, its steps in the order of their calls. */
const graphs = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 }).map((parents) =>
  parents.map((numbers, index) => {
    const from = index === 0 ? [] : numbers.map((number) => `s${number % index}`);
    const inputs: Input[] = from.map((id) => ({ step: id, output: "x" }));
    return step(
      `s${index}`,
      index % 3 === 0 ? { all: { list: inputs } } : Object.fromEntries(inputs.map((input, at) => [`i${at}`, input])),
      {
        after: index % 5 === 4 ? ["s0"] : [],
      },
    );
  }),
);

describe("planning", () => {
  test("parents come before children in whatever order the steps were given", () => {
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), (steps, numbers) => {
        const shuffled = steps
          .map((one) => [numbers.next().value ?? 0, one] as const)
          .sort(([left], [right]) => left - right)
          .map(([, one]) => one);
        const place = new Map(orderSteps(shuffled).map((one, index) => [one.id, index]));
        expect(place.size).toBe(steps.length);
        for (const one of steps)
          for (const parent of parentsOf(one)) expect(place.get(parent) ?? -1).toBeLessThan(place.get(one.id) ?? -1);
        expect(orderSteps(steps)).toBe(steps);
      }),
    );
  });

  test("is pure: the same words give the same plan, and nothing given is changed", () => {
    fc.assert(
      fc.property(graphs, layer, layer, (steps, pipeline, config) => {
        const request = requestOf(steps, {
          layers: {
            pipeline,
            exports: new Map([["run.ts#s0", config]]),
            config,
            steps: new Map([["s0", pipeline]]),
            command: {},
          },
        });
        const { orchestrator: _functions, ...data } = request;
        const before = structuredClone(data);
        expect(JSON.stringify(planSteps(request))).toBe(JSON.stringify(planSteps(request)));
        expect(data).toEqual(before);
      }),
    );
  });

  test("what a call was given alone stays with it", () => {
    const steps = [step("a"), step("a_2", {}, { export: "run.ts#a" }), step("b")];
    const { plan } = planSteps(
      requestOf(steps, {
        layers: {
          pipeline: { cache: false, environment: { A: "pipeline" } },
          exports: new Map([["run.ts#a", { environment: { A: "step" }, timeoutSeconds: 5 }]]),
          config: { environment: { B: "config" } },
          steps: new Map([["a_2", { cache: true, environment: { B: "call" } }]]),
          command: {},
        },
      }),
    );
    expect(
      plan.steps.map(({ id, cache, environment, timeoutSeconds }) => [id, cache, environment, timeoutSeconds]),
    ).toEqual([
      ["a", false, { A: "step", B: "config" }, 5],
      ["a_2", true, { A: "step", B: "call" }, 5],
      ["b", false, { A: "pipeline", B: "config" }, undefined],
    ]);
  });

  test("a cycle, which tracing cannot make, is an error of ours", () => {
    const steps = [step("a", { x: { step: "b", output: "x" } }), step("b", { x: { step: "a", output: "x" } })];
    expect(() => planSteps(requestOf(steps))).toThrow(
      expect.objectContaining({ code: "ZENLITE_INTERNAL", fault: "internal" }),
    );
  });

  test("a hundred thousand links in one chain need no deep stack", () => {
    const chain = Array.from({ length: 100_000 }, (_, index) =>
      step(`s${index}`, index === 0 ? {} : { x: { step: `s${index - 1}`, output: "x" } }),
    );
    expect(orderSteps(chain.toReversed())[0]?.id).toBe("s0");
  });
});

describe("what the orchestrator cannot do", () => {
  const refused = (layers: ReadyLayer, can: Partial<Supports["orchestrator"]>): unknown => {
    const request = requestOf([step("a"), step("b"), step("c"), step("d")], {
      layers: { pipeline: layers, exports: new Map(), config: {}, steps: new Map(), command: {} },
      orchestrator: { name: "o", flavor: "fake", supports: () => ({ ...supports, ...can }) },
    });
    try {
      return planSteps(request).notices;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each([
    [
      { mode: "continue_on_failure" } as const,
      {},
      'Orchestrator "o" (fake) does not know execution_mode continue_on_failure.',
    ],
    [{ maxParallel: 2 }, { maxParallel: false }, 'Orchestrator "o" (fake) cannot limit how many steps run at once.'],
    [
      { timeoutSeconds: 2 },
      { timeout: false },
      'Orchestrator "o" (fake) cannot end a step by its timeout: a, b, c and 1 more.',
    ],
    [{ retry: { count: 2 } }, { retry: false }, 'Orchestrator "o" (fake) cannot try a step again: a, b, c and 1 more.'],
    [{ retry: { count: 0 } }, { retry: false }, []],
    [
      { resources: { memoryBytes: 1, cpuCount: 1 } },
      {},
      ['Orchestrator "o" (fake) cannot limit memory: steps may use more than resources says.'],
    ],
    [
      { resources: { memoryBytes: 1 }, strictResources: true },
      {},
      'Orchestrator "o" (fake) cannot limit memory, and strict_resources is set.',
    ],
  ])("%j", (layers, can, expected) => {
    expect(refused(layers, can)).toEqual(expected);
  });

  test("the mode is fail_fast unless the orchestrator knows only others", () => {
    const modeOf = (modes: Supports["orchestrator"]["modes"]): string =>
      planSteps(
        requestOf([step("a")], { orchestrator: { name: "o", flavor: "f", supports: () => ({ ...supports, modes }) } }),
      ).plan.mode;
    expect(modeOf(["stop_on_failure", "fail_fast"])).toBe("fail_fast");
    expect(modeOf(["continue_on_failure"])).toBe("continue_on_failure");
  });
});

describe("images", () => {
  const withImage = (more: Partial<PlanRequest>, settings: ReadyLayer = {}) =>
    planSteps(
      requestOf([step("a"), step("b")], {
        orchestrator: {
          name: "o",
          flavor: "f",
          supports: ({ baseImage }) => ({
            ...supports,
            image: { base: typeof baseImage === "string" ? baseImage : "node:24" },
          }),
        },
        layers: { pipeline: {}, exports: new Map(), config: {}, steps: new Map([["b", settings]]), command: {} },
        ...more,
      }),
    ).plan.steps;
  const request = requestOf([step("a"), step("b")]);

  test("without native packages there is a base and no recipe; settings and parent_image change it for a step", () => {
    expect(
      withImage({}, { settings: { baseImage: "own:1" } }).map(({ image, fingerprint }) => [image, fingerprint.image]),
    ).toEqual([
      [{ base: "node:24" }, undefined],
      [{ base: "own:1" }, undefined],
    ]);
    expect(withImage({}, { settings: { baseImage: "own:1" }, parentImage: "parent:2" })[1]?.image).toEqual({
      base: "parent:2",
    });
  });

  test("native packages are in every step's image, whose recipe is part of the key", () => {
    const image = { packages: [{ name: "sharp", version: "1.0.0" }], allowScripts: [], silenced: [] };
    const [first, second] = withImage({ code: { ...request.code, image } }, { parentImage: "parent:2" });
    expect(first?.image).toEqual({
      base: "node:24",
      recipe: { base: "node:24", packages: image.packages, allowScripts: [] },
    });
    expect(second?.image?.recipe?.base).toBe("parent:2");
    expect(first?.fingerprint.image).toMatch(/^sha256:/);
    expect(first?.fingerprint.image).not.toBe(second?.fingerprint.image);
  });
});
