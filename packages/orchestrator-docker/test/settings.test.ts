import { expect, test } from "vitest";
import flavor from "../src/index.ts";
import { toEngine } from "../src/host-config.ts";
import { merge, type DockerConfig } from "../src/settings.ts";

const place = { projectFolder: "/p", stateFolder: "/p/.zenlite", configFolder: "/p" };

function validate(schema: "config" | "settings", value: unknown) {
  const result = flavor[schema]?.["~standard"].validate(value);
  if (result === undefined || result instanceof Promise) throw new Error("the schema answers at once");
  return result;
}

function configOf(value: unknown): DockerConfig {
  const result = validate("config", value);
  if (result.issues !== undefined) throw new Error(JSON.stringify(result.issues));
  return result.value as DockerConfig;
}

test("nothing needs to be configured", () => {
  expect(configOf({})).toEqual({ baseImage: "node:24-slim", pullPolicy: "missing", lookAhead: 4 });
});

test("settings have no defaults that would hide the component's config", () => {
  expect(validate("settings", {})).toEqual({ value: {} });
  const config = configOf({ baseImage: "mine", environment: { A: "1", B: "1" }, hostConfig: { shmSize: 1 } });
  expect(merge(config, { environment: { B: "2" }, hostConfig: { pidsLimit: 9 } })).toMatchObject({
    baseImage: "mine",
    environment: { A: "1", B: "2" },
    hostConfig: { shmSize: 1, pidsLimit: 9 },
  });
});

test("a setting changes what the flavor says of itself", () => {
  const config = configOf({ maxParallel: 3 });
  expect(flavor.supports(config, place)).toMatchObject({
    image: { base: "node:24-slim" },
    parallel: { max: 3, lookAhead: 4 },
  });
  expect(flavor.supports(config, place, { baseImage: "other", platform: "linux/arm64", lookAhead: 0 })).toMatchObject({
    image: { base: "other", platform: "linux/arm64" },
    parallel: { lookAhead: 0 },
  });
});

test.each([
  ["binds", "zenlite mounts the code"],
  ["readonlyRootfs", "always read-only"],
  ["autoRemove", "always removed"],
  ["memory", "under resources of the step"],
  ["privileged", "cap_add"],
])("host_config.%s is refused, and it says why", (key, why) => {
  expect(validate("config", { hostConfig: { [key]: true } }).issues).toEqual([
    { path: ["hostConfig", key], message: expect.stringContaining(why) },
  ]);
});

test("an engine of its own for one step is refused", () => {
  expect(validate("settings", { host: "unix:///x" }).issues?.[0]?.message).toContain(
    "all steps of a run use one engine",
  );
  expect(configOf({ host: "unix:///x" })).toMatchObject({ host: "unix:///x" });
});

test("an unknown key of host_config names the nearest", () => {
  expect(validate("config", { hostConfig: { shmSiz: 1 } }).issues?.[0]?.message).toContain('Did you mean "shmSize"?');
});

test("host_config reaches the engine in its own spelling, the user's words untouched", () => {
  const { hostConfig = {} } = configOf({
    hostConfig: {
      shmSize: 1024,
      ulimits: [{ name: "nofile", soft: 1, hard: 2 }],
      deviceRequests: [{ count: -1, deviceIds: ["0"], capabilities: [["gpu"]] }],
      sysctls: { "net.core.somaxconn": "1" },
    },
  });
  expect(toEngine(hostConfig)).toEqual({
    ShmSize: 1024,
    Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
    DeviceRequests: [{ Count: -1, DeviceIDs: ["0"], Capabilities: [["gpu"]] }],
    Sysctls: { "net.core.somaxconn": "1" },
  });
});
