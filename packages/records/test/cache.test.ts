import type { Input, Json, Manifest, PlanStep } from "@zenlite/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cacheKey,
  digestOf,
  explainMiss,
  findCached,
  inputsOf,
  type KeyParts,
  keyParts,
  layout,
  parentsOf,
} from "../src/index.ts";
import { call, enterCache, planStep, runIdAt, storeArtifact, temporaryStore } from "./support.ts";

const manifest = (content: string, more: Partial<Manifest> = {}): Manifest => ({
  format: 1,
  materializer: "json@1",
  type: "string",
  bytes: content.length,
  digest: digestOf(content),
  key: `runs/r/steps/s/attempts/a/artifacts/${content}`,
  ...more,
});
const from = (step: string, output = "out"): Input => ({ step, output });
const trainer = planStep("trainer", {
  inputs: { x: from("importer"), gamma: { value: 0.001 }, all: { list: [from("a"), from("b")] } },
});
const partsOf = (
  step: PlanStep,
  found: (step: string, output: string) => Manifest = (name) => manifest(name),
): KeyParts => keyParts(step, found);
const keyOf = (...args: Parameters<typeof partsOf>): string => cacheKey(partsOf(...args));

test("where an artifact lies does not enter the key; its content, materializer and details do", () => {
  const moved = (name: string): Manifest => manifest(name, { key: `runs/other/${name}` });
  expect(keyOf(trainer, moved)).toBe(keyOf(trainer));
  const changes: readonly Partial<Manifest>[] = [
    { digest: digestOf("other") },
    { materializer: "json@2" },
    { details: { shape: [2, 3] } },
  ];
  for (const change of changes) expect(keyOf(trainer, (name) => manifest(name, change))).not.toBe(keyOf(trainer));
});

test("each part of the fingerprint, each literal and each input changes the key; name of the call, export and limits do not", () => {
  const { fingerprint } = trainer;
  const other = digestOf("other");
  const same: readonly Partial<PlanStep>[] = [
    { id: "trainer_2" },
    { export: "moved.ts#trainer" },
    { resources: { cpuCount: 4 } },
    { timeoutSeconds: 5 },
    { after: ["importer"] },
  ];
  for (const change of same) expect(keyOf({ ...trainer, ...change })).toBe(keyOf(trainer));
  const different: readonly Partial<PlanStep>[] = [
    { fingerprint: { ...fingerprint, code: other } },
    { fingerprint: { ...fingerprint, files: other } },
    { fingerprint: { ...fingerprint, packages: ["left@1.0.1"] } },
    { fingerprint: { ...fingerprint, materializers: ["mine@1"] } },
    { fingerprint: { ...fingerprint, image: other } },
    { inputs: { ...trainer.inputs, gamma: { value: 0.01 } } },
    { inputs: { ...trainer.inputs, x: from("other") } },
    { inputs: { ...trainer.inputs, all: { list: [from("b"), from("a")] } } },
    { inputs: { x: from("importer"), gamma: { value: 0.001 } } },
  ];
  const keys = different.map((change) => keyOf({ ...trainer, ...change }));
  expect(new Set([...keys, keyOf(trainer)]).size).toBe(different.length + 1);
});

test("a literal that looks like an artifact's content is another input than that artifact", () => {
  const { digest, materializer } = manifest("importer");
  const literal: Json = { digest, materializer };
  expect(keyOf(planStep("s", { inputs: { x: { value: literal } } }))).not.toBe(
    keyOf(planStep("s", { inputs: { x: from("importer") } })),
  );
  expect(keyOf(planStep("s", { inputs: { x: { list: [{ value: literal }] } } }))).not.toBe(
    keyOf(planStep("s", { inputs: { x: { list: [from("importer")] } } })),
  );
});

test("a miss is explained by what changed, and only where something did", () => {
  const before = partsOf(trainer);
  expect(explainMiss(before, before)).toEqual([]);
  const { fingerprint } = trainer;
  const code = digestOf("edited");
  expect(explainMiss(partsOf({ ...trainer, fingerprint: { ...fingerprint, code } }), before)).toEqual([
    "code of the step changed",
  ]);
  expect(
    explainMiss(
      partsOf({ ...trainer, fingerprint: { ...fingerprint, packages: ["left@1.0.1", "@s/new@2.0.0"] } }),
      before,
    ),
  ).toEqual(["package @s/new 2.0.0 is new", "package left 1.0.0 → 1.0.1"]);
  const gamma = partsOf({ ...trainer, inputs: { ...trainer.inputs, gamma: { value: 0.01 } } });
  expect(explainMiss(gamma, before)).toEqual(["parameter gamma changed: 0.001 → 0.01"]);
  expect(
    explainMiss(
      partsOf(trainer, (name) => manifest(name === "importer" ? "new data" : name)),
      before,
    ),
  ).toEqual(["input x changed"]);
});

test("equal keys and no explanation go together, whatever the parts", () => {
  const version = fc.constantFrom("left@1.0.0", "left@1.0.1", "@s/right@2.0.0");
  const digest = fc.constantFrom("a", "b").map((text) => digestOf(text));
  const parts: fc.Arbitrary<KeyParts> = fc.record({
    step: fc.constantFrom("trainer", "tester"),
    code: digest,
    files: digest,
    packages: fc.uniqueArray(version).map((list) => list.sort()),
    materializers: fc.uniqueArray(version).map((list) => list.sort()),
    parameters: fc.dictionary(fc.constantFrom("gamma", "depth"), fc.constantFrom<Json>(1, "1", null, [1])),
    inputs: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom<Json>({ digest: "d" }, [{ digest: "d" }])),
    environment: fc.dictionary(fc.constantFrom("A", "B"), fc.constantFrom("1", "2")),
  });
  fc.assert(
    fc.property(parts, parts, (now, then) => {
      expect(explainMiss(now, then).length === 0).toBe(cacheKey(now) === cacheKey(then));
    }),
    { numRuns: 2000 },
  );
});

test("the newest entry whose artifacts are whole is found; a damaged, cut or emptied one is passed over", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const now = new Date();
  const step = planStep("trainer");
  const [oldest, middle, newest] = [3, 2, 1].map((days) => runIdAt(now, days, "aaaaaa")) as [string, string, string];
  expect(await findCached(store, cacheKey(partsOf(step)), call)).toBeUndefined();
  const outputs = new Map<string, Manifest>();
  for (const run of [middle, newest, oldest]) {
    outputs.set(run, await storeArtifact(store, run, "trainer", "a", `model of ${run}`));
    await enterCache(store, run, step, { out: outputs.get(run) ?? manifest("") });
  }
  const key = cacheKey(partsOf(step));
  const found = async (): Promise<string | undefined> => (await findCached(store, key, call))?.run;
  expect(await found()).toBe(newest);
  await store.write(outputs.get(newest)?.key ?? "", Buffer.from("cut"), { ...call, if: "always" });
  expect(await found()).toBe(middle);
  await store.write(layout.cacheEntry(key, middle, "trainer"), Buffer.from("{"), { ...call, if: "always" });
  expect(await found()).toBe(oldest);
  await store.delete([outputs.get(oldest)?.key ?? ""], call);
  expect(await found()).toBeUndefined();
});

test("what an input takes, in order, and the parents of a step, each once", () => {
  const nested: Input = { list: [from("a"), { value: 1 }, { list: [from("b", "model")] }, from("a")] };
  expect(inputsOf(nested)).toEqual([from("a"), from("b", "model"), from("a")]);
  expect(inputsOf({ value: 1 })).toEqual([]);
  expect(new Set(parentsOf(planStep("s", { inputs: { n: nested, x: from("c") }, after: ["d", "a"] })))).toEqual(
    new Set(["a", "b", "c", "d"]),
  );
  expect(parentsOf(planStep("s", { inputs: { n: nested }, after: ["a"] }))).toHaveLength(2);
});
