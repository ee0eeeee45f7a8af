// The SDK's S3 client as this store needs it. https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/s3/
import { createHash } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { type ComponentContext, type Credentials, ZenliteError } from "@zenlite/core";
import { codeOf } from "./errors.ts";
import type { Place } from "./place.ts";
import { patiently } from "./retrying.ts";

export interface S3Settings {
  readonly path: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly pathStyle?: boolean;
  readonly kmsKeyId?: string;
}

export interface Opened {
  readonly client: S3Client;
  readonly region: string;
}

const connectMilliseconds = 10_000;
/** Of silence on a connection, after which the request is sent anew. */
const silentMilliseconds = 60_000;

/** What the SDK does not repeat, though it does no harm: bytes that were changed or cut on their way, and writers that met. */
const worthRepeating = new Set([
  "BadDigest",
  "IncompleteBody",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
  "OperationAborted",
  "ConditionalRequestConflict",
]);

/** `region`: the bucket's, where it has turned out to be another than the one that was assumed. */
export async function makeClient(
  settings: S3Settings,
  { bucket }: Place,
  context: ComponentContext,
  found: string | undefined,
): Promise<Opened> {
  const { endpoint, pathStyle = endpoint !== undefined } = settings;
  const ask = context.credentials?.bind(context);
  const given = ask && (() => ask({ kind: "aws", resource: bucket, signal: context.signal }));
  // Asked for at once, as they may come with the region.
  let first = given && (await given());
  const region = settings.region ?? found ?? first?.value["region"] ?? (await regionHere());
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    retryStrategy: patiently(),
    // Each request with an Expect header would get a connection of its own.
    expectContinueHeader: false,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: connectMilliseconds, socketTimeout: silentMilliseconds },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(given === undefined
      ? {}
      : {
          credentials: async () => {
            const now = first ?? (await given());
            first = undefined;
            return identityOf(now);
          },
        }),
  });
  addTo(client);
  return { client, region };
}

/** As the SDK finds it: environment, profile. Without any, a request to this one tells where the bucket is. */
async function regionHere(): Promise<string> {
  const client = new S3Client({});
  try {
    return await client.config.region();
  } catch {
    return "us-east-1";
  } finally {
    client.destroy();
  }
}

function identityOf({ kind, value, expiresAt }: Credentials) {
  const { accessKeyId, secretAccessKey, sessionToken } = value;
  if (kind !== "aws" || accessKeyId === undefined || secretAccessKey === undefined)
    throw new ZenliteError(
      "ZENLITE_S3_NO_CREDENTIALS",
      `The connector gave credentials of kind "${kind}", not AWS keys.`,
      {
        hint: "zenlite service-connector list: the artifact store needs one of type aws.",
      },
    );
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }),
  };
}

interface HttpRequest {
  readonly headers: Record<string, string>;
}

/** https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/middleware-stack.html */
function addTo({ middlewareStack }: S3Client): void {
  middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const { headers } = args.request as HttpRequest;
        // The body's SHA-256 is known already: the signature needs no second one.
        const checksum = headers["x-amz-checksum-sha256"];
        if (checksum !== undefined) headers["x-amz-content-sha256"] = Buffer.from(checksum, "base64").toString("hex");
        // Asked for here and not by ChecksumMode, with which the SDK would check each answer on its own: what broke off and was
        // gone on with by another request is only whole for us.
        if (commandName === "GetObjectCommand") headers["x-amz-checksum-mode"] = "ENABLED";
        return next(args);
      },
    { step: "build", name: "zenliteChecksums" },
  );
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          // An answer that says yes and cannot be read was cut. The end of an upload that met another write is the caller's business.
          const cut = /^2\d\d$/.test(codeOf(error));
          const again = cut || (worthRepeating.has(codeOf(error)) && commandName !== "CompleteMultipartUploadCommand");
          // The SDK's mark for errors that pass.
          if (again && error instanceof Error) Object.assign(error, { $retryable: {} });
          throw error;
        }
      },
    { step: "finalizeRequest", priority: "low", name: "zenliteRetries" },
  );
}

/** Base64, as S3 wants it. Not by WebCrypto, which hashes beside the event loop but copies the bytes first: that takes as long. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
