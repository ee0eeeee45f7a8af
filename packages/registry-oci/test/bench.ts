// A registry opened as core opens it.
import { inspect } from "node:util";
import { expect } from "vitest";
import { ZenliteError } from "@zenlite/core";
import flavor from "../src/index.ts";
import { openRegistry } from "../src/registry.ts";

export const call = { signal: AbortSignal.timeout(120_000) };

/** Checked by the flavor's schema and `supports`. */
export async function open(config: object): ReturnType<typeof openRegistry> {
  const checked = await flavor.config["~standard"].validate(config);
  if (checked.issues !== undefined) throw new Error(checked.issues.map(({ message }) => message).join(" "));
  const folder = import.meta.dirname;
  flavor.supports(checked.value, { projectFolder: folder, stateFolder: folder, configFolder: folder });
  return openRegistry(checked.value);
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
