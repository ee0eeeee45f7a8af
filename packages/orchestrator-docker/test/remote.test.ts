// An engine that does not see this machine's folders: runner and code travel as copies, and nothing of them stays behind.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StepLaunch } from "@zenlite/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSsh, openTcp, openTls, sshMissing, type SecondAddress } from "./addresses.ts";
import { call, checkOf, collect, openBench, printed, type Bench } from "./bench.ts";
import { onEngine } from "./engine-here.ts";

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";

afterEach(() => vi.unstubAllEnvs());

function useEnvironment(environment: SecondAddress["environment"]): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

/** Of a run whose artifact store is elsewhere. */
function farStep(bench: Bench, ...given: Parameters<Bench["step"]>): StepLaunch {
  const { store: _local, ...step } = bench.step(...given);
  return step;
}

async function volumesOf(bench: Bench): Promise<readonly string[]> {
  const [listed] = await bench.containers();
  const { Mounts, HostConfig } = await bench.docker.getContainer(listed?.Id ?? "").inspect();
  expect(HostConfig.Binds).toBeNull();
  expect(Mounts.map(({ Type, Destination }) => `${Type} ${Destination}`)).toEqual(["volume /zenlite/app"]);
  return Mounts.map(({ Name }) => Name ?? "");
}

async function stillThere(bench: Bench, volumes: readonly string[]): Promise<readonly string[]> {
  const { Volumes } = await bench.docker.listVolumes();
  return Volumes.map(({ Name }) => Name).filter((name) => volumes.includes(name));
}

const addresses = { tcp: openTcp, tls: openTls, ssh: openSsh };

onEngine.each(["tcp", "tls", "ssh"] as const)("an engine at another address (%s)", (kind) => {
  let address: SecondAddress;
  beforeEach(async (context) => {
    context.skip(kind === "ssh" && sshMissing && !continuous, "no ssh here");
    address = await addresses[kind]();
    useEnvironment(address.environment);
    return () => address[Symbol.asyncDispose]();
  });

  test("runs a step from copies in anonymous volumes, which go with it", async () => {
    await using bench = await openBench({ host: address.url });
    writeFileSync(join(bench.folder, "code", "code.mjs"), "export {};\n", { mode: 0o600 });
    const { launcher } = bench;
    expect(await launcher.check([checkOf()], call)).toEqual([]);
    const handle = await launcher.launch(farStep(bench, { act: "hang" }), undefined, call);
    await printed(launcher, handle, "hanging");
    const volumes = await volumesOf(bench);
    expect(await stillThere(bench, volumes)).toHaveLength(1);
    await launcher.stop(handle, call);
    expect(await launcher.wait(handle, call)).toMatchObject({ reason: "stopped" });
    expect(await bench.containers()).toEqual([]);
    expect(await stillThere(bench, volumes)).toEqual([]);
  });

  test("has a read-only root and belongs to nobody: what is copied is root's", async () => {
    await using bench = await openBench({ host: address.url, user: "1234:1234" });
    writeFileSync(join(bench.folder, "code", "code.mjs"), "export {};\n", { mode: 0o600 });
    chmodSync(join(bench.folder, "code"), 0o700);
    const step = farStep(bench, { act: "describe", secrets: { KEY: "s3cret-of-the-word" } });
    const handle = await bench.launcher.launch(step, undefined, call);
    const [line = ""] = await collect(bench.launcher.tail(handle, call));
    expect(line).not.toContain("s3cret-of-the-word");
    expect(JSON.parse(line)).toMatchObject({
      uid: 1234,
      may: { "/": "EROFS", "/tmp": true, "/zenlite/app": "EACCES", "/zenlite/app/.runner": "EACCES" },
    });
    expect(await bench.launcher.wait(handle, call)).toEqual({ code: 0, reason: "exited" });
  });

  test("a step that is prepared starts when it is told, and leaves nothing where it is not needed", async () => {
    await using bench = await openBench({ host: address.url });
    const { launcher } = bench;
    const step = farStep(bench, { act: "lines", lines: ["alive"] });
    const prepared = await launcher.prepare({ ...step, word: "" }, call);
    const volumes = await volumesOf(bench);
    const handle = await launcher.launch(step, prepared, call);
    expect(await collect(launcher.tail(handle, call))).toEqual(["alive"]);
    expect(await launcher.wait(handle, call)).toEqual({ code: 0, reason: "exited" });
    const other = farStep(bench, { act: "hang" });
    const ref = await launcher.prepare({ ...other, word: "" }, call);
    await launcher.stop(
      { run: other.run, step: other.step, attempt: other.attempt, ref },
      { ...call, graceSeconds: 0 },
    );
    expect(await bench.containers()).toEqual([]);
    expect(await stillThere(bench, volumes)).toEqual([]);
  });

  test("refuses a store in a folder of this machine by name, before anything starts and when a run is resumed", async () => {
    await using bench = await openBench({ host: address.url });
    const refusal = {
      code: "ZENLITE_DOCKER_REMOTE",
      fault: "user",
      message: expect.stringMatching(
        new RegExp(`${address.url.replaceAll("/", "\\/")} \\(host of the component\\).*/the/store of this one`, "u"),
      ),
      hint: expect.stringContaining("flavor s3"),
    };
    await expect(bench.launcher.check([checkOf({ store: "/the/store" })], call)).rejects.toMatchObject(refusal);
    const launched = bench.launcher.launch({ ...bench.step({ act: "hang" }), store: "/the/store" }, undefined, call);
    await expect(launched).rejects.toMatchObject(refusal);
  });
});

onEngine("an engine of this machine", () => {
  test("that does not see the project's folder gets copies where the store is elsewhere; that is found out once", async () => {
    // The folder is the caller's alone, as one that another machine's engine would not see.
    await using bench = await openBench({ user: "65534:65534" });
    expect(await bench.launcher.check([checkOf()], call)).toEqual([]);
    expect(bench.logged).toEqual([expect.stringMatching(/do not see .* each gets a copy of the code$/u)]);
    const handle = await bench.launcher.launch(farStep(bench, { act: "hang" }), undefined, call);
    await printed(bench.launcher, handle, "hanging");
    const volumes = await volumesOf(bench);
    await bench.launcher.stop(handle, call);
    expect(await stillThere(bench, volumes)).toEqual([]);
    // A run that is resumed comes without a check.
    const other = await bench.open();
    const again = await other.launch(farStep(bench, { act: "hang" }), undefined, call);
    expect(await volumesOf(bench)).toHaveLength(1);
    await other.stop(again, call);
    expect(bench.logged).toHaveLength(1);
  });

  test("that sees it mounts it, also where the store is elsewhere", async () => {
    await using bench = await openBench();
    const handle = await bench.launcher.launch(farStep(bench, { act: "hang" }), undefined, call);
    const [listed] = await bench.containers();
    const { Mounts } = await bench.docker.getContainer(listed?.Id ?? "").inspect();
    expect(Mounts.map(({ Type, Destination }) => `${Type} ${Destination}`).sort()).toEqual([
      "bind /zenlite/app",
      "bind /zenlite/runner",
    ]);
    await bench.launcher.stop(handle, call);
  });
});

onEngine("an address", () => {
  test("of the component's counts, whatever the environment says for others", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    await using bench = await openBench({ host: "unix:///var/run/docker.sock" });
    expect(await bench.launcher.check([checkOf({ store: join(bench.folder, "store") })], call)).toEqual([]);
  });

  test("that is reached without TLS is warned of, and one of this machine is not", async () => {
    await using bench = await openBench();
    const { IPAM } = (await bench.docker.getNetwork("bridge").inspect()) as {
      readonly IPAM: { readonly Config: readonly { readonly Gateway: string }[] };
    };
    await using address = await openTcp(IPAM.Config[0]?.Gateway);
    const launcher = await bench.open({ host: address.url });
    expect(await launcher.check([checkOf()], call)).toEqual([
      `the Docker engine at ${address.url} is reached without TLS: code, secrets and credentials can be read on the way (use ssh:// or TLS)`,
    ]);
  });
});

onEngine("what goes wrong on the way to an engine is told in people's words", () => {
  test("nobody listens there", async () => {
    const { url, ...address } = await openTcp();
    await address[Symbol.asyncDispose]();
    await using bench = await openBench();
    const launcher = await bench.open({ host: url });
    await expect(launcher.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_UNREACHABLE",
      fault: "environment",
      message: expect.stringContaining(url),
      hint: expect.stringContaining(`docker -H ${url} info`),
    });
  });

  test("it wants TLS and gets none, or certificates that it does not know", async () => {
    await using address = await openTls();
    await using bench = await openBench();
    const plain = await bench.open({ host: address.url });
    await expect(plain.check([checkOf()], call)).rejects.toMatchObject({
      code: expect.stringMatching(/^ZENLITE_DOCKER_(?:UNREACHABLE|TLS)$/u),
    });
    vi.stubEnv("DOCKER_TLS_VERIFY", "1");
    vi.stubEnv("DOCKER_CERT_PATH", bench.folder);
    vi.stubEnv("DOCKER_HOST", address.url);
    await expect(bench.open()).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_TLS",
      message: expect.stringContaining("(DOCKER_HOST) cannot be read"),
    });
    vi.stubEnv("DOCKER_HOST", "");
    const unknown = await bench.open({ host: address.url });
    await expect(unknown.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_TLS",
      hint: expect.stringContaining("DOCKER_CERT_PATH"),
    });
  });

  test("ssh does not know the host, or the host not the user", async (context) => {
    context.skip(sshMissing && !continuous, "no ssh here");
    await using address = await openSsh();
    useEnvironment(address.environment);
    await using bench = await openBench();
    const other = await bench.open({ host: address.url.replace("tester", "somebody") });
    await expect(other.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_UNREACHABLE",
      message: expect.stringMatching(/ssh ended with code 255: .*Permission denied/u),
    });
    vi.stubEnv("ZENLITE_TEST_SSH_CONFIG", join(address.folder, "config-of-strangers"));
    const impostor = await bench.open({ host: address.url });
    await expect(impostor.check([checkOf()], call)).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_UNREACHABLE",
      message: expect.stringMatching(/Host key verification failed/u),
    });
  });

  test.each(["10.0.0.1:2375", "fd://", "tcp://", "ftp://somewhere"])("%s is no address", async (host) => {
    await using bench = await openBench();
    await expect(bench.open({ host })).rejects.toMatchObject({
      code: "ZENLITE_DOCKER_ADDRESS",
      message: expect.stringContaining(`"${host}" (host of the component)`),
    });
  });
});
