// The SDK's client for one bucket: made when first needed, in the bucket's region, with credentials that are renewed.
import type { S3Client } from "@aws-sdk/client-s3";
import type { ComponentContext, Credentials } from "@zenlite/core";
import { makeClient, type Opened, type S3Settings } from "./client.ts";
import { attemptsOf, codeOf, explain, isExpired, regionSaid } from "./errors.ts";
import { type Place, parsePath } from "./place.ts";

interface Request<Output> {
  /** The IAM action, for errors. */
  readonly action: string;
  /** The object's whole key; absent for the bucket itself. */
  readonly key?: string;
  readonly signal: AbortSignal;
  send(client: S3Client, options: { readonly abortSignal: AbortSignal }): Promise<Output>;
}

/** A refusal that the caller expected: S3's code for it, and how many requests were sent before it came. */
export interface Refused {
  readonly refused: string;
  readonly attempts: number;
}

export interface Connection extends AsyncDisposable {
  readonly place: Place;
  readonly kmsKeyId: string | undefined;
  /** True once S3 has answered in a way that it does not where there is no bucket. */
  readonly bucketSeen: boolean;
  /** Throws the signal's reason, or a ZenliteError. */
  ask<Output>(request: Request<Output>): Promise<Output>;
  /** As `ask`; refusals with one of the codes are returned. */
  try<Output extends object>(request: Request<Output>, expected: readonly string[]): Promise<Output | Refused>;
  /** What the SDK or S3 says, as an error for people. */
  explain(error: unknown, request: { readonly action: string; readonly key?: string }): unknown;
  credentials(signal: AbortSignal): Promise<Credentials>;
}

export function isRefused(answer: object): answer is Refused {
  return "refused" in answer;
}

export function connect(settings: S3Settings, context: ComponentContext): Connection {
  const place = parsePath(settings.path);
  const clients = new Set<S3Client>();
  let opening: Promise<Opened> | undefined;
  let region = settings.region ?? "us-east-1";
  let bucketSeen = false;

  function open(found?: string): Promise<Opened> {
    const made = makeClient(settings, place, context, found).then((opened) => {
      clients.add(opened.client);
      region = opened.region;
      return opened;
    });
    // What failed is tried anew by the next request: a connector may answer then.
    opening = made;
    made.catch(() => {
      if (opening === made) opening = undefined;
    });
    return made;
  }

  /** `renewed`: after newer credentials. `moved`: to the bucket's region. Each once. */
  async function attempt<Output>(
    request: Request<Output>,
    { renewed = false, moved = false }: { readonly renewed?: boolean; readonly moved?: boolean } = {},
  ): Promise<Output> {
    request.signal.throwIfAborted();
    const { client, region: asked } = await (opening ?? open());
    try {
      const output = await request.send(client, { abortSignal: request.signal });
      bucketSeen = true;
      return output;
    } catch (error) {
      request.signal.throwIfAborted();
      const actual = regionSaid(error);
      // Where nobody has said a region, the bucket's own is found out, once. The SDK's own way of following does so for each
      // request, by changing its configuration, which parallel requests would see.
      const free = settings.region === undefined && settings.endpoint === undefined;
      if (free && !moved && actual !== undefined && actual !== asked) {
        if ((await (opening ?? open())).region !== actual) await open(actual);
        return attempt(request, { renewed, moved: true });
      }
      if (renewed || !isExpired(error)) throw error;
      await client.config.credentials({ forceRefresh: true });
      return attempt(request, { renewed: true, moved });
    }
  }

  const explained: Connection["explain"] = (error, request) =>
    explain(error, { ...place, ...settings, ...request, region });

  return {
    place,
    kmsKeyId: settings.kmsKeyId,
    get bucketSeen() {
      return bucketSeen;
    },
    explain: explained,
    async ask(request) {
      try {
        return await attempt(request);
      } catch (error) {
        request.signal.throwIfAborted();
        throw explained(error, request);
      }
    },
    async try(request, expected) {
      try {
        return await attempt(request);
      } catch (error) {
        request.signal.throwIfAborted();
        const refused = codeOf(error);
        if (!expected.includes(refused)) throw explained(error, request);
        if (refused === "NoSuchKey" || refused === "PreconditionFailed") bucketSeen = true;
        return { refused, attempts: attemptsOf(error) };
      }
    },
    async credentials(signal) {
      signal.throwIfAborted();
      try {
        const opened = await (opening ?? open());
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = await opened.client.config.credentials();
        return {
          kind: "aws",
          // The region too: what the profile on this machine says is unknown in a container.
          value: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }), region },
          ...(expiration === undefined ? {} : { expiresAt: expiration.toISOString() }),
        };
      } catch (error) {
        throw explained(error, { action: "s3:*" });
      }
    },
    async [Symbol.asyncDispose]() {
      await opening?.catch(() => undefined);
      for (const client of clients) client.destroy();
    },
  };
}
