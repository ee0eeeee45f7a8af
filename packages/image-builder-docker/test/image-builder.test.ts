import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import type { ComponentContext, ImageBuilder, ImageRecipe, JsonObject } from "@zenlite/core";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { afterAll, expect, test } from "vitest";
import { referenceOf } from "../src/dockerfile.ts";
import flavor from "../src/index.ts";
import { baseImage, onEngine } from "./engine-here.ts";

const call = { signal: new AbortController().signal };
const sqlite = { name: "better-sqlite3", version: "13.2.0" };
const recipe: ImageRecipe = { base: baseImage, packages: [sqlite], allowScripts: [] };
const docker = new Docker({ socketPath: "/var/run/docker.sock" });

async function open(config: Parameters<typeof flavor.open>[0] = {}): Promise<ImageBuilder & AsyncDisposable> {
  const folder = import.meta.dirname;
  const place = { projectFolder: folder, stateFolder: folder, configFolder: folder };
  const log = { info: (): void => {}, warn: (): void => {} };
  const context: ComponentContext = { where: "client", place, log, ...call, secret: async (reference) => reference };
  return flavor.open(config, context);
}

/** As the compiler cuts it out of a project's lock. */
function lockOf(names: readonly string[], root: string, version: string): JsonObject {
  const file = readFileSync(join(import.meta.dirname, "..", "..", "..", "package-lock.json"), "utf8");
  const { packages } = JSON.parse(file) as {
    readonly packages: { readonly [key: string]: { readonly [key: string]: string } };
  };
  const entries = names.map((name) => {
    const { version = "", integrity = "", dependencies } = packages[`node_modules/${name}`] ?? {};
    return [`node_modules/${name}`, { version, integrity, ...(dependencies === undefined ? {} : { dependencies }) }];
  });
  const name = "zenlite-native-packages";
  return {
    name,
    lockfileVersion: 3,
    requires: true,
    packages: { "": { name, dependencies: { [root]: version } }, ...Object.fromEntries(entries) },
  };
}

const lock = lockOf(["better-sqlite3", "node-addon-api"], sqlite.name, sqlite.version);

/** A package as the registry holds it. */
async function tarball(name: string, version: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "package/package.json" }, JSON.stringify({ name, version }));
  archive.finalize();
  return gzipSync(await buffer(Readable.from(archive)));
}

async function serve(handle: RequestListener): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function removeImage(reference: string): Promise<void> {
  await docker
    .getImage(reference)
    .remove({ force: true })
    .catch(() => undefined);
}

/** What a program prints in the image, in the place where a user's code is. */
async function run(image: string, program: string): Promise<{ readonly code: number; readonly output: string }> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["node", "-e", program],
    WorkingDir: "/zenlite/app",
    User: "1234:1234",
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
    const logs = await container.logs({ stdout: true, stderr: true });
    return { code: StatusCode, output: logs.toString() };
  } finally {
    await container.remove({ force: true });
  }
}

// They install from the npm registry, whose answers may take their time.
onEngine("an image with native packages", { timeout: 180_000 }, () => {
  afterAll(async () => {
    for (const each of [recipe, { ...recipe, lock }]) await removeImage(referenceOf(each));
    await docker.pruneImages({ filters: { label: ["dev.zenlite.recipe"], dangling: ["true"] } });
  });

  test.each([
    ["by its lock", { ...recipe, lock }],
    ["by exact versions", recipe],
  ])("is built %s, once, and its packages are found from /zenlite/app by any user", async (_name, wanted) => {
    await using builder = await open();
    await removeImage(referenceOf(wanted));
    expect(await builder.find(wanted, call)).toBeUndefined();
    const progress: string[] = [];
    const built = await builder.build(wanted, { ...call, progress: (line) => void progress.push(line) });
    expect(built).toEqual({ reference: referenceOf(wanted), digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/u) });
    expect(progress).toContainEqual(expect.stringMatching(/RUN npm (?:ci|install) /u));
    expect(await builder.find(wanted, call)).toEqual(built);
    const again: string[] = [];
    expect(await builder.build(wanted, { ...call, progress: (line) => void again.push(line) })).toEqual(built);
    expect(again).toEqual([]);
    const program =
      'console.log(new (require("better-sqlite3"))(":memory:").prepare("select 6 * 7 as answer").get().answer)';
    expect(await run(built.reference, program)).toEqual({ code: 0, output: expect.stringContaining("42") });
  });

  test("built twice at once is one image", async () => {
    await using builder = await open();
    await removeImage(referenceOf(recipe));
    const build = () => builder.build(recipe, { ...call, progress: () => {} });
    const [first, second] = await Promise.all([build(), build()]);
    expect((await builder.find(recipe, call))?.reference).toBe(first.reference);
    expect(second.reference).toBe(first.reference);
  });

  test("is built although the registry's connection breaks in the middle of a download", async () => {
    let broken = true;
    const archive = await tarball("tiny", "1.0.0");
    await using registry = await serve((request, response) => {
      const { port } = registry;
      if (request.url?.endsWith(".tgz") !== true) {
        const tarball = `http://127.0.0.1:${port}/tiny/-/tiny-1.0.0.tgz`;
        const versions = { "1.0.0": { name: "tiny", version: "1.0.0", dist: { tarball } } };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ name: "tiny", "dist-tags": { latest: "1.0.0" }, versions }));
        return;
      }
      response.writeHead(200, { "content-length": archive.byteLength });
      if (!broken) response.end(archive);
      else response.write(archive.subarray(0, 100), () => response.socket?.resetAndDestroy());
    });
    const npm = { NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.port}/`, NPM_CONFIG_FETCH_RETRY_MINTIMEOUT: "10" };
    await using builder = await open({ network: "host", buildArguments: npm });
    const wanted = { ...recipe, packages: [{ name: "tiny", version: "1.0.0" }] };
    await removeImage(referenceOf(wanted));
    const progress = (line: string): void => void (line.includes("trying again (2 of 3)") && (broken = false));
    expect((await builder.build(wanted, { ...call, progress })).reference).toBe(referenceOf(wanted));
    expect(broken).toBe(false);
    await removeImage(referenceOf(wanted));
  });

  test("that cannot be installed fails with npm's own last lines, and leaves no container", async () => {
    await using builder = await open();
    const wanted = { ...recipe, packages: [{ name: "better-sqlite3", version: "0.0.0-none" }] };
    const refused = builder.build(wanted, { ...call, progress: () => {} });
    await expect(refused).rejects.toMatchObject({ code: "ZENLITE_IMAGE_BUILD_FAILED" });
    await expect(refused).rejects.toThrow(
      /better-sqlite3@0\.0\.0-none could not be built.*code 1\.\n(?:.*\n)*npm error/u,
    );
    expect(await builder.find(wanted, call)).toBeUndefined();
    expect(await docker.listContainers({ all: true, filters: { ancestor: [referenceOf(wanted)] } })).toEqual([]);
  });

  test("that has no way to the registry is the environment's fault", async () => {
    await using builder = await open({ network: "none", buildArguments: { NPM_CONFIG_FETCH_RETRIES: "0" } });
    const wanted = { ...recipe, packages: [{ name: "left-pad", version: "1.3.0" }] };
    await expect(builder.build(wanted, { ...call, progress: () => {} })).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_BUILD_FAILED",
      fault: "environment",
    });
  });

  test("on a base that does not exist is refused by name", async () => {
    await using builder = await open();
    const base = "localhost:1/zenlite/no-such-base:1";
    await expect(builder.build({ ...recipe, base }, { ...call, progress: () => {} })).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_NOT_FOUND",
      message: expect.stringContaining(base),
    });
  });

  test("an abort ends the build and leaves no image", async () => {
    await using builder = await open();
    const wanted = { ...recipe, packages: [{ name: "left-pad", version: "1.3.0" }], allowScripts: ["left-pad"] };
    const stop = new AbortController();
    const building = builder.build(wanted, {
      signal: stop.signal,
      progress: (line) => void (line.startsWith("Step") && stop.abort(new Error("enough"))),
    });
    await expect(building).rejects.toThrow("enough");
    expect(await builder.find(wanted, call)).toBeUndefined();
  });
});
