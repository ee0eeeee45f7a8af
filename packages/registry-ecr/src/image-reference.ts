/** Names of registries, repositories and images. Pure. The same file serves registry-ecr and registry-oci. */
import { type Digest, ZenliteError } from "@zenlite/core";

export interface RegistryAddress {
  /** With its port, where it has one. */
  readonly host: string;
  /** What stands before every repository: empty, or with a slash at its end. */
  readonly prefix: string;
}

export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  /** A tag or a digest: what a manifest is asked for by. */
  readonly version: string;
}

// https://pkg.go.dev/github.com/distribution/reference#pkg-overview
const host = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/iu;
const part = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/u;
const tag = /^\w[\w.-]{0,127}$/u;
const digest = /^sha256:[0-9a-f]{64}$/u;

/** `host[:port][/namespace]`. Throws ZENLITE_CONFIG_INVALID. */
export function parseRegistry(uri: string): RegistryAddress {
  const fail = (why: string): never => {
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", `uri: ${JSON.stringify(uri)} is no container registry: ${why}.`, {
      hint: "Write host[:port][/namespace], for example registry.example.com/team",
    });
  };
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(uri)) fail("it has no scheme such as https://");
  const [name = "", ...namespace] = uri.replace(/\/$/u, "").split("/");
  if (!host.test(name)) fail(`${JSON.stringify(name)} is no host`);
  for (const each of namespace)
    if (!part.test(each))
      fail(`${JSON.stringify(each)} is no part of a repository's name (lower-case letters and digits)`);
  return { host: name, prefix: namespace.map((each) => `${each}/`).join("") };
}

/** `host[:port]/repository[:tag][@digest]`; the digest counts where there are both. Throws ZENLITE_IMAGE_REFERENCE_INVALID. */
export function parseReference(reference: string): ImageReference {
  const [named = "", pinned] = reference.split("@");
  const slash = named.indexOf("/");
  const colon = named.indexOf(":", Math.max(slash, 0));
  const name = named.slice(0, slash);
  const repository = named.slice(slash + 1, colon === -1 ? undefined : colon);
  const version = pinned ?? (colon === -1 ? "latest" : named.slice(colon + 1));
  const known = pinned === undefined ? tag.test(version) : digest.test(version);
  if (slash > 0 && host.test(name) && repository.split("/").every((each) => part.test(each)) && known)
    return { host: name, repository, version };
  throw new ZenliteError(
    "ZENLITE_IMAGE_REFERENCE_INVALID",
    `${JSON.stringify(reference)} is no image of a registry (host/repository:tag or host/repository@sha256:…).`,
  );
}

export function isDigest(text: string | null | undefined): text is Digest {
  return typeof text === "string" && digest.test(text);
}

/** Hosts of this machine: as for the Docker engine, they need no TLS. */
export function isLoopback(registry: string): boolean {
  const name = registry.replace(/:\d+$/u, "");
  return /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/iu.test(name);
}
