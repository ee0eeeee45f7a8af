// A registry opened as core opens it, with what it logs.
import { inspect } from "node:util";
import { expect } from "vitest";
import { type ComponentContext, type Credentials, ZenliteError } from "@zenlite/core";
import flavor from "../src/index.ts";
import { openRegistry } from "../src/registry.ts";

export const call = { signal: AbortSignal.timeout(120_000) };

export interface Bench {
  readonly warnings: string[];
  readonly asked: { readonly kind: string; readonly resource?: string }[];
}

type Keys = { readonly [name: string]: string };

/** `keys`: what a connector gives, one after the other; without any there is no connector. Checked by the flavor's schema and `supports`. */
export async function open(config: object, ...keys: readonly Keys[]) {
  const checked = await flavor.config["~standard"].validate(config);
  if (checked.issues !== undefined) throw new Error(checked.issues.map(({ message }) => message).join(" "));
  const folder = import.meta.dirname;
  flavor.supports(checked.value, { projectFolder: folder, stateFolder: folder, configFolder: folder });
  const bench: Bench = { warnings: [], asked: [] };
  const credentials = async (wanted: { readonly kind: string; readonly resource?: string }): Promise<Credentials> => {
    const value = keys[bench.asked.length] ?? keys.at(-1) ?? {};
    bench.asked.push({ kind: wanted.kind, ...(wanted.resource === undefined ? {} : { resource: wanted.resource }) });
    return { kind: "aws", value, expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  };
  const context: Pick<ComponentContext, "credentials" | "log" | "signal"> = {
    ...call,
    log: { info: () => {}, warn: (message) => void bench.warnings.push(message) },
    ...(keys.length === 0 ? {} : { credentials }),
  };
  return Object.assign(await openRegistry(checked.value, context), bench);
}

/** What it throws. Whatever is printed of it, to the last hidden property, holds none of the secrets. */
export async function failure(work: Promise<unknown>, ...secrets: readonly string[]): Promise<ZenliteError> {
  const error = await work.then(
    () => expect.unreachable("it should have failed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ZenliteError)) throw error;
  const printed = inspect(error, { depth: Infinity, showHidden: true });
  for (const secret of secrets) expect(printed).not.toContain(secret);
  return error;
}
