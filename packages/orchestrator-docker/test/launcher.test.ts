// What is special to containers; what every launcher must do is in conformance.test.ts.
import { expect, test } from "vitest";
import { call, collect, openBench, printed } from "./bench.ts";
import { onEngine } from "./engine-here.ts";
import { openProxy } from "./proxy.ts";

const mebibyte = 1024 ** 2;

onEngine("a step's container", () => {
  test("has its limits, labels, mounts and user, and is removed with its end", async () => {
    await using bench = await openBench({
      network: "none",
      hostConfig: { shmSize: 32 * mebibyte, extraHosts: ["db:10.0.0.5"] },
    });
    const { launcher, docker } = bench;
    const step = bench.step(
      { act: "hang" },
      { resources: { cpuCount: 0.5, memoryBytes: 128 * mebibyte }, attempt: "a234567" },
    );
    const handle = await launcher.launch(step, undefined, call);
    await printed(launcher, handle, "hanging");
    const [listed] = await bench.containers();
    const { Name, Config, HostConfig, Mounts } = await docker.getContainer(listed?.Id ?? "").inspect();
    expect(Name).toBe("/zenlite-k3f9x2-trainer-a234567");
    expect(Config).toMatchObject({
      User: `${process.getuid?.()}:${process.getgid?.()}`,
      Tty: false,
      StopSignal: "SIGTERM",
      Labels: {
        "dev.zenlite.project": bench.project,
        "dev.zenlite.run": step.run,
        "dev.zenlite.step": "trainer",
        "dev.zenlite.attempt": "a234567",
      },
    });
    expect(HostConfig).toMatchObject({
      NanoCpus: 5e8,
      Memory: 128 * mebibyte,
      MemorySwap: 128 * mebibyte,
      ReadonlyRootfs: true,
      AutoRemove: true,
      NetworkMode: "none",
      ShmSize: 32 * mebibyte,
      ExtraHosts: ["db:10.0.0.5"],
      Binds: null,
    });
    expect(Object.fromEntries(Mounts.map(({ Destination, Source, RW }) => [Destination, [Source, RW]]))).toEqual({
      "/zenlite/runner": [step.runner, false],
      "/zenlite/app": [step.code, false],
      "/zenlite/store": [step.store, true],
    });
    await launcher.stop(handle, call);
    expect(await launcher.wait(handle, call)).toMatchObject({ reason: "stopped" });
    expect(await bench.containers()).toEqual([]);
  });

  test("sees a read-only root, a place to write, and its environment; its word is nowhere in sight", async () => {
    await using bench = await openBench({ environment: { WHO: "component", KEPT: "yes" } });
    const step = bench.step(
      { act: "describe", secrets: { API_KEY: "s3cret-of-the-word" } },
      { settings: { environment: { WHO: "settings" } }, environment: { STEP: "own" } },
    );
    const handle = await bench.launcher.launch(step, undefined, call);
    const [line = ""] = await collect(bench.launcher.tail(handle, call));
    expect(line).not.toContain("s3cret-of-the-word");
    expect(JSON.parse(line)).toMatchObject({
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      pid: 1,
      folder: "/tmp",
      environment: {
        HOME: "/tmp",
        WHO: "settings",
        KEPT: "yes",
        STEP: "own",
        ZENLITE_CODE: "/zenlite/app",
        ZENLITE_STORE: "/zenlite/store",
      },
      may: { "/": "EROFS", "/tmp": true, "/zenlite/runner": "EROFS", "/zenlite/app": "EROFS", "/zenlite/store": true },
    });
    expect(await bench.launcher.wait(handle, call)).toEqual({ code: 0, reason: "exited" });
  });

  test("of another user writes as that user", async () => {
    await using bench = await openBench({ user: "1000:1000" });
    const handle = await bench.launcher.launch(bench.step({ act: "describe" }), undefined, call);
    const [line = ""] = await collect(bench.launcher.tail(handle, call));
    expect(JSON.parse(line)).toMatchObject({ uid: 1000, gid: 1000 });
  });

  test("that needs more memory than it may is reported with its limit", async () => {
    await using bench = await openBench();
    const handle = await bench.launcher.launch(
      bench.step({ act: "exhaust" }, { resources: { memoryBytes: 256 * mebibyte } }),
      undefined,
      call,
    );
    expect(await bench.launcher.wait(handle, call)).toEqual({
      code: 137,
      reason: "out-of-memory",
      detail: "killed by the kernel: more than 256 MiB",
    });
  });

  test("that crashes without a word says what was on its standard error", async () => {
    await using bench = await openBench();
    const handle = await bench.launcher.launch(bench.step({ act: "crash", code: 7 }), undefined, call);
    expect(await bench.launcher.wait(handle, call)).toEqual({
      code: 7,
      reason: "exited",
      detail: "Error: no way to go on",
    });
  });

  test.each(["kill", "remove"] as const)(
    "that somebody else takes away (%s) is lost, and nobody waits for ever",
    async (how) => {
      await using bench = await openBench();
      const { launcher, docker } = bench;
      const handle = await launcher.launch(bench.step({ act: "hang" }), undefined, call);
      await printed(launcher, handle, "hanging");
      const [listed] = await bench.containers();
      const container = docker.getContainer(listed?.Id ?? "");
      const exit = launcher.wait(handle, call);
      await (how === "kill" ? container.kill() : container.remove({ force: true }));
      expect(await exit).toEqual({ code: 137, reason: "lost", detail: expect.stringContaining("killed from outside") });
    },
  );

  test("that does not hear SIGTERM is killed after its grace", async () => {
    await using bench = await openBench();
    const handle = await bench.launcher.launch(bench.step({ act: "hang", deaf: true }), undefined, call);
    await printed(bench.launcher, handle, "hanging");
    await bench.launcher.stop(handle, { ...call, graceSeconds: 1 });
    expect(await bench.containers()).toEqual([]);
    expect(await bench.launcher.wait(handle, call)).toMatchObject({ reason: "stopped" });
  });

  test("may be prepared, die, and be launched all the same", async () => {
    await using bench = await openBench();
    const step = bench.step({ act: "lines", lines: ["alive"] });
    const prepared = await bench.launcher.prepare({ ...step, word: "" }, call);
    const [listed] = await bench.containers();
    await bench.docker.getContainer(listed?.Id ?? "").remove({ force: true });
    const handle = await bench.launcher.launch(step, prepared, call);
    expect(await bench.launcher.wait(handle, call)).toEqual({ code: 0, reason: "exited" });
  });

  test("launched twice by two drivers is one container", async () => {
    await using bench = await openBench();
    const step = bench.step({ act: "hang" });
    const first = await bench.launcher.launch(step, undefined, call);
    const second = await (await bench.open()).launch(step, undefined, call);
    expect(second).toEqual(first);
    expect(await bench.containers()).toHaveLength(1);
  });

  test("that a dead driver created and never started is started", async () => {
    await using bench = await openBench();
    const step = bench.step({ act: "lines", lines: ["late"] }, { attempt: "halfmade" });
    await bench.docker.createContainer({
      name: "zenlite-k3f9x2-trainer-halfmade",
      Image: "zenlite-base:node24",
      Entrypoint: ["node", "/zenlite/runner/supervisor.mjs"],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      Labels: { "dev.zenlite.project": bench.project },
      HostConfig: {
        AutoRemove: true,
        Mounts: [{ Type: "bind", Source: step.runner, Target: "/zenlite/runner", ReadOnly: true }],
      },
    });
    const handle = await bench.launcher.launch(step, undefined, call);
    expect(await collect(bench.launcher.tail(handle, call))).toEqual(["late"]);
    expect(await bench.launcher.wait(handle, call)).toEqual({ code: 0, reason: "exited" });
  });

  test("is found, followed from its first line, and waited for by another process", async () => {
    await using bench = await openBench();
    const own = await bench.launcher.launch(bench.step({ act: "hang" }), undefined, call);
    await printed(bench.launcher, own, "hanging");
    const other = await bench.open();
    const [found] = await collect(other.find({ project: bench.project }, call));
    if (found === undefined) throw new Error("nothing found");
    expect(found).toEqual(own);
    await printed(other, found, "hanging");
    const exit = other.wait(found, call);
    await bench.launcher.stop(own, call);
    expect(await exit).toEqual({ code: 143, reason: "stopped" });
  });
});

onEngine("an engine that goes away", () => {
  test("and comes back with the container still there: its end is waited for", async () => {
    await using proxy = await openProxy();
    await using bench = await openBench({ host: `unix://${proxy.path}` });
    const handle = await bench.launcher.launch(bench.step({ act: "hang" }), undefined, call);
    await printed(bench.launcher, handle, "hanging");
    const exit = bench.launcher.wait(handle, call);
    await proxy.takeAway();
    await proxy.bringBack();
    const [listed] = await bench.containers();
    await bench.docker.getContainer(listed?.Id ?? "").stop();
    expect(await exit).toMatchObject({ code: 143, reason: "stopped" });
  });

  test("for good: the step is lost, and says why", async () => {
    await using bench = await openBench();
    await using proxy = await openProxy();
    const launcher = await bench.open({ host: `unix://${proxy.path}` });
    const handle = await launcher.launch(bench.step({ act: "hang" }), undefined, call);
    await printed(launcher, handle, "hanging");
    const exit = launcher.wait(handle, call);
    await proxy.takeAway();
    expect(await exit).toEqual({
      code: null,
      reason: "lost",
      detail: "the Docker engine went away while the step ran",
    });
  });
});
