/** Asks a registry about its images by the OCI distribution protocol. The same file serves registry-ecr and registry-oci. */
import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Call, type Digest, isJsonObject, messageOf, ZenliteError } from "@zenlite/core";
import { realmOf } from "./challenge.ts";
import { type ImageReference, isDigest } from "./image-reference.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface DistributionOptions {
  /** `https://host`, without a path. */
  readonly origin: string;
  /** For people, where the origin is another host than the one that users know. */
  readonly name: string;
  /** Undefined where nobody is known there. */
  login(call: Call): Promise<Login | undefined>;
  /** A better error than the registry's own words. */
  refused?(repository: string, said: string): unknown;
}

export interface Distribution {
  /** Undefined where there is no such image. */
  digest(image: ImageReference, call: Call): Promise<Digest | undefined>;
  /** `os/architecture[/variant]` of an image, or of each in an index; empty where the image does not say. Undefined where there is no such image. */
  platforms(image: ImageReference, call: Call): Promise<readonly string[] | undefined>;
}

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export function openDistribution(options: DistributionOptions): Distribution {
  const { origin, name } = options;
  /** The Authorization header by repository, once the registry has asked for one. */
  const authorizations = new Map<string, string>();

  async function request(image: ImageReference, method: "GET" | "HEAD", path: string, call: Call): Promise<Response> {
    const send = (verb: string): Promise<Response> => {
      const authorization = authorizations.get(image.repository);
      const headers = { accept: manifestTypes, ...(authorization === undefined ? {} : { authorization }) };
      return ask(name, `${origin}/v2/${image.repository}/${path}`, { method: verb, headers }, call);
    };
    let response = await send(method);
    if (response.status === 401) {
      const challenge = response.headers.get("www-authenticate") ?? "";
      authorizations.set(image.repository, await authorize(challenge, options, image.repository, call));
      response = await send(method);
    }
    if (response.ok || response.status === 404) return response;
    // An answer to HEAD has no words.
    const said = await reasonOf(method === "HEAD" ? await send("GET") : response);
    throw refusal(options, image.repository, `${response.status} ${said}`.trim());
  }

  async function manifest(image: ImageReference, call: Call): Promise<unknown> {
    const response = await request(image, "GET", `manifests/${image.version}`, call);
    return response.status === 404 ? undefined : response.json();
  }

  return {
    async digest(image, call) {
      const response = await request(image, "HEAD", `manifests/${image.version}`, call);
      if (response.status === 404) return undefined;
      const said = response.headers.get("docker-content-digest");
      if (isDigest(said)) return said;
      // The header is only recommended.
      const whole = await request(image, "GET", `manifests/${image.version}`, call);
      if (whole.status === 404) return undefined;
      return `sha256:${createHash("sha256")
        .update(await whole.bytes())
        .digest("hex")}`;
    },

    async platforms(image, call) {
      const found = await manifest(image, call);
      if (!isJsonObject(found)) return undefined;
      const { manifests, config } = found;
      if (Array.isArray(manifests))
        return manifests.flatMap((each) => (isJsonObject(each) ? platformOf(each["platform"]) : []));
      const digest = isJsonObject(config) ? config["digest"] : undefined;
      if (typeof digest !== "string" || !isDigest(digest)) return [];
      const blob = await request(image, "GET", `blobs/${digest}`, call);
      return blob.ok ? platformOf(await blob.json()) : [];
    },
  };
}

function platformOf(value: unknown): readonly string[] {
  if (!isJsonObject(value)) return [];
  const { os, architecture, variant } = value;
  // Attestations stand in an index as images for an unknown platform.
  if (typeof os !== "string" || typeof architecture !== "string" || os === "unknown") return [];
  return [[os, architecture, ...(typeof variant === "string" && variant !== "" ? [variant] : [])].join("/")];
}

/** The value of the Authorization header that a 401 asks for. https://distribution.github.io/distribution/spec/auth/token/ */
async function authorize(
  challenge: string,
  options: DistributionOptions,
  repository: string,
  call: Call,
): Promise<string> {
  const login = await options.login(call);
  const basic =
    login === undefined
      ? undefined
      : `Basic ${Buffer.from(`${login.username}:${login.password}`, "utf8").toString("base64")}`;
  if (!/^bearer\s/iu.test(challenge)) {
    if (basic !== undefined) return basic;
    throw refusal(options, repository, "it asks for a name and a password, and none is known");
  }
  const realm = realmOf(challenge, options.origin);
  if (realm === undefined)
    throw refusal(options, repository, `it sends whoever signs in to a place without TLS: ${challenge}`);
  let said = "";
  // Some registries tell those who may write that a repository is not there yet, and refuse those who only read it.
  for (const actions of basic === undefined ? ["pull"] : ["pull,push", "pull"]) {
    realm.searchParams.set("scope", `repository:${repository}:${actions}`);
    const headers: { readonly authorization?: string } = basic === undefined ? {} : { authorization: basic };
    const response = await ask(options.name, realm.href, { headers }, call);
    if (!response.ok) {
      said = `${response.status} ${await reasonOf(response)}`.trim();
      // A wrong password is wrong for reading, too, and accounts are locked for too many of them.
      if (response.status === 401) break;
      continue;
    }
    const answer: unknown = await response.json();
    const { token, access_token } = isJsonObject(answer) ? answer : {};
    const given = token ?? access_token;
    if (typeof given === "string") return `Bearer ${given}`;
  }
  throw refusal(options, repository, said === "" ? "its token service gives no token" : said);
}

function refusal({ name, refused }: DistributionOptions, repository: string, said: string): unknown {
  return (
    refused?.(repository, said) ??
    new ZenliteError("ZENLITE_REGISTRY_DENIED", `The registry ${name} refuses ${repository}: ${said}.`, {
      hint: `docker login ${name}, or username and password of the container-registry in .zenliterc`,
      fault: "environment",
    })
  );
}

/** What the registry says, as far as it is meant for people. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
async function reasonOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  try {
    const body: unknown = JSON.parse(text);
    const errors = isJsonObject(body) ? body["errors"] : undefined;
    const [first] = Array.isArray(errors) ? errors.filter(isJsonObject) : [];
    const said = first?.["message"] ?? (isJsonObject(body) ? (body["details"] ?? body["message"]) : undefined);
    return typeof said === "string" ? said.slice(0, 500) : response.statusText;
  } catch {
    return response.statusText;
  }
}

const attempts = 3;

/** Every request only reads, so it may be sent again. */
async function ask(name: string, url: string, init: RequestInit, { signal }: Call): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
      const response = await fetch(url, { ...init, signal: within });
      if (attempt === attempts || (response.status < 500 && response.status !== 429)) return response;
      await response.body?.cancel();
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      await wait(Number.isFinite(seconds) ? Math.min(seconds, 10) * 1000 : attempt * 300, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === attempts) throw unreachable(name, error);
      await wait(attempt * 300, undefined, { signal });
    }
  }
}

function unreachable(name: string, error: unknown): ZenliteError {
  // fetch says only that it failed; why stands within.
  const why = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  const tls = /certificate|self-signed|SSL|TLS|wrong version number/iu.test(why);
  return new ZenliteError("ZENLITE_REGISTRY_UNREACHABLE", `The registry ${name} cannot be reached: ${why}.`, {
    hint: tls
      ? "For a certificate of your own: export NODE_EXTRA_CA_CERTS=<file>. For a registry without TLS: insecure: true, where the flavor has it."
      : `Check its name and the network: curl -I ${name}/v2/`,
    fault: "environment",
    cause: error,
  });
}
