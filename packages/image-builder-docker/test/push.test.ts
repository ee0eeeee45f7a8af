// Images in a real registry: built once for everybody, pushed once, pulled where they are missing, refused where they are wrong.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ComponentContext, ImageBuilder, ImageRecipe } from "@zenlite/core";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recipeLabel, digestOfRecipe, referenceOf } from "../src/dockerfile.ts";
import flavor from "../src/index.ts";
import { baseImage } from "./engine-here.ts";
import { deadRegistry, onRegistryAndEngine, openRegistry, type TestRegistry } from "./registry-here.ts";

const call = { signal: new AbortController().signal };
const docker = new Docker({ socketPath: "/var/run/docker.sock" });
// A package without code of its own kind is enough here.
const recipe: ImageRecipe = {
  base: baseImage,
  packages: [{ name: "left-pad", version: "1.3.0" }],
  allowScripts: ["pushed"],
};
const own = process.arch === "x64" ? "amd64" : process.arch;
const tag = `${referenceOf(recipe).split(":")[1]}-${own}`;

async function open(): Promise<ImageBuilder & AsyncDisposable> {
  const folder = import.meta.dirname;
  const place = { projectFolder: folder, stateFolder: folder, configFolder: folder };
  const log = { info: (): void => {}, warn: (): void => {} };
  const context: ComponentContext = { where: "client", place, log, ...call, secret: async (reference) => reference };
  return flavor.open({}, context);
}

async function build(
  registry: TestRegistry,
  wanted = recipe,
): Promise<{ readonly reference: string; readonly digest: string; readonly said: readonly string[] }> {
  await using builder = await open();
  const said: string[] = [];
  const built = await builder.build(wanted, { ...call, push: registry, progress: (line) => void said.push(line) });
  return { ...built, said };
}

/** As on an engine that has never seen it. */
async function forget(...names: readonly string[]): Promise<void> {
  for (const name of names)
    await docker
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
}

/** An image with nothing in it, as `docker save` would write it. https://github.com/moby/docker-image-spec */
async function makeImage(
  name: string,
  architecture: string,
  Labels: { readonly [name: string]: string } = {},
): Promise<void> {
  const layer = Buffer.alloc(1024);
  const digest = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const rootfs = { type: "layers", diff_ids: [digest] };
  const config = { architecture, os: "linux", config: { Labels }, rootfs, history: [{ created_by: "test" }] };
  const archive = pack();
  const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.entry({ name: "config.json" }, JSON.stringify(config));
  archive.entry({ name: "layer.tar" }, layer);
  archive.finalize();
  for await (const _ of await docker.loadImage(Readable.from(archive))) continue;
}

/** Puts an image into the registry under the recipe's own tag. */
async function plant(registry: TestRegistry, ...made: Parameters<typeof makeImage>): Promise<void> {
  const [name] = made;
  await makeImage(`${name}:${tag}`, made[1], made[2]);
  const authconfig = { ...(await registry.login("", call)), serveraddress: registry.address };
  for await (const _ of await docker.getImage(name).push({ tag, authconfig })) continue;
  await forget(`${name}:${tag}`);
}

onRegistryAndEngine("an image that is pushed", { timeout: 180_000 }, () => {
  let opened: Awaited<ReturnType<typeof openRegistry>>;
  let registry: TestRegistry;
  let first: Awaited<ReturnType<typeof build>>;
  const names = (): readonly string[] => [referenceOf(recipe), `${registry.reference("zenlite-packages")}:${tag}`];
  beforeAll(async () => {
    opened = await openRegistry();
    ({ registry } = opened);
    await forget(...names());
    first = await build(registry);
  });
  afterAll(async () => {
    await forget(...names(), first.reference);
    await docker.pruneImages({ filters: { label: ["dev.zenlite.recipe"], dangling: ["true"] } });
    await opened[Symbol.asyncDispose]();
  });

  test("is named by the digest that the registry gave it, after its repository was made sure of", async () => {
    const name = registry.reference("zenlite-packages");
    expect(first.reference).toBe(`${name}@${first.digest}`);
    expect(await registry.digest(`${name}:${tag}`, call)).toBe(first.digest);
    expect(registry.ensured).toEqual(["zenlite-packages"]);
    expect(first.said).toContainEqual(expect.stringMatching(/RUN npm install /u));
    expect(first.said).toContainEqual(expect.stringMatching(/ Pushed$/u));
    // A launcher on the same engine starts it by this name.
    expect((await docker.getImage(first.reference).inspect()).Config.Labels).toEqual({
      [recipeLabel]: digestOfRecipe(recipe),
    });
  });

  test("is neither built nor pushed again: the registry is asked for its digest and no more", async () => {
    const logins = registry.logins;
    expect(await build(registry)).toEqual({ ...first, said: [] });
    expect(registry.logins).toBe(logins);
  });

  test("is pulled and not built by whoever has it not yet", async () => {
    await forget(...names(), first.reference);
    const { said, ...pulled } = await build(registry);
    expect(pulled).toEqual({ reference: first.reference, digest: first.digest });
    expect(said).toContainEqual(expect.stringMatching(/^Status: Downloaded newer image/u));
    expect(said.filter((line) => line.includes("RUN npm"))).toEqual([]);
  });

  test("has the registry's password nowhere: not in its configuration, its layers' history or what was said", async () => {
    const { password } = await registry.login("", call);
    const image = docker.getImage(first.reference);
    for (const each of [await image.inspect(), await image.history(), first.said])
      expect(JSON.stringify(each)).not.toContain(password);
  });

  test("by somebody whom the registry does not know is refused, and the password is not told", async () => {
    const stranger: TestRegistry = {
      ...registry,
      digest: async () => undefined,
      login: async () => ({ username: "AWS", password: "planted-and-wrong" }),
    };
    const refused = await build(stranger).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "ZENLITE_IMAGE_PUSH_FAILED",
      fault: "environment",
      message: expect.stringContaining(`${registry.reference("zenlite-packages")}:${tag}`),
      hint: expect.stringContaining('It was tried as "AWS"'),
    });
    expect(JSON.stringify(refused)).not.toContain("planted-and-wrong");
  });

  test("to where nothing listens is the environment's fault", async () => {
    const dead = await deadRegistry();
    await expect(build(dead)).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_PUSH_FAILED",
      fault: "environment",
      message: expect.stringContaining("connection refused"),
    });
    await forget(`${dead.reference("zenlite-packages")}:${tag}`);
  });
});

onRegistryAndEngine("an image of the wrong kind", { timeout: 120_000 }, () => {
  const foreign = own === "arm64" ? "amd64" : "arm64";

  test("in the registry, for another architecture, is refused by name", async () => {
    await using opened = await openRegistry();
    const { registry } = opened;
    const name = registry.reference("zenlite-packages");
    await plant(registry, name, foreign, { [recipeLabel]: digestOfRecipe(recipe) });
    await expect(build(registry)).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_PLATFORM",
      message: expect.stringMatching(new RegExp(`${name}@sha256:.* is for linux/${foreign}, not for linux/`, "u")),
      hint: expect.stringContaining(tag),
    });
    await forget(`${name}@${await registry.digest(`${name}:${tag}`, call)}`);
  });

  test("in the registry, made by somebody else, is refused by name", async () => {
    await using opened = await openRegistry();
    const { registry } = opened;
    const name = registry.reference("zenlite-packages");
    await plant(registry, name, own, { "made.by": "somebody" });
    await expect(build(registry)).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_FOREIGN",
      message: expect.stringContaining(name),
    });
    await forget(`${name}@${await registry.digest(`${name}:${tag}`, call)}`);
  });

  test("as its base, for another architecture, is refused before anything is installed", async () => {
    const base = "localhost:1/zenlite-test-foreign:1";
    await makeImage(base, foreign);
    try {
      await using builder = await open();
      const building = builder.build({ ...recipe, base }, { ...call, progress: () => {} });
      await expect(building).rejects.toMatchObject({
        code: "ZENLITE_IMAGE_PLATFORM",
        message: expect.stringMatching(new RegExp(`base image ${base} is for linux/${foreign}, not for`, "u")),
      });
    } finally {
      await forget(base);
    }
  });
});
