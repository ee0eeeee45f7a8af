/** What a connector can list and look at: each kind with its calls, their actions in a policy, and its ARN. */
import { isZenliteError, suggestion, ZenliteError } from "@zenlite/core";
import { partitionOf } from "./aws-error.ts";
import type { Session } from "./session.ts";

interface Kind {
  /** Ids, page by page. */
  pages(session: Session, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** Looks at one. Throws where it is not there, or not for these credentials. */
  probe(session: Session, id: string, account: string, signal: AbortSignal): Promise<unknown>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html, API_ListObjectsV2.html */
const bucket: Kind = {
  async *pages({ options, ask }, signal) {
    const { ListBucketsCommand, S3Client } = await import("@aws-sdk/client-s3");
    const client = new S3Client({ ...options, forcePathStyle: options.endpoint !== undefined });
    const asked = { action: "s3:ListAllMyBuckets", resource: "*" };
    yield* eachPage(client, async (token) => {
      const command = new ListBucketsCommand({ MaxBuckets: 1000, ...token("ContinuationToken") });
      const answer = await ask(client, asked, () => client.send(command, { abortSignal: signal }), signal);
      return { ids: (answer.Buckets ?? []).map(({ Name }) => Name), next: answer.ContinuationToken };
    });
  },
  async probe({ options, ask }, id, _account, signal) {
    const { ListObjectsV2Command, S3Client } = await import("@aws-sdk/client-s3");
    const forcePathStyle = options.endpoint !== undefined;
    const client = new S3Client({ ...options, forcePathStyle, followRegionRedirects: true });
    const asked = { action: "s3:ListBucket", resource: `arn:${partitionOf(options.region ?? "")}:s3:::${id}` };
    const command = new ListObjectsV2Command({ Bucket: id, MaxKeys: 1 });
    await closing(
      client,
      ask(client, asked, () => client.send(command, { abortSignal: signal }), signal),
    );
  },
};

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html */
const repository: Kind = {
  async *pages({ options, ask }, signal) {
    const { DescribeRepositoriesCommand, ECRClient } = await import("@aws-sdk/client-ecr");
    const client = new ECRClient(options);
    const asked = { action: "ecr:DescribeRepositories", resource: "*" };
    yield* eachPage(client, async (token) => {
      const command = new DescribeRepositoriesCommand({ maxResults: 1000, ...token("nextToken") });
      const answer = await ask(client, asked, () => client.send(command, { abortSignal: signal }), signal);
      return { ids: (answer.repositories ?? []).map(({ repositoryName }) => repositoryName), next: answer.nextToken };
    });
  },
  async probe({ options, ask }, id, account, signal) {
    const { DescribeRepositoriesCommand, ECRClient } = await import("@aws-sdk/client-ecr");
    const client = new ECRClient(options);
    const { region = "" } = options;
    const resource = `arn:${partitionOf(region)}:ecr:${region || "*"}:${account}:repository/${id}`;
    const asked = { action: "ecr:DescribeRepositories", resource };
    const command = new DescribeRepositoriesCommand({ repositoryNames: [id] });
    await closing(
      client,
      ask(client, asked, () => client.send(command, { abortSignal: signal }), signal),
    );
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html, API_DescribeStateMachine.html */
const stateMachine: Kind = {
  async *pages({ options, ask }, signal) {
    const { ListStateMachinesCommand, SFNClient } = await import("@aws-sdk/client-sfn");
    const client = new SFNClient(options);
    const asked = { action: "states:ListStateMachines", resource: "*" };
    yield* eachPage(client, async (token) => {
      const command = new ListStateMachinesCommand({ maxResults: 1000, ...token("nextToken") });
      const answer = await ask(client, asked, () => client.send(command, { abortSignal: signal }), signal);
      return {
        ids: (answer.stateMachines ?? []).map(({ stateMachineArn }) => stateMachineArn),
        next: answer.nextToken,
      };
    });
  },
  async probe({ options, ask }, id, _account, signal) {
    const { DescribeStateMachineCommand, SFNClient } = await import("@aws-sdk/client-sfn");
    const client = new SFNClient(options);
    const asked = { action: "states:DescribeStateMachine", resource: id };
    const command = new DescribeStateMachineCommand({ stateMachineArn: id });
    await closing(
      client,
      ask(client, asked, () => client.send(command, { abortSignal: signal }), signal),
    );
  },
};

const kinds: { readonly [kind: string]: Kind } = {
  "s3-bucket": bucket,
  "ecr-repository": repository,
  "state-machine": stateMachine,
};

/** Throws ZENLITE_RESOURCE_KIND_UNKNOWN. */
function kindOf(kind: string): Kind {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (found !== undefined) return found;
  throw new ZenliteError(
    "ZENLITE_RESOURCE_KIND_UNKNOWN",
    `The connector knows no resources of kind "${kind}".${suggestion(kind, Object.keys(kinds))}`,
  );
}

export async function* listResources(
  session: Session,
  kind: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly kind: string; readonly id: string }> {
  for await (const ids of kindOf(kind).pages(session, signal)) for (const id of ids) yield { kind, id };
}

/** Throws ZENLITE_RESOURCE_NOT_FOUND, or what AWS says against looking at it. */
export async function probeResource(
  session: Session,
  account: string,
  { kind, id }: { readonly kind: string; readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    await kindOf(kind).probe(session, id, account, signal);
  } catch (error) {
    const name = isZenliteError(error) && error.cause instanceof Error ? error.cause.name : "";
    if (!missing.has(name)) throw error;
    throw new ZenliteError("ZENLITE_RESOURCE_NOT_FOUND", `There is no ${kind} "${id}" (${name}).`, {
      hint: `zenlite service-connector list-resources --resource-type ${kind}`,
      cause: error,
    });
  }
}

const missing = new Set(["NoSuchBucket", "RepositoryNotFoundException", "StateMachineDoesNotExist", "InvalidArn"]);

/** From the first page to the last, or as far as somebody reads; then the client is closed. */
async function* eachPage(
  client: Closable,
  fetch: (
    token: (key: string) => { readonly [key: string]: string },
  ) => Promise<{ readonly ids: readonly (string | undefined)[]; readonly next: string | undefined }>,
): AsyncGenerator<readonly string[]> {
  try {
    let next: string | undefined;
    do {
      const from = next;
      const page = await fetch((key) => (from === undefined ? {} : { [key]: from }));
      yield page.ids.filter((id) => id !== undefined);
      // Some services end with an empty token.
      next = page.next === "" ? undefined : page.next;
    } while (next !== undefined);
  } finally {
    client.destroy();
  }
}

interface Closable {
  destroy(): void;
}

async function closing(client: Closable, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } finally {
    client.destroy();
  }
}
