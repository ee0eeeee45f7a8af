// ECR's API on the simulators, and a real registry for the images.
import { randomUUID } from "node:crypto";
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { account, endpoint, iamEndpoint as simulator, onAws, region } from "../../connector-aws/test/aws-here.ts";
import { newUser, type Statement } from "../../connector-aws/test/iam.ts";
import { inJson, openProxy, type Proxy } from "../../connector-aws/test/proxy.ts";
import { docker, makeImage, pull, push, removeImage } from "../../registry-oci/test/engine.ts";
import { openFront } from "../../registry-oci/test/front.ts";
import { onRegistryAndEngine, openRegistryServer, registryUser } from "../../registry-oci/test/registry-here.ts";
import { lifecyclePolicy } from "../src/lifecycle.ts";
import { call, failure, open } from "./bench.ts";

const keys = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret+access/key+0123456789abcd" };
const uri = `${account}.dkr.ecr.${region}.amazonaws.com`;
const client = new ECRClient({ endpoint, region, credentials: keys });
const newName = (): string => `zenlite/${randomUUID()}`;
const arn = (name: string): string => `arn:aws:ecr:${region}:${account}:repository/${name}`;

async function describe(name: string) {
  const { repositories } = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
  return repositories?.[0];
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere/config");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
});

onAws("a repository", () => {
  test("is created with tags that cannot change, scans, and a policy that spares every tag; the second time it is there", async () => {
    await using proxy = await openProxy(endpoint);
    await using registry = await open({ uri, endpoint: proxy.endpoint, expireUntaggedDays: 3 }, keys);
    const name = newName();
    await registry.ensure(name, call);
    expect(await describe(name)).toMatchObject({
      repositoryName: name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
    });
    const { lifecyclePolicyText = "" } = await client.send(new GetLifecyclePolicyCommand({ repositoryName: name }));
    expect(JSON.parse(lifecyclePolicyText)).toEqual(JSON.parse(lifecyclePolicy(3)));
    const calls = (): readonly string[] =>
      proxy.asked.splice(0).map(({ headers }) => String(headers["x-amz-target"]).replace(/.*\./u, ""));
    expect(calls()).toEqual(["DescribeRepositories", "CreateRepository", "PutLifecyclePolicy"]);
    await registry.ensure(name, call);
    expect(calls()).toEqual(["DescribeRepositories", "GetLifecyclePolicy"]);
    expect(registry.warnings).toEqual([]);
    expect(registry.asked[0]).toEqual({ kind: "aws", resource: arn("*") });
  });

  test("asked for under a prefix is created under it", async () => {
    const prefix = `team-${randomUUID()}`;
    await using registry = await open({ uri: `${uri}/${prefix}`, endpoint }, keys);
    await registry.ensure("app", call);
    expect((await describe(`${prefix}/app`))?.repositoryArn).toBe(arn(`${prefix}/app`));
  });

  test("asked for by many at once is created once, and nobody fails", async () => {
    await using registry = await open({ uri, endpoint }, keys);
    const name = newName();
    await Promise.all([1, 2, 3, 4].map(() => registry.ensure(name, call)));
    expect(await describe(name)).toBeDefined();
  });

  test.each([
    ["tagged", "imageCountMoreThan", true],
    ["untagged", "imageCountMoreThan", false],
  ])(
    "of somebody else keeps its policy for %s images; what it means for plans is said",
    async (tagStatus, countType, warns) => {
      const name = newName();
      await client.send(new CreateRepositoryCommand({ repositoryName: name }));
      const tags = tagStatus === "tagged" ? { tagPrefixList: ["v"] } : {};
      const selection = { tagStatus, ...tags, countType, countNumber: 1 };
      const policy = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
      await client.send(new PutLifecyclePolicyCommand({ repositoryName: name, lifecyclePolicyText: policy }));
      await using registry = await open({ uri, endpoint }, keys);
      await registry.ensure(name, call);
      expect(registry.warnings).toEqual(warns ? [expect.stringContaining(name)] : []);
      expect(await describe(name)).toMatchObject({ imageTagMutability: "MUTABLE" });
      const { lifecyclePolicyText } = await client.send(new GetLifecyclePolicyCommand({ repositoryName: name }));
      expect(lifecyclePolicyText).toBe(policy);
    },
  );
});

onAws("access denied", () => {
  let front: Proxy;
  beforeAll(async () => {
    front = await openProxy(simulator, inJson);
  });
  afterAll(() => front[Symbol.asyncDispose]());

  const allow = (...actions: readonly string[]): Statement => ({ Effect: "Allow", Action: actions, Resource: "*" });

  async function openAs(...statements: readonly Statement[]) {
    const { arn: who, accessKeyId, secretAccessKey } = await newUser(...statements);
    const registry = await open({ uri, endpoint: front.endpoint }, { accessKeyId, secretAccessKey });
    return Object.assign(registry, { who, secretAccessKey });
  }

  const statement = (action: string, resource: string): string =>
    JSON.stringify({ Effect: "Allow", Action: action, Resource: resource });

  test("for the token names ecr:GetAuthorizationToken", async () => {
    await using registry = await openAs();
    expect(await failure(registry.login("app", call), registry.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_DENIED",
      fault: "environment",
      message: `AWS denies ecr:GetAuthorizationToken on * to ${registry.who}.`,
      hint: expect.stringContaining(statement("ecr:GetAuthorizationToken", "*")),
    });
  });

  test("for looking and creating names the looking, with the repository", async () => {
    await using registry = await openAs();
    const name = newName();
    expect(await failure(registry.ensure(name, call), registry.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_DENIED",
      message: `AWS denies ecr:DescribeRepositories on ${arn(name)} to ${registry.who}.`,
      hint: expect.stringContaining(statement("ecr:DescribeRepositories", arn(name))),
    });
  });

  test("for creating a repository that is missing: the line for somebody who may, and the statement for oneself", async () => {
    await using registry = await openAs(allow("ecr:DescribeRepositories"));
    const name = newName();
    const error = await failure(registry.ensure(name, call), registry.secretAccessKey);
    expect(error).toMatchObject({ code: "ZENLITE_REPOSITORY_MISSING", fault: "environment" });
    expect(error.message).toContain(`There is no repository ${name} in ${uri}.`);
    expect(error.message).toContain(`AWS denies ecr:CreateRepository on ${arn(name)} to ${registry.who}.`);
    expect(error.hint).toContain(
      `aws ecr create-repository --repository-name ${name} --image-tag-mutability IMMUTABLE`,
    );
    expect(error.hint).toContain(`--region ${region}`);
    expect(error.hint).toContain(statement("ecr:CreateRepository", arn(name)));
  });

  test("for creating one that is there is no error", async () => {
    const name = newName();
    await using owner = await openAs(allow("ecr:*"));
    await owner.ensure(name, call);
    await using registry = await openAs(allow("ecr:DescribeRepositories"));
    await registry.ensure(name, call);
    // Its lifecycle policy may not be read: that is only for the better, too.
    expect(registry.warnings).toEqual([]);
    await using blind = await openAs(allow("ecr:CreateRepository"));
    await blind.ensure(name, call);
  });

  test("for looking is no error where creating is allowed; for the policy it is a warning", async () => {
    await using registry = await openAs(allow("ecr:CreateRepository"));
    const name = newName();
    await registry.ensure(name, call);
    expect(registry.warnings).toEqual([expect.stringContaining(statement("ecr:PutLifecyclePolicy", arn(name)))]);
  });

  test("because of a wrong key is told as that", async () => {
    await using registry = await open({ uri, endpoint: front.endpoint }, keys);
    for (const ask of [() => registry.login("app", call), () => registry.ensure("app", call)])
      expect(await failure(ask(), keys.secretAccessKey, keys.accessKeyId)).toMatchObject({
        code: "ZENLITE_AWS_KEY_WRONG",
        fault: "environment",
      });
  });

  test("with a token that has expired asks the connector again, once", async () => {
    const { accessKeyId, secretAccessKey } = await newUser(allow("ecr:GetAuthorizationToken"));
    // The simulator's tokens never expire: the proxy says it of the first one.
    const body = JSON.stringify({
      __type: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    await using proxy = await openProxy(simulator, ({ headers }) =>
      headers.authorization?.includes(keys.accessKeyId) === true
        ? { status: 400, type: "application/x-amz-json-1.1", body }
        : undefined,
    );
    await using registry = await open({ uri, endpoint: proxy.endpoint }, keys, { accessKeyId, secretAccessKey });
    expect((await registry.login("app", call)).username).toBe("AWS");
    expect(registry.asked).toHaveLength(2);
    await using never = await open({ uri, endpoint: proxy.endpoint }, keys);
    expect(await failure(never.login("app", call), keys.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_EXPIRED",
    });
    expect(never.asked).toHaveLength(2);
  });
});

test("without a connector the SDK's default chain is used, and its lack of credentials told", async () => {
  await using registry = await open({ uri, endpoint: "http://127.0.0.1:1" });
  expect(await failure(registry.login("app", call))).toMatchObject({
    code: "ZENLITE_AWS_CREDENTIALS_MISSING",
    fault: "environment",
    hint: expect.stringContaining("aws configure"),
  });
  vi.stubEnv("AWS_ACCESS_KEY_ID", keys.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", keys.secretAccessKey);
  expect(await failure(registry.login("app", call), keys.secretAccessKey)).toMatchObject({
    code: "ZENLITE_AWS_UNREACHABLE",
  });
});

onAws("a login", () => {
  test("is ECR's token, asked for again when it is about to expire", async () => {
    await using registry = await open({ uri, endpoint }, keys);
    const { expiresAt, ...login } = await registry.login("app", call);
    expect(login).toEqual(registryUser);
    expect(expiresAt).toMatch(/^\d{4}-/u);
    // The simulator's token is not that long-lived: this proxy's lasts an hour.
    const token = Buffer.from("AWS:planted:token").toString("base64");
    const lasting = (hours: number) => ({ authorizationToken: token, expiresAt: Date.now() / 1000 + hours * 3600 });
    let hours = 1;
    await using proxy = await openProxy(endpoint, () => ({
      status: 200,
      type: "application/x-amz-json-1.1",
      body: JSON.stringify({ authorizationData: [lasting(hours)] }),
    }));
    await using kept = await open({ uri, endpoint: proxy.endpoint }, keys);
    expect(await kept.login("app", call)).toMatchObject({ username: "AWS", password: "planted:token" });
    await kept.login("app", call);
    expect(proxy.asked).toHaveLength(1);
    hours = 0.4;
    await using short = await open({ uri, endpoint: proxy.endpoint }, keys);
    await short.login("app", call);
    await short.login("app", call);
    expect(proxy.asked).toHaveLength(3);
  });
});

onAws("with a real registry", () => {
  onRegistryAndEngine("and an engine", () => {
    test("an image goes there with ECR's token, and comes back by its digest", async () => {
      await using server = await openRegistryServer({ password: true });
      await using registry = await open({ uri: `${server.address}/team`, region, endpoint }, keys);
      const name = `app-${randomUUID()}`;
      const reference = `${registry.reference(name)}:abc123`;
      expect(reference).toBe(`${server.address}/team/${name}:abc123`);
      expect(await registry.digest(reference, call)).toBeUndefined();
      await registry.ensure(name, call);
      expect((await describe(`team/${name}`))?.repositoryName).toBe(`team/${name}`);
      await makeImage(reference);
      try {
        await push(registry, reference, call.signal);
        const digest = await registry.digest(reference, call);
        const { RepoDigests, Os, Architecture } = await docker.getImage(reference).inspect();
        expect(RepoDigests).toEqual([`${registry.reference(name)}@${digest}`]);
        expect(await registry.platforms(reference, call)).toEqual([`${Os}/${Architecture}`]);
        await removeImage(reference);
        const pinned = `${registry.reference(name)}@${digest}`;
        await pull(registry, pinned, call.signal);
        await removeImage(pinned);
      } finally {
        await removeImage(reference);
      }
    });
  });

  // ECR's registry answers in the words of IAM; no simulator has such a registry.
  test("that denies reading names the action, the repository and the statement", async () => {
    const user = `arn:aws:iam::${account}:user/me`;
    const message = `User: ${user} is not authorized to perform: ecr:BatchGetImage on resource: ${arn("app")} because no identity-based policy allows the ecr:BatchGetImage action`;
    await using front = await openFront("127.0.0.1:1", (_incoming, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "DENIED", message }] }));
      return true;
    });
    await using registry = await open({ uri: front.address, region, endpoint }, keys);
    expect(await failure(registry.digest(`${front.address}/app:1`, call), keys.secretAccessKey)).toMatchObject({
      code: "ZENLITE_AWS_DENIED",
      message: `AWS denies ecr:BatchGetImage on ${arn("app")} to ${user}.`,
      hint: expect.stringContaining(
        JSON.stringify({ Effect: "Allow", Action: "ecr:BatchGetImage", Resource: arn("app") }),
      ),
    });
  });
});
