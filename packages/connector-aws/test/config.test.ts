// Which fields each way to sign in needs.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ZenliteError } from "@zenlite/core";
import { checkMethod, config as schema, type ConnectorConfig } from "../src/config.ts";

const values = {
  profile: "work",
  accessKeyId: "id",
  secretAccessKey: "key",
  sessionToken: "token",
  roleArn: "arn:aws:iam::123456789012:role/r",
  externalId: "outside",
  sessionPolicy: { Version: "2012-10-17" },
  sessionDurationSeconds: 900,
  webIdentityTokenFile: "token",
} as const;
type Field = keyof typeof values;
const names = Object.keys(values) as readonly Field[];
const methods = ["implicit", "profile", "secret-key", "session-token", "iam-role", "sso", "web-identity"] as const;

function problems(config: ConnectorConfig): readonly string[] {
  try {
    checkMethod(config);
    return [];
  } catch (error) {
    if (!(error instanceof ZenliteError)) throw error;
    return [error, ...error.others].map(({ message }) => message);
  }
}

test.each([
  [{ authMethod: "implicit" }, []],
  [{ authMethod: "profile" }, ["auth_method profile needs profile."]],
  [{ authMethod: "secret-key", accessKeyId: "x" }, ["auth_method secret-key needs secret_access_key."]],
  [{ authMethod: "iam-role", profile: "p" }, ["auth_method iam-role needs role_arn."]],
  [{ authMethod: "web-identity", roleArn: "r" }, ["auth_method web-identity needs web_identity_token_file."]],
  [{ authMethod: "implicit", profile: "p" }, ["auth_method implicit has no use for profile."]],
  [
    { authMethod: "iam-role", roleArn: "r", accessKeyId: "x" },
    ["access_key_id and secret_access_key belong together."],
  ],
] as const)("%j", (config, expected) => {
  expect(problems(config)).toEqual(expected);
});

test("whatever is written, adding what is missed and removing what has no use makes it right", () => {
  fc.assert(
    fc.property(fc.constantFrom(...methods), fc.subarray([...names]), (authMethod, given) => {
      let config: ConnectorConfig = { authMethod, ...Object.fromEntries(given.map((name) => [name, values[name]])) };
      const field = (text: string): Field =>
        names.find((name) => text === name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)) ??
        expect.unreachable(text);
      for (const problem of problems(config)) {
        const [, missed] = /needs (\w+)\./u.exec(problem) ?? [];
        const [, idle] = /no use for (\w+)\./u.exec(problem) ?? [];
        if (missed !== undefined) config = { ...config, [field(missed)]: values[field(missed)] };
        if (idle !== undefined) config = without(config, field(idle));
        if (problem.includes("belong together")) config = without(without(config, "accessKeyId"), "secretAccessKey");
        if (problem.startsWith("Both profile")) config = without(config, "profile");
      }
      expect(problems(config)).toEqual([]);
    }),
  );
});

function without(config: ConnectorConfig, field: Field): ConnectorConfig {
  const { [field]: _removed, ...rest } = config;
  return rest;
}

test("the schema marks what is secret, and refuses what is no role, account or method", async () => {
  const { properties } = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  for (const name of ["accessKeyId", "secretAccessKey", "sessionToken"])
    expect(properties).toHaveProperty([name, "writeOnly"], true);
  const wrong = {
    authMethod: "sso-profile",
    roleArn: "role",
    accountId: "12",
    endpoint: "localhost",
    region: "Frankfurt",
  };
  const { issues = [] } = await schema["~standard"].validate(wrong);
  expect(issues.map(({ path }) => path?.[0]).sort()).toEqual(Object.keys(wrong).sort());
});
