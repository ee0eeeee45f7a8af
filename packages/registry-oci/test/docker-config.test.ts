// Who this machine is at a registry, from what `docker login` leaves behind.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findLogin } from "../src/docker-config.ts";
import { call, failure, open } from "./bench.ts";

const password = "planted:pass=word/ü";
const host = "registry.example.com:5000";
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zenlite-docker-"));
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function write(config: object | string): void {
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
}

/** A program on the PATH that answers as a credential helper does: it must be asked on its standard input. */
function writeHelper(name: string, script: string): void {
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\nread server\n${script}\n`, { mode: 0o755 });
}

const find = (name = host) => findLogin(name, { DOCKER_CONFIG: folder }, call.signal);

const auth = Buffer.from(`me:${password}`).toString("base64");

test.each([
  ["by its name", { [host]: { auth } }],
  ["by its old address", { [`https://${host}/v2/`]: { auth } }],
  ["in plain", { [host]: { username: "me", password } }],
])("a login in the file, %s", async (_name, auths) => {
  write({ auths: { other: { auth: "eDp5" }, ...auths } });
  expect(await find()).toEqual({ username: "me", password });
});

test("Docker Hub's login stands under its historical name", async () => {
  write({ auths: { "https://index.docker.io/v1/": { auth } } });
  expect(await find("docker.io")).toEqual({ username: "me", password });
  expect(await find()).toBeUndefined();
});

test.each([
  ["no file", undefined],
  ["an empty file", {}],
  ["a logout", { auths: { [host]: {} } }],
  ["another host", { auths: { "example.com": { auth } } }],
])("%s: nobody is known", async (_name, config) => {
  if (config !== undefined) write(config);
  expect(await find()).toBeUndefined();
});

test("the flavor uses it, unless a name is configured", async () => {
  write({ auths: { [host]: { auth } } });
  vi.stubEnv("DOCKER_CONFIG", folder);
  await using registry = await open({ uri: `${host}/team` });
  expect(await registry.login("app", call)).toEqual({ username: "me", password });
  await using own = await open({ uri: host, username: "robot", password: "other" });
  expect(await own.login("app", call)).toEqual({ username: "robot", password: "other" });
});

test("a helper for the host goes before the store, and the store before the file", async () => {
  writeHelper("special", `printf '{"ServerURL":"%s","Username":"special","Secret":"${password}"}' "$server"`);
  writeHelper("general", `printf '{"Username":"%s","Secret":"general"}' "$server"`);
  write({ auths: { [host]: { auth } }, credsStore: "general", credHelpers: { [host]: "special" } });
  expect(await find()).toEqual({ username: "special", password });
  expect(await find("other.example.com")).toEqual({ username: "other.example.com", password: "general" });
  expect(await find("docker.io")).toEqual({ username: "https://index.docker.io/v1/", password: "general" });
});

test("a helper's token goes where its registry takes it: in the place of a password", async () => {
  writeHelper("token", `printf '{"Username":"<token>","Secret":"identity"}'`);
  write({ credsStore: "token" });
  expect(await find()).toEqual({ username: "00000000-0000-0000-0000-000000000000", password: "identity" });
});

test("a helper that knows nobody is no error", async () => {
  writeHelper("empty", "echo 'credentials not found in native keychain'; exit 1");
  write({ credsStore: "empty" });
  expect(await find()).toBeUndefined();
});

test.each([
  ["fails", "echo 'the keychain is locked' >&2; exit 1", /the keychain is locked/u],
  ["says something else", `printf '"${password}"'`, /not what Docker asks of it/u],
])("a helper that %s is named", async (_name, script, message) => {
  writeHelper("broken", script);
  write({ credsStore: "broken" });
  const error = await failure(find(), password);
  expect(error).toMatchObject({ code: "ZENLITE_CREDENTIAL_HELPER", fault: "environment" });
  expect(error.message).toMatch(message);
  expect(error.message).toContain("docker-credential-broken");
});

test.each(["missing", "../evil", "a b"])("a helper %j that is no program here is named", async (name) => {
  write({ credsStore: name });
  expect(await failure(find())).toMatchObject({
    code: "ZENLITE_CREDENTIAL_HELPER",
    message: expect.stringContaining(`docker-credential-${name}`),
  });
});

test("an abort ends a helper that waits for somebody", async () => {
  writeHelper("slow", "exec sleep 60");
  write({ credsStore: "slow" });
  const stop = new AbortController();
  const waiting = findLogin(host, { DOCKER_CONFIG: folder }, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test.each(["no JSON at all planted-secret", "[1]"])("a file that is %j is told without its text", async (text) => {
  write(text);
  const error = await failure(find(), "planted-secret");
  expect(error).toMatchObject({ code: "ZENLITE_DOCKER_CONFIG", where: { file: join(folder, "config.json") } });
});
