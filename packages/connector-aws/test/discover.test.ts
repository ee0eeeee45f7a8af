// `--auto-configure`, on the simulator that lets everybody in.
import { expect, test, vi } from "vitest";
import flavor from "../src/index.ts";
import { account, endpoint, onAws } from "./aws-here.ts";
import { call, failure, inEmptyHome, openConnector, writeProfiles } from "./bench.ts";

const accessKeyId = "AKIAPLANTEDKEYID0001";
const secretAccessKey = "planted/secret+access/key+0123456789abcd";

inEmptyHome();

const discover = (given: Parameters<NonNullable<typeof flavor.discover>>[0]) =>
  flavor.discover?.(given, call) ?? Promise.reject(new Error("the flavor finds nothing"));

function writeKeys(...names: readonly string[]): void {
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  writeProfiles({ credentials: names.map((name) => `[${name}]\n${keys}`).join("\n") });
}

onAws("auto-configure", () => {
  test("finds AWS_PROFILE, its region and its account; no key goes into the configuration", async () => {
    writeKeys("default", "work");
    writeProfiles({ config: "[profile work]\nregion = eu-west-3\n" });
    vi.stubEnv("AWS_PROFILE", "work");
    const { config, found } = await discover({ endpoint });
    expect(config).toEqual({
      authMethod: "profile",
      profile: "work",
      region: "eu-west-3",
      accountId: account,
      endpoint,
    });
    expect(found).toEqual([
      'Profile "work" (AWS_PROFILE).',
      "Region eu-west-3 (the profile's).",
      expect.stringMatching(new RegExp(`^Account ${account}, as arn:aws:`, "u")),
    ]);
    expect(JSON.stringify({ config, found })).not.toContain(accessKeyId);
    // What was found is a configuration that works.
    await using connector = await openConnector(config);
    expect((await connector.verify(call)).identity).toContain(account);
  });

  test("takes the default profile, or the only one, or asks which", async () => {
    vi.stubEnv("AWS_REGION", "eu-north-1");
    writeKeys("default", "work");
    expect((await discover({ endpoint })).config).toMatchObject({ profile: "default", region: "eu-north-1" });
    writeKeys("alone");
    expect((await discover({ endpoint })).config).toMatchObject({ profile: "alone" });
    writeKeys("here", "there");
    expect(await failure(discover({ endpoint }))).toMatchObject({
      code: "ZENLITE_AWS_PROFILE_AMBIGUOUS",
      message: expect.stringContaining("here, there"),
      hint: "Say it: --profile=here",
    });
    expect((await discover({ endpoint, profile: "there", region: "eu-west-1" })).config).toMatchObject({
      profile: "there",
      region: "eu-west-1",
    });
  });

  test("with keys in the environment writes down that the default chain is used, and not the keys", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    const { config } = await discover({ endpoint, region: "eu-west-1" });
    expect(config).toEqual({ authMethod: "implicit", region: "eu-west-1", accountId: account, endpoint });
    await using connector = await openConnector(config);
    expect((await connector.verify(call)).identity).toContain(account);
  });

  test("assumes the role that it is given, with the profile that it finds", async () => {
    writeKeys("default");
    const roleArn = `arn:aws:iam::${account}:role/zenlite`;
    const { config, found } = await discover({ endpoint, region: "eu-west-1", roleArn });
    expect(config).toMatchObject({ authMethod: "iam-role", profile: "default", roleArn });
    expect(found.at(-1)).toContain(":assumed-role/zenlite/");
  });

  test("leaves references as they are, and so asks nobody for the account", async () => {
    const given = { accessKeyId: "${secret:aws.id}", secretAccessKey: "${secret:aws.key}", region: "eu-west-1" };
    const { config } = await discover({ ...given, endpoint: "http://127.0.0.1:1" });
    expect(config).toMatchObject({ authMethod: "secret-key", ...given });
  });
});

test("auto-configure says what it does not find", async () => {
  expect(await failure(discover({}))).toMatchObject({
    code: "ZENLITE_AWS_REGION_MISSING",
    hint: expect.stringContaining("--region="),
  });
  expect(await failure(discover({ region: "eu-west-1" }))).toMatchObject({
    code: "ZENLITE_AWS_CREDENTIALS_MISSING",
    fault: "environment",
    hint: expect.stringContaining("aws configure"),
  });
  writeKeys("work");
  vi.stubEnv("AWS_PROFILE", "wrok");
  expect(await failure(discover({ region: "eu-west-1" }))).toMatchObject({
    code: "ZENLITE_AWS_PROFILE_UNKNOWN",
    message: 'There is no AWS profile "wrok" (AWS_PROFILE). Did you mean "work"?',
  });
});
