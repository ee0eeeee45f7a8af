import { expect, test } from "vitest";
import { compareWithEngine, type EngineFacts, formatBytes, grant, readFacts } from "../src/capacity.ts";
import { checkOf } from "./bench.ts";

const gibibyte = 1024 ** 3;
const engine: EngineFacts = {
  id: "E",
  version: "20.10",
  cpus: 2,
  memoryBytes: 8 * gibibyte,
  limitsCpus: true,
  limitsMemory: true,
  platform: "linux/amd64",
  rootless: false,
  remapsUsers: false,
};

test("what fits is granted as it is", () => {
  expect(grant({ cpuCount: 1.5, memoryBytes: gibibyte }, engine)).toEqual({ cpuCount: 1.5, memoryBytes: gibibyte });
  expect(grant({}, engine)).toEqual({});
  expect(compareWithEngine([checkOf({ resources: { cpuCount: 2, memoryBytes: gibibyte } })], engine)).toEqual([]);
});

test("what is more than the engine has is capped, said once with the steps' names", () => {
  const resources = { cpuCount: 4, memoryBytes: 64 * gibibyte };
  expect(grant(resources, engine)).toEqual({ cpuCount: 2, memoryBytes: 8 * gibibyte });
  expect(compareWithEngine([checkOf({ resources })], engine)).toEqual([
    "step trainer asks for 4 CPUs; this engine has 2 CPUs: capped",
    "step trainer asks for 64 GiB; this engine has 8 GiB: capped",
  ]);
  const several = ["one", "two", "three"].map((step) =>
    checkOf({ step, resources: { cpuCount: step === "two" ? 8 : 4 } }),
  );
  expect(compareWithEngine(several, engine)).toEqual([
    "steps one, three ask for 4 CPUs; step two asks for 8 CPUs; this engine has 2 CPUs: capped",
  ]);
});

test("a strict step is refused instead", () => {
  expect(() => compareWithEngine([checkOf({ resources: { cpuCount: 4 }, strict: true })], engine)).toThrow(
    expect.objectContaining({
      code: "ZENLITE_RESOURCES_UNAVAILABLE",
      message: expect.stringContaining("Step trainer asks for 4 CPUs; this engine has 2 CPUs"),
    }),
  );
});

test("an engine that cannot limit is told of, and given no limit", () => {
  const unlimited = { ...engine, limitsMemory: false };
  expect(grant({ cpuCount: 1, memoryBytes: gibibyte }, unlimited)).toEqual({ cpuCount: 1 });
  expect(compareWithEngine([checkOf({ resources: { memoryBytes: gibibyte } })], unlimited)).toEqual([
    "step trainer asks for 1 GiB; this engine cannot limit memory: not limited",
  ]);
});

test("a unit that was forgotten is found before the engine refuses it", () => {
  expect(() => compareWithEngine([checkOf({ resources: { memoryBytes: 512 } })], engine)).toThrow(
    expect.objectContaining({ code: "ZENLITE_RESOURCES_INVALID", message: expect.stringContaining("512 bytes") }),
  );
});

test("the engine's /info is read", () => {
  const info = {
    ID: "E",
    ServerVersion: "27.0",
    NCPU: 4,
    MemTotal: 5,
    OSType: "linux",
    Architecture: "aarch64",
    SecurityOptions: ["name=seccomp,profile=default", "name=rootless"],
  };
  expect(readFacts(info)).toEqual({
    id: "E",
    version: "27.0",
    cpus: 4,
    memoryBytes: 5,
    limitsCpus: true,
    limitsMemory: true,
    platform: "linux/arm64",
    rootless: true,
    remapsUsers: false,
  });
  expect(readFacts({ ...info, SecurityOptions: ["name=userns"], MemoryLimit: false })).toMatchObject({
    rootless: false,
    remapsUsers: true,
    limitsMemory: false,
  });
});

test.each([
  [512, "512 bytes"],
  [256 * 1024 ** 2, "256 MiB"],
  [1.5 * gibibyte, "1.5 GiB"],
  [4e9, "3.7 GiB"],
])("%d bytes read as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
