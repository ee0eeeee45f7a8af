/** What every container registry must do, as tests. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Call, ContainerRegistry } from "@zenlite/core";

export interface ContainerRegistrySuiteOptions {
  /** The runner's own: `test` of vitest, of node:test, or anything that takes a name and a function. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Opens the registry under test, once a test. It need not be empty: each test has a repository of its own. */
  readonly open: () => Promise<ContainerRegistry & AsyncDisposable>;
  /** Puts any image into the registry under this reference (`host/repository:tag`), by whatever means. */
  readonly push: (registry: ContainerRegistry, reference: string, call: Call) => Promise<void>;
}

interface Bench {
  readonly registry: ContainerRegistry;
  /** A repository that nobody else has. */
  readonly repository: string;
  readonly call: Call;
  push(reference: string): Promise<void>;
}

/** Every rule of the ContainerRegistry contract as a named test. */
export function containerRegistrySuite({ test, open, push }: ContainerRegistrySuiteOptions): void {
  for (const { name, run } of rules)
    test(name, async () => {
      await using registry = await open();
      const call = { signal: new AbortController().signal };
      const repository = `conformance-${randomUUID()}`;
      await run({ registry, repository, call, push: (reference) => push(registry, reference, call) });
    });
}

const rules: readonly { readonly name: string; readonly run: (bench: Bench) => Promise<void> }[] = [
  {
    name: "reference is a host and a path that ends in the repository's name, the same each time",
    async run({ registry, repository }) {
      const reference = registry.reference(repository);
      assert.match(reference, /^[^/]+\/(?:[^/]+\/)*[^/]+$/u);
      assert.equal(reference.split("/").at(-1), repository, "without a tag");
      assert.equal(registry.reference(repository), reference);
    },
  },
  {
    name: "digest of a repository and of a tag that are not there is undefined",
    async run({ registry, repository, call, push }) {
      const reference = registry.reference(repository);
      assert.equal(await registry.digest(`${reference}:none`, call), undefined);
      await registry.ensure(repository, call);
      await push(`${reference}:there`);
      assert.equal(await registry.digest(`${reference}:none`, call), undefined);
      assert.equal(await registry.digest(`${reference}@sha256:${"0".repeat(64)}`, call), undefined);
    },
  },
  {
    name: "ensure may be said again, and by many at once, also of a repository that holds images",
    async run({ registry, repository, call, push }) {
      await Promise.all([1, 2, 3].map(() => registry.ensure(repository, call)));
      const reference = `${registry.reference(repository)}:kept`;
      await push(reference);
      const digest = await registry.digest(reference, call);
      await registry.ensure(repository, call);
      assert.equal(await registry.digest(reference, call), digest);
    },
  },
  {
    name: "digest of what was pushed is the same by tag and by digest, and another for another image",
    async run({ registry, repository, call, push }) {
      const name = registry.reference(repository);
      await registry.ensure(repository, call);
      await push(`${name}:one`);
      await push(`${name}:two`);
      const one = await registry.digest(`${name}:one`, call);
      const two = await registry.digest(`${name}:two`, call);
      assert.match(String(one), /^sha256:[0-9a-f]{64}$/u);
      assert.notEqual(one, two);
      assert.equal(await registry.digest(`${name}@${one}`, call), one);
    },
  },
  {
    name: "login gives name and password as texts, and says in ISO 8601 when they expire, if they do",
    async run({ registry, repository, call }) {
      const { username, password, expiresAt } = await registry.login(repository, call);
      assert.equal(typeof username, "string");
      assert.equal(typeof password, "string");
      assert.equal(username === "", password === "", "a name without a password, or the other way round");
      if (expiresAt !== undefined) assert.equal(new Date(expiresAt).toISOString(), expiresAt);
    },
  },
  {
    name: "an abort before digest is heard, with its own reason",
    async run({ registry, repository }) {
      const reason = new Error("enough");
      const asking = registry.digest(`${registry.reference(repository)}:1`, { signal: AbortSignal.abort(reason) });
      await assert.rejects(asking, reason);
    },
  },
];
