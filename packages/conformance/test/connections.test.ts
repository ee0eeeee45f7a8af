// The suites for registries and connectors: right ones pass, and each fault is found by a test whose name says it.
import { randomUUID } from "node:crypto";
import { type ContainerRegistry, type Digest, type ServiceConnector, ZenliteError } from "@zenlite/core";
import { expect, test } from "vitest";
import { containerRegistrySuite } from "../src/container-registry.ts";
import { serviceConnectorSuite } from "../src/service-connector.ts";

type Tests = { readonly name: string; readonly run: () => Promise<void> }[];

/** The names of those that fail. */
async function failing(tests: Tests): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of tests) await run().catch(() => void failed.push(name));
  return failed;
}

type RegistryFault = keyof ContainerRegistry;

function registryTests(faults: Partial<ContainerRegistry> = {}): Tests {
  const images = new Map<string, Digest>();
  const newDigest = (): Digest => `sha256:${randomUUID().replaceAll("-", "").repeat(2)}`;
  const right: ContainerRegistry & AsyncDisposable = {
    reference: (repository) => `registry.example.com/team/${repository}`,
    ensure: () => Promise.resolve(),
    async digest(reference, { signal }) {
      signal.throwIfAborted();
      const [, digest] = reference.split("@");
      return digest === undefined ? images.get(reference) : [...images.values()].find((each) => each === digest);
    },
    login: () => Promise.resolve({ username: "me", password: "secret", expiresAt: new Date().toISOString() }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const tests: Tests = [];
  containerRegistrySuite({
    test: (name, run) => tests.push({ name, run }),
    open: async () => ({ ...right, ...faults }),
    push: async (_registry, reference) => void images.set(reference, newDigest()),
  });
  return tests;
}

test("a right registry passes", async () => {
  expect(await failing(registryTests())).toEqual([]);
});

const zeros: Digest = `sha256:${"0".repeat(64)}`;

test.each<[RegistryFault, Partial<ContainerRegistry>, RegExp]>([
  ["reference", { reference: (repository) => repository }, /^reference is a host/u],
  ["reference", { reference: (repository) => `host/${repository}:latest` }, /^reference is a host/u],
  ["digest", { digest: () => Promise.resolve(zeros) }, /not there is undefined/u],
  ["digest", { digest: () => Promise.resolve(undefined) }, /^digest of what was pushed/u],
  ["digest", { digest: () => Promise.reject(new Error("404")) }, /not there is undefined/u],
  ["ensure", { ensure: () => Promise.reject(new Error("it is there")) }, /^ensure may be said again/u],
  ["login", { login: () => Promise.resolve({ username: "me", password: "" }) }, /^login gives/u],
  ["login", { login: () => Promise.resolve({ username: "", password: "", expiresAt: "tomorrow" }) }, /^login gives/u],
  ["digest", { digest: () => Promise.resolve(undefined) }, /^an abort before digest/u],
])("a registry whose %s is wrong (%#)", async (_name, fault, found) => {
  expect(await failing(registryTests(fault))).toContainEqual(expect.stringMatching(found));
});

function connectorTests(faults: Partial<ServiceConnector> = {}): Tests {
  const unknown = (what: string): ZenliteError => new ZenliteError("ZENLITE_NOT_FOUND", `There is no ${what}.`);
  const right: ServiceConnector & AsyncDisposable = {
    async verify({ signal, resource }) {
      signal.throwIfAborted();
      if (resource !== undefined && resource.id !== "one") throw unknown(resource.id);
      return { identity: "me" };
    },
    async *resources(kind, { signal }) {
      signal.throwIfAborted();
      if (kind !== "bucket") throw unknown(kind);
      yield { kind, id: "one" };
    },
    async credentials({ kind }, { signal }) {
      signal.throwIfAborted();
      if (kind !== "keys") throw unknown(kind);
      return { kind, value: { key: "k" }, expiresAt: new Date(Date.now() + 60_000).toISOString() };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const tests: Tests = [];
  serviceConnectorSuite({
    test: (name, run) => tests.push({ name, run }),
    open: async () => ({ ...right, ...faults }),
    kinds: ["bucket"],
    credentials: ["keys"],
  });
  return tests;
}

test("a right connector passes", async () => {
  expect(await failing(connectorTests())).toEqual([]);
});

async function* nothing(): AsyncGenerator<never> {}
async function* twice(kind: string): AsyncGenerator<{ kind: string; id: string }> {
  for (const id of ["one", "one"]) yield { kind, id };
}
const past = new Date(0).toISOString();

test.each<[keyof ServiceConnector, Partial<ServiceConnector>, RegExp]>([
  ["verify", { verify: () => Promise.resolve({ identity: "" }) }, /^verify tells who/u],
  ["verify", { verify: () => Promise.resolve({ identity: randomUUID() }) }, /^verify looks at a resource/u],
  ["verify", { verify: async () => ({ identity: randomUUID() }) }, /^verify tells who/u],
  ["verify", { verify: async () => ({ identity: "me" }) }, /^an abort is heard/u],
  ["resources", { resources: nothing }, /^resources lists each/u],
  ["resources", { resources: twice }, /^resources lists each/u],
  ["resources", { resources: nothing }, /^a kind of resources that it does not know/u],
  ["resources", { resources: twice }, /^an abort is heard/u],
  ["credentials", { credentials: async () => ({ kind: "other", value: { a: "b" } }) }, /^credentials are of the kind/u],
  ["credentials", { credentials: async ({ kind }) => ({ kind, value: {} }) }, /^credentials are of the kind/u],
  [
    "credentials",
    { credentials: async ({ kind }) => ({ kind, value: { a: "b" }, expiresAt: past }) },
    /not yet expired$/u,
  ],
  ["credentials", { credentials: async ({ kind }) => ({ kind, value: { a: "b" } }) }, /does not have are refused/u],
  ["credentials", { credentials: () => Promise.reject(new Error("no-such-kind")) }, /does not have are refused/u],
])("a connector whose %s is wrong (%#)", async (_name, fault, found) => {
  expect(await failing(connectorTests(fault))).toContainEqual(expect.stringMatching(found));
});
