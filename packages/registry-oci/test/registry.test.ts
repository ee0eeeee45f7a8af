// Against a real registry, with a real engine that pushes and pulls.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { call, failure, open } from "./bench.ts";
import { docker, makeImage, pull, push, removeImage } from "./engine.ts";
import { openFront } from "./front.ts";
import { onRegistry, onRegistryAndEngine, openRegistryServer, type Registry, registryUser } from "./registry-here.ts";

let guarded: Registry;
let free: Registry;
// Whatever `docker login` has kept on this machine is none of the tests' business.
beforeEach(() => void vi.stubEnv("DOCKER_CONFIG", "/nowhere"));

const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function descriptorOf(mediaType: string, text: string): Descriptor {
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

async function putManifest(
  address: string,
  repository: string,
  tag: string,
  manifest: { readonly schemaVersion: 2; readonly mediaType: string; readonly [key: string]: unknown },
): Promise<Descriptor> {
  const body = JSON.stringify(manifest);
  const headers = { "content-type": manifest.mediaType };
  const answer = await fetch(`http://${address}/v2/${repository}/manifests/${tag}`, { method: "PUT", headers, body });
  expect(answer.status).toBe(201);
  return descriptorOf(manifest.mediaType, body);
}

/** An image without layers, for a platform that this machine's engine need not know. */
async function putImage(address: string, repository: string, tag: string, platform: object): Promise<Descriptor> {
  const body = JSON.stringify({ ...platform, rootfs: { type: "layers", diff_ids: [] } });
  const config = descriptorOf(configType, body);
  const upload = await fetch(`http://${address}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const place = new URL(upload.headers.get("location") ?? "");
  place.searchParams.set("digest", config.digest);
  expect((await fetch(place, { method: "PUT", body })).status).toBe(201);
  return putManifest(address, repository, tag, { schemaVersion: 2, mediaType: manifestType, config, layers: [] });
}

onRegistryAndEngine("images", () => {
  beforeAll(async () => {
    guarded = await openRegistryServer({ password: true });
    free = await openRegistryServer();
  });
  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
    await free[Symbol.asyncDispose]();
  });

  test("go to a registry with a password and come back by their digest", async () => {
    await using registry = await open({ uri: `${guarded.address}/team`, ...registryUser });
    const reference = `${registry.reference("zenlite-packages")}:abc123`;
    expect(reference).toBe(`${guarded.address}/team/zenlite-packages:abc123`);
    await registry.ensure("zenlite-packages", call);
    expect(await registry.digest(reference, call)).toBeUndefined();
    expect(await registry.platforms(reference, call)).toBeUndefined();
    await makeImage(reference);
    try {
      await push(registry, reference, call.signal);
      const digest = await registry.digest(reference, call);
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/u);
      const { RepoDigests, Os, Architecture } = await docker.getImage(reference).inspect();
      expect(RepoDigests).toEqual([`${registry.reference("zenlite-packages")}@${digest}`]);
      expect(await registry.platforms(reference, call)).toEqual([`${Os}/${Architecture}`]);
      await removeImage(reference);
      const pinned = `${registry.reference("zenlite-packages")}@${digest}`;
      await pull(registry, pinned, call.signal);
      expect(await registry.digest(pinned, call)).toBe(digest);
      await removeImage(pinned);
    } finally {
      await removeImage(reference);
    }
  });

  test("are refused with a wrong password, or none: by the engine and by us, who do not show it", async () => {
    const password = "planted-wrong-password";
    await using registry = await open({ uri: guarded.address, username: registryUser.username, password });
    const reference = `${registry.reference("refused")}:1`;
    const error = await failure(registry.digest(reference, call), password, Buffer.from(password).toString("base64"));
    expect(error).toMatchObject({
      code: "ZENLITE_REGISTRY_DENIED",
      fault: "environment",
      hint: expect.stringContaining(`docker login ${guarded.address}`),
    });
    expect(error.message).toMatch(new RegExp(`The registry ${guarded.address} refuses refused: 401 `, "u"));
    await makeImage(reference);
    try {
      await expect(push(registry, reference, call.signal)).rejects.toThrow(/unauthorized|authentication/u);
    } finally {
      await removeImage(reference);
    }
    await using nobody = await open({ uri: guarded.address });
    expect(await failure(nobody.digest(reference, call))).toMatchObject({
      code: "ZENLITE_REGISTRY_DENIED",
      message: expect.stringContaining("none is known"),
    });
  });

  test("have a digest also where the registry does not say it in a header", async () => {
    await using plain = await open({ uri: free.address });
    const reference = `${plain.reference("silent")}:1`;
    await makeImage(reference);
    await push(plain, reference, call.signal);
    await removeImage(reference);
    await using front = await openFront(free.address, () => false, "docker-content-digest");
    await using registry = await open({ uri: front.address });
    expect(await registry.digest(`${registry.reference("silent")}:1`, call)).toBe(await plain.digest(reference, call));
    expect(await registry.digest(`${registry.reference("silent")}:2`, call)).toBeUndefined();
    expect(front.asked[0]).toBe("HEAD /v2/silent/manifests/1");
    expect(front.asked[1]).toBe("GET /v2/silent/manifests/1");
  });
});

onRegistry("platforms", () => {
  test("of an image, and of each in an index", async () => {
    await using server = await openRegistryServer();
    await using registry = await open({ uri: server.address });
    const entries = [];
    for (const architecture of ["amd64", "arm64", "arm/v7"]) {
      const [name = "", variant] = architecture.split("/");
      const platform = { os: "linux", architecture: name, ...(variant === undefined ? {} : { variant }) };
      const tag = architecture.replace("/", "-");
      entries.push({ ...(await putImage(server.address, "multi", tag, platform)), platform });
      expect(await registry.platforms(`${server.address}/multi:${tag}`, call)).toEqual([`linux/${architecture}`]);
    }
    const attestation = { ...entries[0], platform: { os: "unknown", architecture: "unknown" } };
    const index = { schemaVersion: 2 as const, mediaType: indexType, manifests: [...entries, attestation] };
    const { digest } = await putManifest(server.address, "multi", "all", index);
    expect(await registry.platforms(`${server.address}/multi:all`, call)).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
    expect(await registry.digest(`${server.address}/multi:all`, call)).toBe(digest);
    expect(await registry.platforms(`${server.address}/multi:none`, call)).toBeUndefined();
  });
});

onRegistry("a registry with a token service", () => {
  // A stand-in for the token service: the registry behind it is real, and open.
  const token = "planted-bearer-token";
  const basic = `Basic ${Buffer.from("me:planted-password").toString("base64")}`;

  async function openGuard(grants: (scope: string, authorization: string | undefined) => boolean, denial = 403) {
    const registry = await openRegistryServer();
    const front = await openFront(registry.address, (incoming, response) => {
      const url = new URL(incoming.url ?? "/", "http://front");
      if (url.pathname === "/token") {
        const granted = grants(url.searchParams.get("scope") ?? "", incoming.headers.authorization);
        response.writeHead(granted ? 200 : denial, { "content-type": "application/json" });
        response.end(JSON.stringify(granted ? { access_token: token } : { details: "access to that is not granted" }));
        return true;
      }
      if (incoming.headers.authorization === `Bearer ${token}`) return false;
      const challenge = `Bearer realm="http://${incoming.headers.host}/token",service="a registry",scope="repository:x:pull"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return true;
    });
    const stop = async (): Promise<void> => {
      await front[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    };
    return { address: front.address, asked: front.asked, [Symbol.asyncDispose]: stop };
  }

  test("asks for a token once, with the password, to read and write", async () => {
    await using guard = await openGuard(
      (scope, authorization) => scope === "repository:app:pull,push" && authorization === basic,
    );
    await using registry = await open({ uri: guard.address, username: "me", password: "planted-password" });
    for (const tag of ["1", "2"]) expect(await registry.digest(`${guard.address}/app:${tag}`, call)).toBeUndefined();
    expect(guard.asked).toEqual([
      "HEAD /v2/app/manifests/1",
      "GET /token?service=a+registry&scope=repository%3Aapp%3Apull%2Cpush",
      "HEAD /v2/app/manifests/1",
      "HEAD /v2/app/manifests/2",
    ]);
  });

  test("only reads where it may not write, and without a name where none is known", async () => {
    await using guard = await openGuard((scope) => scope === "repository:app:pull");
    await using known = await open({ uri: guard.address, username: "me", password: "planted-password" });
    expect(await known.digest(`${guard.address}/app:1`, call)).toBeUndefined();
    await using unknown = await open({ uri: guard.address });
    expect(await unknown.login("app", call)).toEqual({ username: "", password: "" });
    expect(await unknown.digest(`${guard.address}/app:1`, call)).toBeUndefined();
  });

  test("that does not know the password is not asked with it a second time", async () => {
    await using guard = await openGuard(() => false, 401);
    await using registry = await open({ uri: guard.address, username: "me", password: "planted-password" });
    expect(await failure(registry.digest(`${guard.address}/app:1`, call), "planted-password")).toMatchObject({
      code: "ZENLITE_REGISTRY_DENIED",
    });
    expect(guard.asked.filter((each) => each.includes("/token"))).toHaveLength(1);
  });

  test("that gives none is an error in its own words", async () => {
    await using guard = await openGuard(() => false);
    await using registry = await open({ uri: guard.address, username: "me", password: "planted-password" });
    const error = await failure(registry.digest(`${guard.address}/app:1`, call), "planted-password", basic);
    expect(error).toMatchObject({ code: "ZENLITE_REGISTRY_DENIED" });
    expect(error.message).toContain("refuses app: 403 access to that is not granted.");
  });
});

onRegistry("a registry in trouble", () => {
  test("is asked again, three times in all", async () => {
    await using server = await openRegistryServer();
    const answers = [503, 429];
    await using front = await openFront(server.address, (_incoming, response) => {
      const status = answers.shift();
      if (status !== undefined) response.writeHead(status, { "retry-after": "0" }).end();
      return status !== undefined;
    });
    await using registry = await open({ uri: front.address });
    expect(await registry.digest(`${front.address}/app:1`, call)).toBeUndefined();
    expect(front.asked).toHaveLength(3);
  });

  test("that breaks every connection is unreachable", async () => {
    await using front = await openFront("127.0.0.1:1", (_incoming, response) => {
      response.destroy();
      return true;
    });
    await using registry = await open({ uri: front.address });
    expect(await failure(registry.digest(`${front.address}/app:1`, call))).toMatchObject({
      code: "ZENLITE_REGISTRY_UNREACHABLE",
      fault: "environment",
      message: expect.stringContaining(front.address),
    });
    expect(front.asked).toHaveLength(3);
  });

  test("is not waited for after an abort", async () => {
    await using front = await openFront("127.0.0.1:1", () => true);
    await using registry = await open({ uri: front.address });
    const stop = new AbortController();
    const waiting = registry.digest(`${front.address}/app:1`, stop);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
