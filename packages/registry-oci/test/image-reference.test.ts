// Names of registries and images, and where a password may go.
import fc from "fast-check";
import { expect, test } from "vitest";
import { realmOf } from "../src/challenge.ts";
import { isLoopback, parseReference, parseRegistry } from "../src/image-reference.ts";
import { open } from "./bench.ts";

const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/u);
const host = fc.stringMatching(/^[a-z0-9]{1,10}(?:\.[a-z]{2,5})?(?::[1-9]\d{0,3})?$/u);
const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/u);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/u).map((hex) => `sha256:${hex}`);

test("what a registry calls an image is read as that image", () => {
  fc.assert(
    fc.property(host, fc.array(part, { maxLength: 3 }), part, tag, digest, (host, namespace, name, tag, digest) => {
      const uri = [host, ...namespace].join("/");
      const { prefix } = parseRegistry(uri);
      const repository = `${prefix}${name}`;
      const reference = `${host}/${repository}`;
      expect(parseReference(`${reference}:${tag}`)).toEqual({ host, repository, version: tag });
      expect(parseReference(`${reference}@${digest}`)).toEqual({ host, repository, version: digest });
      expect(parseReference(`${reference}:${tag}@${digest}`)).toEqual({ host, repository, version: digest });
      expect(parseReference(reference)).toEqual({ host, repository, version: "latest" });
    }),
  );
});

test.each([
  "app",
  "app:1",
  "/app:1",
  "host/App:1",
  "host/app:",
  "host/app@sha256:12",
  "host//app:1",
  "host/app:1:2",
  "ho st/app",
  "",
])("%j is no image of a registry", (reference) => {
  expect(() => parseReference(reference)).toThrow(expect.objectContaining({ code: "ZENLITE_IMAGE_REFERENCE_INVALID" }));
});

test.each([
  ["https://registry.example.com", /no scheme/u],
  ["registry.example.com/Team", /"Team" is no part/u],
  ["registry.example.com//team", /"" is no part/u],
  ["regi stry", /is no host/u],
  ["-registry", /is no host/u],
])("uri %j is refused, with the form that is right", async (uri, message) => {
  await expect(open({ uri })).rejects.toMatchObject({
    code: "ZENLITE_CONFIG_INVALID",
    message: expect.stringMatching(message),
    hint: expect.stringContaining("host[:port][/namespace]"),
  });
});

test("a name without a password is refused", async () => {
  await expect(open({ uri: "registry.example.com", username: "me" })).rejects.toMatchObject({
    code: "ZENLITE_CONFIG_INVALID",
    message: expect.stringContaining("username and password"),
  });
});

test("a slash at the end of uri says nothing", () => {
  expect(parseRegistry("localhost:5000/team/")).toEqual({ host: "localhost:5000", prefix: "team/" });
  expect(parseRegistry("[::1]:5000")).toEqual({ host: "[::1]:5000", prefix: "" });
});

test("only this machine's own registries go without TLS", () => {
  for (const own of ["localhost", "localhost:5000", "registry.localhost", "127.0.0.1:1", "127.1.2.3", "[::1]:5000"])
    expect(isLoopback(own), own).toBe(true);
  for (const other of ["localhost.example.com", "128.0.0.1", "127.0.0.1.example.com", "registry:5000", "my-localhost"])
    expect(isLoopback(other), other).toBe(false);
});

test("a password goes to a token service over TLS only, unless the registry has none itself", () => {
  const challenge = (realm: string): string => `Bearer realm="${realm}",service="s"`;
  expect(realmOf(challenge("https://auth.example.com/token"), "https://registry.example.com")?.href).toBe(
    "https://auth.example.com/token?service=s",
  );
  expect(realmOf(challenge("http://127.0.0.1:1/token"), "http://127.0.0.1:1")?.origin).toBe("http://127.0.0.1:1");
  expect(realmOf(challenge("/token"), "https://registry.example.com")?.origin).toBe("https://registry.example.com");
  for (const realm of ["http://auth.example.com/token", "ftp://auth.example.com", "file:///etc/passwd", "https://"])
    expect(realmOf(challenge(realm), "https://registry.example.com"), realm).toBeUndefined();
});
