/** The calls to ECR's API that a registry needs, with AWS's refusals in people's words. */
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { type Call, type ComponentContext, isZenliteError } from "@zenlite/core";
import { arnOf, type EcrAddress } from "./address.ts";
import { explainAws, isExpired } from "./aws-error.ts";
import type { Login } from "./distribution.ts";

export interface Token extends Login {
  /** ISO 8601. */
  readonly expiresAt?: string;
}

/** Every call throws ZenliteErrors; where AWS denies it: ZENLITE_AWS_DENIED. */
export interface Api {
  exists(name: string, call: Call): Promise<boolean>;
  /** False where it was there already. */
  create(name: string, call: Call): Promise<boolean>;
  /** Undefined where the repository has none. */
  readPolicy(name: string, call: Call): Promise<string | undefined>;
  writePolicy(name: string, policy: string, call: Call): Promise<void>;
  token(call: Call): Promise<Token>;
  close(): void;
}

export function openApi(
  address: EcrAddress,
  endpoint: string | undefined,
  { credentials, signal }: Pick<ComponentContext, "credentials" | "signal">,
): Api {
  const owner = address.account === undefined ? {} : { registryId: address.account };
  const client = new ECRClient({
    region: address.region,
    useFipsEndpoint: address.fips,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
    ...(endpoint === undefined ? {} : { endpoint }),
    // Without a connector: the SDK's default chain.
    ...(credentials === undefined
      ? {}
      : {
          credentials: async () => {
            const { value, expiresAt } = await credentials({ kind: "aws", resource: arnOf(address, "*"), signal });
            const { accessKeyId = "", secretAccessKey = "", sessionToken } = value;
            return {
              accessKeyId,
              secretAccessKey,
              ...(sessionToken === undefined ? {} : { sessionToken }),
              ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }),
            };
          },
        }),
  });

  /** A second time with new credentials where AWS calls the first ones expired. */
  async function ask<Answer>(action: string, name: string, call: Call, send: () => Promise<Answer>): Promise<Answer> {
    try {
      try {
        return await send();
      } catch (error) {
        if (!isExpired(error)) throw error;
        await client.config.credentials({ forceRefresh: true });
        return await send();
      }
    } catch (error) {
      call.signal.throwIfAborted();
      throw explainAws(error, { action, resource: name === "*" ? name : arnOf(address, name) });
    }
  }

  return {
    /** By name, not page by page. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html */
    async exists(name, call) {
      const command = new DescribeRepositoriesCommand({ ...owner, repositoryNames: [name] });
      const asking = ask("ecr:DescribeRepositories", name, call, () =>
        client.send(command, { abortSignal: call.signal }),
      );
      return (await unless("RepositoryNotFoundException", asking)) !== undefined;
    },

    /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
    async create(name, call) {
      const command = new CreateRepositoryCommand({
        ...owner,
        repositoryName: name,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
      });
      const asking = ask("ecr:CreateRepository", name, call, () => client.send(command, { abortSignal: call.signal }));
      return (await unless("RepositoryAlreadyExistsException", asking)) !== undefined;
    },

    /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html */
    async readPolicy(name, call) {
      const command = new GetLifecyclePolicyCommand({ ...owner, repositoryName: name });
      const asking = ask("ecr:GetLifecyclePolicy", name, call, () =>
        client.send(command, { abortSignal: call.signal }),
      );
      return (await unless("LifecyclePolicyNotFoundException", asking))?.lifecyclePolicyText;
    },

    /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html */
    async writePolicy(name, lifecyclePolicyText, call) {
      const command = new PutLifecyclePolicyCommand({ ...owner, repositoryName: name, lifecyclePolicyText });
      await ask("ecr:PutLifecyclePolicy", name, call, () => client.send(command, { abortSignal: call.signal }));
    },

    /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
    async token(call) {
      const command = new GetAuthorizationTokenCommand();
      const { authorizationData } = await ask("ecr:GetAuthorizationToken", "*", call, () =>
        client.send(command, { abortSignal: call.signal }),
      );
      const { authorizationToken = "", expiresAt } = authorizationData?.[0] ?? {};
      const text = Buffer.from(authorizationToken, "base64").toString("utf8");
      const colon = text.indexOf(":");
      const [username, password] = [text.slice(0, colon), text.slice(colon + 1)];
      return { username, password, ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }) };
    },

    close: () => client.destroy(),
  };
}

/** Undefined where AWS answers with that error, which is an answer too. */
async function unless<Answer>(name: string, asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isZenliteError(error) && error.cause instanceof Error && error.cause.name === name) return undefined;
    throw error;
  }
}
