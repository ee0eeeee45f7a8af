// What IAM refuses, on the simulator that enforces it: each error names action, resource and the policy line that is missing.
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, endpoint, iamEndpoint as simulator, onAws, region } from "./aws-here.ts";
import { all, call, credentialsOf, failure, inEmptyHome, openConnector, writeProfiles } from "./bench.ts";
import { newRole, newUser, type Statement } from "./iam.ts";
import { type Answer, expiredXml, inJson, openProxy, type Proxy } from "./proxy.ts";

const everything: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
const assume: Statement = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };

inEmptyHome();

let front: Proxy;
let iamEndpoint = "";
beforeAll(async () => {
  front = await openProxy(simulator, inJson);
  iamEndpoint = front.endpoint;
});
afterAll(() => front[Symbol.asyncDispose]());

onAws("a denied action", () => {
  test.each([
    ["s3-bucket", "s3:ListAllMyBuckets"],
    ["ecr-repository", "ecr:DescribeRepositories"],
    ["state-machine", "states:ListStateMachines"],
  ])("on listing %s names %s, who asked, and the statement to paste", async (kind, action) => {
    const { arn, ...keys } = await newUser();
    await using connector = await openConnector({ authMethod: "secret-key", ...keys, endpoint: iamEndpoint });
    // Who somebody is, AWS tells anybody.
    expect((await connector.verify(call)).identity).toBe(arn);
    const error = await failure(all(connector, kind), keys.secretAccessKey, keys.accessKeyId);
    expect(error).toMatchObject({ code: "ZENLITE_AWS_DENIED", fault: "environment" });
    expect(error.message).toContain(`AWS denies ${action} on *`);
    const [statement = ""] = /\{.*\}/u.exec(error.hint ?? "") ?? [];
    expect(JSON.parse(statement)).toEqual({ Effect: "Allow", Action: action, Resource: "*" });
    // And with that very statement it is allowed.
    const { arn: _arn, ...other } = await newUser(JSON.parse(statement) as Statement);
    await using allowed = await openConnector({ authMethod: "secret-key", ...other, endpoint: iamEndpoint });
    expect(await all(allowed, kind)).toEqual(expect.any(Array));
  });

  test.each([
    ["s3-bucket", "my-bucket", "s3:ListBucket", "arn:aws:s3:::my-bucket"],
    ["ecr-repository", "team/app", "ecr:DescribeRepositories", `arn:aws:ecr:${region}:${account}:repository/team/app`],
    [
      "state-machine",
      `arn:aws:states:${region}:${account}:stateMachine:m`,
      "states:DescribeStateMachine",
      `arn:aws:states:${region}:${account}:stateMachine:m`,
    ],
  ])("on verifying one %s names that very resource", async (kind, id, action, resource) => {
    const { arn: _arn, ...keys } = await newUser();
    await using connector = await openConnector({ authMethod: "secret-key", ...keys, endpoint: iamEndpoint });
    const error = await failure(connector.verify({ ...call, resource: { kind, id } }), keys.secretAccessKey);
    expect(error).toMatchObject({
      code: "ZENLITE_AWS_DENIED",
      message: expect.stringContaining(`${action} on ${resource}`),
      hint: expect.stringContaining(JSON.stringify({ Effect: "Allow", Action: action, Resource: resource })),
    });
  });
});

onAws("a role", () => {
  test("is assumed, and its rights are the connector's", async () => {
    const user = await newUser(assume);
    const trust: Statement = { Effect: "Allow", Principal: { AWS: user.arn }, Action: "sts:AssumeRole" };
    const roleArn = await newRole(trust, { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });
    const { accessKeyId, secretAccessKey } = user;
    const config = { authMethod: "iam-role", roleArn, accessKeyId, secretAccessKey, endpoint: iamEndpoint };
    await using connector = await openConnector(config);
    const { identity } = await connector.verify(call);
    expect(identity).toBe(`arn:aws:sts::${account}:assumed-role/${roleArn.split("/").at(-1)}/zenlite`);
    expect(await all(connector, "s3-bucket")).toEqual(expect.any(Array));
    const error = await failure(all(connector, "ecr-repository"), secretAccessKey);
    expect(error).toMatchObject({ code: "ZENLITE_AWS_DENIED", message: expect.stringContaining(identity) });
  });

  test("is assumed with a profile's keys", async () => {
    const user = await newUser(assume);
    const roleArn = await newRole({ Effect: "Allow", Principal: { AWS: user.arn }, Action: "sts:AssumeRole" });
    writeProfiles({
      credentials: `[base]\naws_access_key_id=${user.accessKeyId}\naws_secret_access_key=${user.secretAccessKey}\n`,
    });
    await using connector = await openConnector({
      authMethod: "iam-role",
      roleArn,
      profile: "base",
      endpoint: iamEndpoint,
    });
    expect((await connector.verify(call)).identity).toContain(":assumed-role/role-");
  });

  test("whose trust policy does not name the caller: the error has both statements that it takes", async () => {
    const user = await newUser(assume);
    const other = await newUser();
    const roleArn = await newRole({ Effect: "Allow", Principal: { AWS: other.arn }, Action: "sts:AssumeRole" });
    const { arn, ...keys } = user;
    await using connector = await openConnector({ authMethod: "iam-role", roleArn, ...keys, endpoint: iamEndpoint });
    const error = await failure(connector.verify(call), keys.secretAccessKey, keys.accessKeyId);
    expect(error).toMatchObject({ code: "ZENLITE_AWS_ROLE_DENIED", fault: "environment" });
    expect(error.message).toBe(`AWS does not let ${arn} assume ${roleArn} (sts:AssumeRole).`);
    expect(error.hint).toContain(
      JSON.stringify({ Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" }),
    );
    expect(error.hint).toContain(JSON.stringify({ Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn }));
  });

  test("that asks for an external id: with it, and with another one", async () => {
    const user = await newUser(assume);
    const Condition = { StringEquals: { "sts:ExternalId": "of-zenlite" } };
    const roleArn = await newRole({
      Effect: "Allow",
      Principal: { AWS: user.arn },
      Action: "sts:AssumeRole",
      Condition,
    });
    const { arn: _arn, ...keys } = user;
    const config = { authMethod: "iam-role", roleArn, ...keys, endpoint: iamEndpoint };
    await using right = await openConnector({ ...config, externalId: "of-zenlite" });
    expect((await right.verify(call)).identity).toContain(":assumed-role/");
    await using wrong = await openConnector({ ...config, externalId: "of-somebody" });
    expect(await failure(wrong.verify(call))).toMatchObject({
      code: "ZENLITE_AWS_ROLE_DENIED",
      hint: expect.stringContaining('"Condition":{"StringEquals":{"sts:ExternalId":"of-somebody"}}'),
    });
  });

  test("that the caller has no right to assume", async () => {
    const user = await newUser();
    const roleArn = await newRole({ Effect: "Allow", Principal: { AWS: user.arn }, Action: "sts:AssumeRole" });
    const { arn: _arn, ...keys } = user;
    await using connector = await openConnector({ authMethod: "iam-role", roleArn, ...keys, endpoint: iamEndpoint });
    expect(await failure(credentialsOf(connector), keys.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_ROLE_DENIED",
      hint: expect.stringContaining(JSON.stringify({ Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn })),
    });
  });
});

onAws("wrong keys", () => {
  test.each(["s3-bucket", "ecr-repository", "state-machine"])(
    "are told apart on listing %s, and not shown",
    async (kind) => {
      const { accessKeyId, secretAccessKey } = await newUser(everything);
      const unknown = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey };
      await using one = await openConnector({ authMethod: "secret-key", ...unknown, endpoint: iamEndpoint });
      expect(await failure(all(one, kind), secretAccessKey, unknown.accessKeyId)).toMatchObject({
        code: "ZENLITE_AWS_KEY_WRONG",
        fault: "environment",
        message: expect.stringContaining("the access key id"),
      });
      const mixed = { accessKeyId, secretAccessKey: "planted/secret+access/key+0123456789abcd" };
      await using two = await openConnector({ authMethod: "secret-key", ...mixed, endpoint: iamEndpoint });
      expect(await failure(all(two, kind), mixed.secretAccessKey, accessKeyId)).toMatchObject({
        code: "ZENLITE_AWS_KEY_WRONG",
        message: expect.stringContaining("the signature"),
      });
    },
  );

  test("of another account than account_id are refused", async () => {
    const { arn, accessKeyId, secretAccessKey } = await newUser();
    const config = { authMethod: "secret-key", accessKeyId, secretAccessKey, endpoint: iamEndpoint };
    await using right = await openConnector({ ...config, accountId: account });
    expect((await right.verify(call)).identity).toBe(arn);
    await using wrong = await openConnector({ ...config, accountId: "999999999999" });
    const error = await failure(wrong.verify(call));
    expect(error).toMatchObject({ code: "ZENLITE_AWS_ACCOUNT_WRONG", fault: "environment" });
    expect(error.message).toContain(arn);
    expect(error.message).toContain("999999999999");
  });
});

// The simulators' tokens never expire: a proxy says it in their place.
onAws("a token that AWS calls expired", () => {
  const role = { authMethod: "iam-role", roleArn: `arn:aws:iam::${account}:role/zenlite` };
  const keys = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret+access/key+0123456789abcd" };
  const expiredJson: Answer = {
    status: 400,
    type: "application/x-amz-json-1.1",
    body: JSON.stringify({
      __type: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    }),
  };

  test.each([
    [
      "s3-bucket",
      "AWS4-HMAC-SHA256 Credential=.*/s3/",
      {
        ...expiredXml,
        body: "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>",
      },
    ],
    ["ecr-repository", "/ecr/", expiredJson],
    ["state-machine", "/states/", expiredJson],
  ])("is replaced once, on listing %s", async (kind, service, answer) => {
    const used: string[] = [];
    await using proxy = await openProxy(endpoint, ({ headers }) => {
      if (!new RegExp(service, "u").test(headers.authorization ?? "")) return undefined;
      used.push(/Credential=(\w+)/u.exec(headers.authorization ?? "")?.[1] ?? "");
      return used.length === 1 ? answer : undefined;
    });
    await using connector = await openConnector({ ...role, ...keys, endpoint: proxy.endpoint });
    expect(await all(connector, kind)).toEqual(expect.any(Array));
    expect(used).toHaveLength(2);
    expect(used[1]).not.toBe(used[0]);
  });

  test("again and again is an error, after one more try", async () => {
    let asked = 0;
    await using proxy = await openProxy(endpoint, ({ body }) => {
      if (!body.includes("GetCallerIdentity")) return undefined;
      asked += 1;
      return expiredXml;
    });
    await using connector = await openConnector({ ...role, ...keys, endpoint: proxy.endpoint });
    expect(await failure(connector.verify(call), keys.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_EXPIRED",
      fault: "environment",
    });
    expect(asked).toBe(2);
  });
});
