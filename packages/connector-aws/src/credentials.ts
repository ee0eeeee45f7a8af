/** Credentials by each of the ways to sign in, through the SDK's own providers, kept until they are about to expire. */
import { resolve } from "node:path";
import {
  fromIni,
  fromNodeProviderChain,
  fromSSO,
  fromTemporaryCredentials,
  fromTokenFile,
} from "@aws-sdk/credential-providers";
import { explainAws } from "./aws-error.ts";
import type { ConnectorConfig } from "./config.ts";
import { findProfile } from "./profiles.ts";
import { explainRole } from "./role-error.ts";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type Provider = (options?: { readonly forceRefresh?: boolean }) => Promise<Keys>;

/** As the SDK's clients refresh theirs. */
const earlyMilliseconds = 300_000;

/** Throws ZenliteErrors. */
export function openCredentials(config: ConnectorConfig, folder: string): Provider {
  return keepUntilExpiry(async () => {
    try {
      await checkProfile(config);
      return await signIn(config, folder);
    } catch (error) {
      const profile = profileOf(config);
      throw config.roleArn === undefined
        ? explainAws(error, { action: "sts:GetSessionToken", resource: "*", profile })
        : explainRole(error, { ...config, roleArn: config.roleArn }, profile);
    }
  });
}

/**
 * Asks again five minutes before expiry, at once when called with `forceRefresh`, and every time where the source gives no expiry: tools
 * rewrite ~/.aws/credentials, and reading it is cheap. The SDK's own memory fails in those five minutes as soon as one renewal does.
 */
function keepUntilExpiry(fetch: () => Promise<Keys>): Provider {
  let kept: Keys | undefined;
  let pending: Promise<Keys> | undefined;
  const lasts = (milliseconds: number): boolean =>
    kept?.expiration !== undefined && kept.expiration.getTime() - Date.now() > milliseconds;
  const renew = async (): Promise<Keys> => {
    try {
      return (kept = await fetch());
    } finally {
      pending = undefined;
    }
  };
  return async ({ forceRefresh = false } = {}) => {
    if (kept !== undefined && !forceRefresh && lasts(earlyMilliseconds)) return kept;
    try {
      return await (pending ??= renew());
    } catch (error) {
      if (kept !== undefined && !forceRefresh && lasts(0)) return kept;
      throw error;
    }
  };
}

/**
 * Providers are made anew at each turn: the default chain's own memory would give the old credentials once more while it fetches others.
 * https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-credential-providers/
 */
function signIn(config: ConnectorConfig, folder: string): Promise<Keys> {
  const { region, profile, roleArn = "", sessionPolicy, sessionDurationSeconds } = config;
  const endpoint = config.endpoint === undefined ? {} : { endpoint: config.endpoint };
  // The region goes to STS only: given as the client's, the portal of SSO would be looked for there, too.
  const parent = region === undefined ? {} : { parentClientConfig: { region } };
  const files = { ...parent, clientConfig: endpoint, ignoreCache: true };
  const session = {
    ...(sessionPolicy === undefined ? {} : { policy: JSON.stringify(sessionPolicy) }),
    ...(sessionDurationSeconds === undefined ? {} : { durationSeconds: sessionDurationSeconds }),
  };
  const named = profile === undefined ? {} : { profile };
  switch (config.authMethod) {
    case "implicit":
      return fromNodeProviderChain(files)();
    case "profile":
      return fromIni({ ...files, ...named })();
    case "sso":
      return fromSSO({ ...files, ...named })();
    case "secret-key":
      return Promise.resolve(givenKeys(config));
    case "session-token":
      return config.sessionToken === undefined ? fetchSessionToken(config) : Promise.resolve(givenKeys(config));
    case "iam-role":
      return fromTemporaryCredentials({
        masterCredentials:
          config.accessKeyId !== undefined
            ? givenKeys(config)
            : profile === undefined
              ? fromNodeProviderChain(files)
              : fromIni({ ...files, ...named }),
        clientConfig: { ...endpoint, ...named, ...(region === undefined ? {} : { region }) },
        params: {
          RoleArn: roleArn,
          RoleSessionName: sessionName,
          ...(config.externalId === undefined ? {} : { ExternalId: config.externalId }),
          ...(session.policy === undefined ? {} : { Policy: session.policy }),
          ...(session.durationSeconds === undefined ? {} : { DurationSeconds: session.durationSeconds }),
        },
      })();
    case "web-identity":
      return fromTokenFile({
        ...parent,
        ...session,
        clientConfig: endpoint,
        roleArn,
        roleSessionName: sessionName,
        webIdentityTokenFile: resolve(folder, config.webIdentityTokenFile ?? ""),
      })();
  }
}

/** Stands in the ARN of every session, and so in the account's audit log. */
const sessionName = "zenlite";

function givenKeys({ accessKeyId = "", secretAccessKey = "", sessionToken }: ConnectorConfig): Keys {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
async function fetchSessionToken(config: ConnectorConfig): Promise<Keys> {
  const { GetSessionTokenCommand, STSClient } = await import("@aws-sdk/client-sts");
  const { region, endpoint, sessionDurationSeconds } = config;
  const client = new STSClient({
    credentials: givenKeys(config),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  try {
    const duration = sessionDurationSeconds === undefined ? {} : { DurationSeconds: sessionDurationSeconds };
    const { Credentials } = await client.send(new GetSessionTokenCommand(duration));
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = Credentials ?? {};
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...(Expiration === undefined ? {} : { expiration: Expiration }),
    };
  } finally {
    client.destroy();
  }
}

export function profileOf({ authMethod, profile }: ConnectorConfig): string | undefined {
  return profile ?? (authMethod === "implicit" ? process.env["AWS_PROFILE"] : undefined);
}

async function checkProfile(config: ConnectorConfig): Promise<void> {
  const { authMethod, profile } = config;
  if (profile !== undefined) await findProfile(profile, "profile of the connector");
  const variable = process.env["AWS_PROFILE"];
  if (authMethod === "implicit" && variable !== undefined && variable !== "")
    await findProfile(variable, "AWS_PROFILE");
}
