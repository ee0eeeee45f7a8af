// A real registry, and the least that a container-registry flavor is made of.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { ContainerRegistry, Digest } from "@zenlite/core";
import { describe } from "vitest";
import { onEngine } from "./engine-here.ts";

interface Script {
  readonly registryUser: { readonly username: string; readonly password: string };
  ensureRegistry(options: { readonly password: boolean }): Promise<{
    readonly available: boolean;
    readonly address: string;
    readonly reason?: string;
    stop(): Promise<void>;
  }>;
}

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";

const missing = spawnSync("docker-registry", ["--version"]).status !== 0;

/** In continuous integration nothing is skipped: there the script installs it, or the tests fail. */
export const onRegistryAndEngine = missing && !continuous ? describe.skip : onEngine;

export interface TestRegistry extends ContainerRegistry {
  readonly address: string;
  /** Repositories that were asked to be there. */
  readonly ensured: string[];
  logins: number;
}

/** `user`: who pushes and pulls; the registry knows one user only. */
export async function openRegistry(
  user?: Partial<Script["registryUser"]>,
): Promise<AsyncDisposable & { readonly registry: TestRegistry }> {
  const script = (await import(new URL("../../../scripts/registry.mjs", import.meta.url).href)) as Script;
  const started = await script.ensureRegistry({ password: true });
  if (!started.available) throw new Error(started.reason);
  return {
    registry: registryAt(started.address, script.registryUser, user),
    [Symbol.asyncDispose]: () => started.stop(),
  };
}

/** Where nothing listens. */
export async function deadRegistry(): Promise<TestRegistry> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const user = { username: "somebody", password: "of-no-use" };
  return { ...registryAt(`127.0.0.1:${port}`, user), digest: () => Promise.resolve(undefined) };
}

function registryAt(
  address: string,
  known: Script["registryUser"],
  user: Partial<Script["registryUser"]> = {},
): TestRegistry {
  const authorization = `Basic ${Buffer.from(`${known.username}:${known.password}`).toString("base64")}`;
  const ensured: string[] = [];
  const registry: TestRegistry = {
    address,
    ensured,
    logins: 0,
    reference: (repository) => `${address}/team/${repository}`,
    ensure: async (repository) => void ensured.push(repository),
    async login() {
      registry.logins += 1;
      return { ...known, ...user };
    },
    async digest(reference, { signal }) {
      const [, repository = "", tag = ""] = /^[^/]+\/(.+):([^:]+)$/u.exec(reference) ?? [];
      const accept = "application/vnd.docker.distribution.manifest.v2+json";
      const headers = { authorization, accept };
      const url = `http://${address}/v2/${repository}/manifests/${tag}`;
      const { ok, headers: answer } = await fetch(url, { method: "HEAD", headers, signal });
      return ok ? ((answer.get("docker-content-digest") ?? "") as Digest) : undefined;
    },
  };
  return registry;
}
