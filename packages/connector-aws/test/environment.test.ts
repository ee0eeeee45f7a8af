// What is wrong with this machine before AWS is even asked: no simulator is needed.
import { expect, test, vi } from "vitest";
import { all, call, credentialsOf, failure, inEmptyHome, openConnector, writeProfiles } from "./bench.ts";

inEmptyHome();

test("no credentials at all: how to get some", async () => {
  await using connector = await openConnector({});
  for (const ask of [() => credentialsOf(connector), () => connector.verify(call), () => all(connector, "s3-bucket")])
    expect(await failure(ask())).toMatchObject({
      code: "ZENLITE_AWS_CREDENTIALS_MISSING",
      fault: "environment",
      message: "There are no AWS credentials on this machine.",
      hint: expect.stringMatching(/aws configure sso/u),
    });
});

test("a profile that is not there: the nearest, and who named it", async () => {
  writeProfiles({
    config: "[profile production]\nregion = eu-west-1\n[sso-session producton]\nsso_region = eu-west-1\n",
  });
  await using given = await openConnector({ authMethod: "profile", profile: "prodution" });
  expect(await failure(given.verify(call))).toMatchObject({
    code: "ZENLITE_AWS_PROFILE_UNKNOWN",
    message: 'There is no AWS profile "prodution" (profile of the connector). Did you mean "production"?',
    hint: "aws configure list-profiles",
  });
  await using far = await openConnector({ authMethod: "profile", profile: "x" });
  // Sessions of SSO stand in the same file, and are no profiles.
  expect((await failure(far.verify(call))).message).toContain("Known: production.");
  await using lost = await openConnector({ authMethod: "profile", profile: "prodution", region: undefined });
  expect(await failure(lost.verify(call))).toMatchObject({ code: "ZENLITE_AWS_PROFILE_UNKNOWN" });
  vi.stubEnv("AWS_PROFILE", "prodution");
  await using implicit = await openConnector({});
  expect(await failure(credentialsOf(implicit))).toMatchObject({
    code: "ZENLITE_AWS_PROFILE_UNKNOWN",
    message: expect.stringContaining("(AWS_PROFILE)"),
  });
});

test("a profile without credentials", async () => {
  writeProfiles({ config: "[profile empty]\nregion = eu-west-1\n" });
  await using connector = await openConnector({ authMethod: "profile", profile: "empty" });
  expect(await failure(credentialsOf(connector))).toMatchObject({
    code: "ZENLITE_AWS_CREDENTIALS_MISSING",
    message: 'The AWS profile "empty" gives no credentials.',
    hint: expect.stringContaining("--profile empty"),
  });
});

test("a profile that asks for a second factor at every use", async () => {
  const role =
    "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me";
  writeProfiles({
    config: `[profile guarded]\nregion = eu-west-1\n${role}\n`,
    credentials: "[base]\naws_access_key_id = AKIAPLANTEDKEYID0001\naws_secret_access_key = planted/secret\n",
  });
  await using connector = await openConnector({ authMethod: "profile", profile: "guarded" });
  expect(await failure(credentialsOf(connector), "planted/secret")).toMatchObject({
    code: "ZENLITE_AWS_MFA",
    message: expect.stringContaining('"guarded"'),
  });
});

const keys = { authMethod: "secret-key", accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret" };

test.each(["s3-bucket", "ecr-repository", "state-machine"])("no region, on listing %s", async (kind) => {
  await using connector = await openConnector({ ...keys, region: undefined });
  expect(await failure(all(connector, kind), keys.secretAccessKey)).toMatchObject({
    code: "ZENLITE_AWS_REGION_MISSING",
    hint: expect.stringContaining("AWS_REGION"),
  });
});

test("no way to AWS is the environment's fault", async () => {
  await using connector = await openConnector({ ...keys, endpoint: "http://127.0.0.1:1" });
  expect(await failure(connector.verify(call), keys.secretAccessKey)).toMatchObject({
    code: "ZENLITE_AWS_UNREACHABLE",
    fault: "environment",
    message: expect.stringContaining("sts:GetCallerIdentity"),
  });
});

test("an abort ends a call with the caller's own reason", async () => {
  await using connector = await openConnector({ ...keys, endpoint: "http://127.0.0.1:1" });
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(connector.verify({ signal })).rejects.toThrow("enough");
  await expect(connector.credentials({ kind: "aws" }, { signal })).rejects.toThrow("enough");
});
