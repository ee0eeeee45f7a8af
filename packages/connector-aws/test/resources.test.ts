// Buckets, repositories and state machines: all of them, however many pages they fill.
import { randomUUID } from "node:crypto";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { account, endpoint, onAws, region } from "./aws-here.ts";
import { all, call, failure, inEmptyHome, openConnector } from "./bench.ts";
import { type Answer, type Asked, openProxy } from "./proxy.ts";

const keys = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret+access/key+0123456789abcd" };
const config = { authMethod: "secret-key", ...keys };
const options = { endpoint, region, credentials: keys, forcePathStyle: true };

inEmptyHome();

/** The simulator knows no pages of buckets and repositories: so the proxy makes three of each, out of what there was at first. */
function inPages(): (asked: Asked) => Promise<Answer | undefined> {
  const first = new Map<string, Answer>();
  const answerOf = async (kind: string, forward: () => Promise<Answer>): Promise<Answer> => {
    const answer = first.get(kind) ?? (await forward());
    first.set(kind, answer);
    return answer;
  };
  return async ({ path, headers, body, forward }) => {
    if (headers["x-amz-target"]?.toString().endsWith("DescribeRepositories") === true) {
      const answer = await answerOf("repositories", forward);
      const { nextToken = "0" } = JSON.parse(body) as { readonly nextToken?: string };
      const { repositories } = JSON.parse(answer.body) as { readonly repositories: readonly unknown[] };
      const { page, next } = third(repositories, Number(nextToken));
      const rest = next === undefined ? {} : { nextToken: String(next) };
      return { ...answer, body: JSON.stringify({ repositories: page, ...rest }) };
    }
    if (!path.includes("x-id=ListBuckets")) return undefined;
    const answer = await answerOf("buckets", forward);
    const from = Number(new URL(path, endpoint).searchParams.get("continuation-token") ?? "0");
    const { page, next } = third(answer.body.match(/<Bucket>.*?<\/Bucket>/gsu) ?? [], from);
    const token = next === undefined ? "" : `<ContinuationToken>${next}</ContinuationToken>`;
    return {
      ...answer,
      body: `<ListAllMyBucketsResult><Buckets>${page.join("")}</Buckets>${token}</ListAllMyBucketsResult>`,
    };
  };
}

function third<Item>(items: readonly Item[], from: number): { readonly page: readonly Item[]; readonly next?: number } {
  const to = from + Math.ceil(items.length / 3);
  return { page: items.slice(from, to), ...(to < items.length ? { next: to } : {}) };
}

onAws("resources", () => {
  test("are listed from the first page to the last", async () => {
    const names = Array.from({ length: 5 }, () => `zenlite-${randomUUID()}`);
    const s3 = new S3Client(options);
    const ecr = new ECRClient(options);
    for (const name of names) {
      const CreateBucketConfiguration = { LocationConstraint: region } as const;
      await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
      await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
    }
    await using proxy = await openProxy(endpoint, inPages());
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    expect(await all(connector, "s3-bucket")).toEqual(expect.arrayContaining(names));
    expect(await all(connector, "ecr-repository")).toEqual(expect.arrayContaining(names));
    expect(proxy.asked).toHaveLength(6);
  });

  test("state machines are listed over the simulator's own pages", async () => {
    const names = Array.from({ length: 5 }, () => `zenlite-${randomUUID()}`);
    const sfn = new SFNClient(options);
    const definition = JSON.stringify({ StartAt: "a", States: { a: { Type: "Succeed" } } });
    const roleArn = `arn:aws:iam::${account}:role/machine`;
    for (const name of names) await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    await using proxy = await openProxy(endpoint, ({ body, forward }) =>
      body.includes('"maxResults":1000') ? forward(body.replace(":1000", ":2")) : undefined,
    );
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    const found = await all(connector, "state-machine");
    expect(found).toEqual(
      expect.arrayContaining(names.map((name) => `arn:aws:states:${region}:${account}:stateMachine:${name}`)),
    );
    expect(new Set(found).size).toBe(found.length);
    expect(proxy.asked.length).toBeGreaterThanOrEqual(3);
  });

  test("of a kind that is not known are refused, with the nearest", async () => {
    await using connector = await openConnector({ ...config, endpoint });
    expect(await failure(all(connector, "s3_bucket"))).toMatchObject({
      code: "ZENLITE_RESOURCE_KIND_UNKNOWN",
      message: expect.stringContaining('Did you mean "s3-bucket"?'),
    });
  });

  test("are looked at one by one: there, and not there", async () => {
    const name = `zenlite-${randomUUID()}`;
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await new S3Client(options).send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
    await new ECRClient(options).send(new CreateRepositoryCommand({ repositoryName: name }));
    await using connector = await openConnector({ ...config, endpoint });
    const identity = { identity: expect.stringContaining(account) };
    for (const kind of ["s3-bucket", "ecr-repository"]) {
      expect(await connector.verify({ ...call, resource: { kind, id: name } })).toEqual(identity);
      const missing = connector.verify({ ...call, resource: { kind, id: `${name}-not` } });
      expect(await failure(missing, keys.secretAccessKey)).toMatchObject({
        code: "ZENLITE_RESOURCE_NOT_FOUND",
        message: expect.stringContaining(`${name}-not`),
        hint: expect.stringContaining(kind),
      });
    }
    const id = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    expect(await failure(connector.verify({ ...call, resource: { kind: "state-machine", id } }))).toMatchObject({
      code: "ZENLITE_RESOURCE_NOT_FOUND",
    });
  });
});
