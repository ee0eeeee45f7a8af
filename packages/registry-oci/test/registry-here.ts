// A real registry, and a Docker engine that pushes to it, for the tests that need them. Tests of registry-ecr use it too.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe } from "vitest";

export interface Registry extends AsyncDisposable {
  /** host:port */
  readonly address: string;
}

interface Script {
  readonly registryUser: { readonly username: string; readonly password: string };
  ensureRegistry(options: { readonly password: boolean }): Promise<{
    readonly available: boolean;
    readonly reason?: string;
    readonly address: string;
    stop(): Promise<void>;
  }>;
}

/** The stand-in for node:24-slim that the test script makes. */
export const baseImage = "zenlite-base:node24";

const script = join(import.meta.dirname, "..", "..", "..", "scripts", "registry.mjs");
const { ensureRegistry, registryUser } = (await import(pathToFileURL(script).href)) as Script;

/** Who may use a registry that was opened with a password. */
export { registryUser };

export async function openRegistryServer({ password = false } = {}): Promise<Registry> {
  const { available, reason, address, stop } = await ensureRegistry({ password });
  if (!available) throw new Error(reason);
  return { address, [Symbol.asyncDispose]: stop };
}

function has(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";
const registry = has("docker-registry", "--version");
const engine = process.env["ZENLITE_TEST_ENGINE"] !== "0" && has("docker", "image", "inspect", baseImage);

/** In continuous integration nothing is skipped: without a registry these tests fail. */
export const onRegistry = describe.skipIf(!registry && !continuous);
/** And for these also a Docker engine with the base image. */
export const onRegistryAndEngine = describe.skipIf(!(registry && engine) && !continuous);
