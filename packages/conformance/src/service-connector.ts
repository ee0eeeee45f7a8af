/** What every service connector must do, as tests. */
import assert from "node:assert/strict";
import { type Call, isZenliteError, type ServiceConnector } from "@zenlite/core";

export interface ServiceConnectorSuiteOptions {
  /** The runner's own: `test` of vitest, of node:test, or anything that takes a name and a function. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Opens the connector under test, once a test. Its account must hold at least one resource of each of `kinds`. */
  readonly open: () => Promise<ServiceConnector & AsyncDisposable>;
  /** What `resources` can list. */
  readonly kinds: readonly string[];
  /** As the flavor's `supports` says. */
  readonly credentials: readonly string[];
}

interface Bench {
  readonly connector: ServiceConnector;
  readonly kinds: readonly string[];
  readonly credentials: readonly string[];
  readonly call: Call;
}

/** Every rule of the ServiceConnector contract as a named test. */
export function serviceConnectorSuite({ test, open, kinds, credentials }: ServiceConnectorSuiteOptions): void {
  for (const { name, run } of rules)
    test(name, async () => {
      await using connector = await open();
      await run({ connector, kinds, credentials, call: { signal: new AbortController().signal } });
    });
}

const rules: readonly { readonly name: string; readonly run: (bench: Bench) => Promise<void> }[] = [
  {
    name: "verify tells who this is, the same each time",
    async run({ connector, call }) {
      const { identity } = await connector.verify(call);
      assert.match(identity, /\S/u);
      assert.deepEqual(await connector.verify(call), { identity });
    },
  },
  {
    name: "resources lists each resource once, with its kind",
    async run({ connector, kinds, call }) {
      for (const kind of kinds) {
        const found = await listed(connector, kind, call);
        assert.ok(found.length > 0, `there is no ${kind}`);
        for (const each of found) assert.equal(each.kind, kind);
        assert.equal(new Set(found.map(({ id }) => id)).size, found.length, `a ${kind} is listed twice`);
      }
    },
  },
  {
    name: "verify looks at a resource that is listed, and refuses one that is not there by its name",
    async run({ connector, kinds, call }) {
      for (const kind of kinds) {
        const [first] = await listed(connector, kind, call);
        assert.ok(first, `there is no ${kind}`);
        await connector.verify({ ...call, resource: first });
        const id = `${first.id}-that-is-not-there`;
        await refuses(() => connector.verify({ ...call, resource: { kind, id } }), id);
      }
    },
  },
  {
    name: "a kind of resources that it does not know is refused by name",
    async run({ connector, call }) {
      await refuses(() => listed(connector, "no-such-kind", call), "no-such-kind");
    },
  },
  {
    name: "credentials are of the kind that was asked for, texts, and not yet expired",
    async run({ connector, credentials, call }) {
      for (const kind of credentials) {
        const given = await connector.credentials({ kind }, call);
        assert.equal(given.kind, kind);
        assert.ok(Object.keys(given.value).length > 0, "they are empty");
        for (const value of Object.values(given.value)) assert.match(value, /\S/u);
        if (given.expiresAt === undefined) continue;
        assert.equal(new Date(given.expiresAt).toISOString(), given.expiresAt);
        assert.ok(Date.parse(given.expiresAt) > Date.now(), "they have expired");
      }
    },
  },
  {
    name: "credentials of a kind that it does not have are refused by name",
    async run({ connector, call }) {
      await refuses(() => connector.credentials({ kind: "no-such-kind" }, call), "no-such-kind");
    },
  },
  {
    name: "an abort is heard by every call, with its own reason",
    async run({ connector, kinds, credentials }) {
      const reason = new Error("enough");
      const call = { signal: AbortSignal.abort(reason) };
      await assert.rejects(() => connector.verify(call), reason);
      for (const kind of kinds) await assert.rejects(() => listed(connector, kind, call), reason);
      for (const kind of credentials) await assert.rejects(() => connector.credentials({ kind }, call), reason);
    },
  },
];

async function listed(
  connector: ServiceConnector,
  kind: string,
  call: Call,
): Promise<{ readonly kind: string; readonly id: string }[]> {
  const found = [];
  for await (const each of connector.resources(kind, call)) found.push(each);
  return found;
}

/** With an error of ours, that names what was asked for. */
async function refuses(work: () => Promise<unknown>, named: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isZenliteError(error), `it is refused with ${String(error)}, and not with a ZenliteError`);
    assert.ok(error.message.includes(named), `"${error.message}" does not name ${named}`);
    return true;
  });
}
