import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findAddress } from "../src/address.ts";
import { jsonLines } from "../src/engine.ts";
import { collect } from "./bench.ts";

test("configuration is asked before DOCKER_HOST, and that before the usual socket", () => {
  const environment = { HOME: "/nowhere", DOCKER_HOST: "unix:///of/the/variable" };
  expect(findAddress("unix:///of/the/component", environment).url).toBe("unix:///of/the/component");
  expect(findAddress(undefined, environment)).toEqual({ url: "unix:///of/the/variable", from: "DOCKER_HOST" });
  expect(findAddress(undefined, { HOME: "/nowhere", DOCKER_HOST: "" }).url).toBe("unix:///var/run/docker.sock");
});

test("the active Docker context is followed, as the docker command does", () => {
  const home = mkdtempSync(join(tmpdir(), "zenlite-context-"));
  try {
    const id = createHash("sha256").update("colima").digest("hex");
    const folder = join(home, ".docker", "contexts", "meta", id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "meta.json"),
      JSON.stringify({ Name: "colima", Endpoints: { docker: { Host: "unix:///colima.sock" } } }),
    );
    writeFileSync(join(home, ".docker", "config.json"), JSON.stringify({ currentContext: "colima" }));
    expect(findAddress(undefined, { HOME: home })).toEqual({
      url: "unix:///colima.sock",
      from: 'the Docker context "colima"',
    });
    expect(findAddress(undefined, { HOME: home, DOCKER_CONTEXT: "default" }).url).toBe("unix:///var/run/docker.sock");
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("TLS is asked for as the docker command is told to, and a context brings its own certificates", () => {
  const home = mkdtempSync(join(tmpdir(), "zenlite-context-"));
  try {
    const of = (environment: { readonly [name: string]: string }): unknown =>
      findAddress("tcp://host:2376", { HOME: home, ...environment }).tls;
    expect(of({ DOCKER_CERT_PATH: "/certificates" })).toBeUndefined();
    expect(of({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certificates" })).toEqual({
      folder: "/certificates",
      verify: true,
    });
    expect(of({ DOCKER_TLS: "1" })).toEqual({ folder: join(home, ".docker"), verify: false });

    const id = createHash("sha256").update("far").digest("hex");
    const contexts = join(home, ".docker", "contexts");
    const certificates = join(contexts, "tls", id, "docker");
    mkdirSync(join(contexts, "meta", id), { recursive: true });
    const meta = (more: object): void =>
      writeFileSync(
        join(contexts, "meta", id, "meta.json"),
        JSON.stringify({ Name: "far", Endpoints: { docker: { Host: "tcp://far:2376", ...more } } }),
      );
    meta({});
    const environment = { HOME: home, DOCKER_CONTEXT: "far" };
    expect(findAddress(undefined, environment).tls).toBeUndefined();
    mkdirSync(certificates, { recursive: true });
    expect(findAddress(undefined, environment).tls).toEqual({ folder: certificates, verify: true });
    meta({ SkipTLSVerify: true });
    expect(findAddress(undefined, environment).tls).toEqual({ folder: certificates, verify: false });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("JSON lines are read however they are cut", async () => {
  const { Readable } = await import("node:stream");
  const bytes = Buffer.from('{"a":"é"}\r\n\n{"b":2}');
  expect(await collect(jsonLines(Readable.from([...bytes].map((byte) => Buffer.from([byte])))))).toEqual([
    { a: "é" },
    { b: 2 },
  ]);
});
