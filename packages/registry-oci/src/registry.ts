/** Any registry that speaks the OCI distribution protocol: names, logins, digests. */
import type { Call, ContainerRegistry } from "@zenlite/core";
import { type Login, openDistribution } from "./distribution.ts";
import { findLogin } from "./docker-config.ts";
import { isLoopback, parseReference, parseRegistry } from "./image-reference.ts";

export interface RegistryConfig {
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  readonly insecure: boolean;
}

interface PlatformedRegistry extends ContainerRegistry {
  /** `os/architecture[/variant]` of an image, or of each in an index; undefined where there is no such image. */
  platforms(reference: string, call: Call): Promise<readonly string[] | undefined>;
}

export async function openRegistry(config: RegistryConfig): Promise<PlatformedRegistry & AsyncDisposable> {
  const { host, prefix } = parseRegistry(config.uri);
  const { username, password, insecure } = config;

  const findOwn = async ({ signal }: Call): Promise<Login | undefined> =>
    username !== undefined && password !== undefined ? { username, password } : findLogin(host, process.env, signal);

  // Docker Hub answers at another host than its images are named by.
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  const scheme = insecure || isLoopback(host) ? "http" : "https";
  const distribution = openDistribution({ origin: `${scheme}://${server}`, name: host, login: findOwn });

  return {
    reference: (repository) => `${host}/${prefix}${repository}`,
    // Repositories of such registries come into being with the first push, or are made by their owners.
    ensure: () => Promise.resolve(),
    digest: (reference, call) => distribution.digest(parseReference(reference), call),
    platforms: (reference, call) => distribution.platforms(parseReference(reference), call),
    // Where nobody is known the engine tries without a name.
    login: async (_repository, call) => (await findOwn(call)) ?? { username: "", password: "" },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
