// What is found out before anything is written.
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { call, checkOf, openBench } from "./bench.ts";
import { baseImage, onEngine } from "./engine-here.ts";
import { openProxy } from "./proxy.ts";

test("no engine behind the socket is the environment's fault, and the hint says how to start one", async () => {
  await using bench = await openBench();
  const nowhere = await bench.open({ host: `unix://${join(bench.folder, "none.sock")}` });
  writeFileSync(join(bench.folder, "file.sock"), "");
  const noSocket = await bench.open({ host: join(bench.folder, "file.sock") });
  for (const launcher of [nowhere, noSocket])
    await expect(launcher.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_UNREACHABLE",
      fault: "environment",
      message: expect.stringContaining("(host of the component)"),
      hint: expect.stringContaining("docker info"),
    });
});

onEngine("check", () => {
  test("a socket without permission is the user's to get, and the hint says how", async () => {
    await using proxy = await openProxy();
    await using bench = await openBench();
    const launcher = await bench.open({ host: `unix://${proxy.path}` });
    chmodSync(proxy.path, 0);
    // Root may connect to anything, so the connection is tried as nobody.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      await expect(launcher.check([checkOf()], call)).rejects.toMatchObject({
        code: "ZENLITE_DOCKER_DENIED",
        fault: "user",
        hint: expect.stringContaining("docker"),
      });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test("an image that does not exist is named, with where it was written; the engine's own words are kept", async () => {
    await using bench = await openBench();
    const image = "localhost:1/zenlite/no-such-image:1";
    const never = bench.launcher.check([checkOf({ settings: { baseImage: image } })], call);
    await expect(never).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_NOT_FOUND",
      fault: "user",
      message: expect.stringMatching(/no-such-image:1 \(base_image of step trainer\).*pull_policy is never/u),
    });
    const pulled = bench.launcher.check([checkOf({ settings: { baseImage: image, pullPolicy: "missing" } })], call);
    await expect(pulled).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_NOT_FOUND",
      message: expect.stringContaining("pulling it failed"),
      cause: expect.anything(),
    });
    expect(bench.logged).toContain(`Pulling ${image} ...`);
  });

  test("an image that is still to be built is not looked for", async () => {
    await using bench = await openBench();
    expect(await bench.launcher.check([checkOf({ image: "zenlite-packages:none", built: true })], call)).toEqual([]);
  });

  test("an image for another platform is refused", async () => {
    await using bench = await openBench({ platform: "linux/s390x" });
    await expect(bench.launcher.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_IMAGE_PLATFORM",
      message: expect.stringMatching(new RegExp(`${baseImage}.*not for linux/s390x`, "u")),
    });
  });

  test("a network that does not exist is named", async () => {
    await using bench = await openBench({ network: "zenlite-no-such-network" });
    await expect(bench.launcher.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_NETWORK_NOT_FOUND",
      hint: "docker network create zenlite-no-such-network",
    });
  });

  test("an image without node is found out, and leaves no container", async () => {
    await using bench = await openBench();
    const image = "zenlite-test-without-node:1";
    // An archive of two empty blocks: the smallest image there is.
    const { Readable } = await import("node:stream");
    const made = await bench.docker.importImage(Readable.from([Buffer.alloc(1024)]), {
      repo: "zenlite-test-without-node",
      tag: "1",
    });
    for await (const _ of made) continue;
    try {
      const launched = bench.launcher.launch(bench.step({ act: "hang" }, { image }), undefined, call);
      await expect(launched).rejects.toMatchObject({
        code: "ZENLITE_IMAGE_WITHOUT_NODE",
        message: expect.stringContaining(image),
      });
      expect(await bench.containers()).toEqual([]);
    } finally {
      await bench.docker.getImage(image).remove({ force: true });
    }
  });

  test("the engine's CPUs cap the limit that is set, and the notice says so", async () => {
    await using bench = await openBench();
    const { NCPU } = await bench.docker.info();
    const resources = { cpuCount: Number(NCPU) + 2 };
    const [notice] = await bench.launcher.check([checkOf({ resources })], call);
    expect(notice).toBe(`step trainer asks for ${Number(NCPU) + 2} CPUs; this engine has ${NCPU} CPUs: capped`);
    await bench.launcher.launch(bench.step({ act: "hang" }, { resources }), undefined, call);
    const [listed] = await bench.containers();
    const { HostConfig } = await bench.docker.getContainer(listed?.Id ?? "").inspect();
    expect(HostConfig.NanoCpus).toBe(Number(NCPU) * 1e9);
  });

  test("that folders reach containers is tried once and remembered", async () => {
    await using bench = await openBench();
    const check = checkOf({ store: join(bench.folder, "store") });
    expect(await bench.launcher.check([check], call)).toEqual([]);
    expect(bench.logged).toHaveLength(1);
    expect(existsSync(join(bench.folder, "state", "state", "docker-probe.json"))).toBe(true);
    await (await bench.open()).check([check], call);
    expect(bench.logged).toHaveLength(1);
    expect(readdirSync(join(bench.folder, "state", "state"))).toEqual(["docker-probe.json"]);
  });

  test("folders that containers cannot write to are refused", async () => {
    // The folder is the caller's alone, as a user-namespaced engine would find it.
    await using bench = await openBench({ user: "65534:65534" });
    const check = checkOf({ store: join(bench.folder, "store") });
    await expect(bench.launcher.check([check], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_MOUNT",
      fault: "environment",
      message: expect.stringContaining(join(bench.folder, "state")),
    });
    expect(readdirSync(join(bench.folder, "state", "state"))).toEqual([]);
  });
});
