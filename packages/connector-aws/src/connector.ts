/** Signs in to AWS and says what these credentials reach. */
import { type Credentials, type ServiceConnector, suggestion, ZenliteError } from "@zenlite/core";
import { untilAborted } from "./abort.ts";
import type { ConnectorConfig } from "./config.ts";
import { openCredentials } from "./credentials.ts";
import { findProfile } from "./profiles.ts";
import { listResources, probeResource } from "./resources.ts";
import { openSession } from "./session.ts";

/** Relative paths of the configuration start at `folder`. */
export async function openConnector(
  config: ConnectorConfig,
  folder: string,
): Promise<ServiceConnector & AsyncDisposable> {
  const provider = openCredentials(config, folder);
  const session = openSession(config, provider);

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: it needs no permission. */
  async function identify(signal: AbortSignal): Promise<{ readonly identity: string; readonly account: string }> {
    const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
    const client = new STSClient(session.options);
    try {
      const asked = { action: "sts:GetCallerIdentity", resource: "*" };
      const send = () => client.send(new GetCallerIdentityCommand(), { abortSignal: signal });
      const { Arn = "", Account = "" } = await session.ask(client, asked, send, signal);
      return { identity: Arn, account: Account };
    } finally {
      client.destroy();
    }
  }

  /** With the region where the connector knows it: what this machine's profile says is unknown in a container. */
  async function give(): Promise<Credentials> {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provider();
    const region = config.region ?? (config.profile && (await findProfile(config.profile, "profile")).region);
    return {
      kind: "aws",
      value: {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        ...(region === undefined ? {} : { region }),
      },
      ...(expiration === undefined ? {} : { expiresAt: expiration.toISOString() }),
    };
  }

  return {
    async verify({ signal, resource }) {
      const { identity, account } = await identify(signal);
      if (config.accountId !== undefined && account !== config.accountId)
        throw new ZenliteError(
          "ZENLITE_AWS_ACCOUNT_WRONG",
          `The credentials are those of ${identity}, but account_id says ${config.accountId}.`,
          {
            hint: "Sign in to the other account, or change account_id or profile of the connector.",
            fault: "environment",
          },
        );
      if (resource !== undefined) await probeResource(session, account, resource, signal);
      return { identity };
    },
    resources: (kind, { signal }) => listResources(session, kind, signal),
    async credentials({ kind }, { signal }) {
      if (kind !== "aws")
        throw new ZenliteError(
          "ZENLITE_CREDENTIALS_UNSUPPORTED",
          `The connector "aws" has no credentials of kind "${kind}".${suggestion(kind, ["aws"])}`,
        );
      return untilAborted(give(), signal);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
