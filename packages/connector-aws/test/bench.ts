// A connector opened as the command line opens it, in an environment that knows nothing of the developer's own AWS.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { type ComponentContext, type Credentials, type ServiceConnector, ZenliteError } from "@zenlite/core";
import flavor from "../src/index.ts";
import { region } from "./aws-here.ts";

export const call = { signal: AbortSignal.timeout(120_000) };

/** Folder of the test: its `.aws` holds what `writeProfiles` writes. */
export let home = "";

/** Before each test of a file: no variable of AWS, no machine's role, an empty home. */
export function inEmptyHome(): void {
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "zenlite-aws-"));
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
    vi.stubEnv("HOME", home);
    vi.stubEnv("AWS_CONFIG_FILE", join(home, "config"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(home, "credentials"));
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  });
}

export function writeProfiles(files: { readonly config?: string; readonly credentials?: string }): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600 });
}

/** Checked by the flavor's schema and `supports`, as by core. */
export async function openConnector(config: object): Promise<ServiceConnector & AsyncDisposable> {
  const checked = await flavor.config["~standard"].validate({ region, ...config });
  if (checked.issues !== undefined) throw new Error(checked.issues.map(({ message }) => message).join(" "));
  const place = { projectFolder: home, stateFolder: join(home, ".zenlite"), configFolder: home };
  flavor.supports(checked.value, place);
  const context: ComponentContext = {
    where: "client",
    place,
    signal: call.signal,
    log: { info: () => {}, warn: () => {} },
    secret: () => Promise.reject(new Error("no secrets here")),
  };
  return flavor.open(checked.value, context);
}

export async function credentialsOf(connector: ServiceConnector): Promise<Credentials> {
  return connector.credentials({ kind: "aws" }, call);
}

export async function all(connector: ServiceConnector, kind: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of connector.resources(kind, call)) ids.push(id);
  return ids;
}

/** What it throws. Whatever is printed of it, to the last hidden property, holds none of the keys. */
export async function failure(work: Promise<unknown>, ...keys: readonly string[]): Promise<ZenliteError> {
  const error = await work.then(
    () => expect.unreachable("it should have failed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ZenliteError)) throw error;
  const printed = inspect(error, { depth: Infinity, showHidden: true });
  for (const key of keys) expect(printed).not.toContain(key);
  return error;
}
