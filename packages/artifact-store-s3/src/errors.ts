// What S3 and the network say, as errors that name the place, the action, and what to do next. None holds a secret.
import { isZenliteError, ZenliteError } from "@zenlite/core";

/** What was asked, for the error of a refusal. */
export interface Asked {
  readonly bucket: string;
  /** The IAM action: `s3:PutObject`. */
  readonly action: string;
  /** What the action is on, behind the bucket's ARN: an object's key; absent for the bucket itself. */
  readonly key?: string;
  /** Where the store's objects lie, for the policy that is missing. */
  readonly prefix: string;
  readonly region: string;
  readonly endpoint?: string;
}

/** The parts of an SDK's error that are looked at. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $response?: { readonly headers?: { readonly [name: string]: string } };
}

/** S3's code for the error; for an answer without one that can be read, as to HEAD, its status; for the network, Node's code. */
export function codeOf(error: unknown): string {
  const { name, code, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return typeof code === "string" ? code : name;
  if (status === 412) return "PreconditionFailed";
  return ["UnknownError", "Unknown", "Error", "SyntaxError"].includes(name) ? String(status) : name;
}

/** How many requests were sent before this answer. */
export function attemptsOf(error: unknown): number {
  return (error as SdkError).$metadata?.attempts ?? 1;
}

/** The bucket's region, where S3 says that it is another one than that of the request. */
export function regionSaid(error: unknown): string | undefined {
  const { $response, $metadata, Region } = error as SdkError;
  const wrong = [
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
  ];
  const status = $metadata?.httpStatusCode ?? 0;
  if (!wrong.includes(codeOf(error)) && status !== 301 && status !== 307 && status !== 400) return undefined;
  return $response?.headers?.["x-amz-bucket-region"] ?? (typeof Region === "string" ? Region : undefined);
}

const expired = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];
const wrongKey = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "UnrecognizedClientException"];
const noAnswer = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
];

export function isExpired(error: unknown): boolean {
  return expired.includes(codeOf(error));
}

export function explain(thrown: unknown, asked: Asked): unknown {
  if (isZenliteError(thrown) || !(thrown instanceof Error)) return thrown;
  const code = codeOf(thrown);
  const { bucket, action, key } = asked;
  const cause = withoutSecrets(thrown);
  const place = `s3://${bucket}${key === undefined ? "" : `/${key}`}`;
  const fail = (code: `ZENLITE_${string}`, message: string, hint: string): ZenliteError =>
    new ZenliteError(code, message, { hint, cause, fault: "environment" });

  if (code === "NoSuchBucket")
    return fail(
      "ZENLITE_S3_BUCKET_MISSING",
      `The bucket "${bucket}" does not exist${at(asked)}.`,
      `aws s3 mb s3://${bucket}${asked.endpoint === undefined ? ` --region ${asked.region}` : ` --endpoint-url ${asked.endpoint}`}, or set another "path" for the artifact store.`,
    );
  const region = regionSaid(thrown);
  if (region !== undefined && region !== asked.region)
    return fail(
      "ZENLITE_S3_REGION",
      `The bucket "${bucket}" is in the region ${region}, not in ${asked.region}.`,
      `Set "region: ${region}" for the artifact store, or leave region out.`,
    );
  if (code === "AccessDenied" || code === "AllAccessDisabled" || code === "403" || code === "Forbidden")
    return denied(thrown, asked, fail);
  if (expired.includes(code))
    return fail(
      "ZENLITE_S3_CREDENTIALS_EXPIRED",
      `The credentials for s3://${bucket} have expired (${action}).`,
      "aws sso login, or get new ones from where these came from.",
    );
  if (wrongKey.includes(code))
    return fail(
      "ZENLITE_S3_CREDENTIALS_WRONG",
      `S3 does not know the credentials for s3://${bucket}${at(asked)}: ${code === "SignatureDoesNotMatch" ? "the secret key does not fit the access key" : thrown.message}`,
      "aws sts get-caller-identity shows what is used; aws configure sets it.",
    );
  if (code === "CredentialsProviderError" || code === "TokenProviderError")
    return fail(
      "ZENLITE_S3_NO_CREDENTIALS",
      `There are no AWS credentials for s3://${bucket}: ${thrown.message}`,
      'aws configure; or zenlite service-connector register my_connector --type aws --auto-configure, and set "connector" for the artifact store.',
    );
  if (code === "RequestTimeTooSkewed")
    return fail(
      "ZENLITE_S3_CLOCK",
      `S3 refuses ${place}: the clock of this machine is too far off (it says ${new Date().toISOString()}).`,
      "Set the clock, best by NTP: timedatectl set-ntp true",
    );
  if (code === "SlowDown" || code === "ServiceUnavailable" || code === "503")
    return fail(
      "ZENLITE_S3_THROTTLED",
      `S3 asks to slow down, still after ${attemptsOf(thrown)} attempts (${action} on ${place}).`,
      "Try again, with fewer steps at once (max_parallel) if it persists.",
    );
  if (code === "KeyTooLongError")
    return new ZenliteError("ZENLITE_KEY_INVALID", `S3 takes no key as long as ${JSON.stringify(key)}.`, { cause });
  if (code === "NotImplemented" || code === "501")
    return fail(
      "ZENLITE_S3_UNSUPPORTED",
      `The service${at(asked)} lacks something that the artifact store needs (${action}): ${thrown.message}`,
      "It must know If-None-Match and If-Match on PutObject, and SHA-256 checksums.",
    );
  if (noAnswer.includes(code) || code === "TimeoutError" || code === "AggregateError")
    return fail(
      "ZENLITE_S3_UNREACHABLE",
      `S3 does not answer${at(asked)} (${action} on ${place}): ${thrown.message || code}`,
      asked.endpoint === undefined
        ? `Look at the network and the region (${asked.region}).`
        : `curl -i ${asked.endpoint}, or set another "endpoint" for the artifact store.`,
    );
  return fail("ZENLITE_S3_FAILED", `${action} on ${place}: ${code}: ${thrown.message}`, `aws s3 ls s3://${bucket}`);
}

/** S3 names action and resource where it can; else they are those of the request. */
function denied(
  { message }: Error,
  asked: Asked,
  fail: (code: `ZENLITE_${string}`, message: string, hint: string) => ZenliteError,
): ZenliteError {
  const bucket = `arn:aws:s3:::${asked.bucket}`;
  const said =
    /not authorized to perform: (?<action>[\w-]+:\w+) on (?:the )?resource:? "?(?<resource>arn:[^"\s]+)/.exec(message);
  const action = said?.groups?.["action"] ?? asked.action;
  const resource = said?.groups?.["resource"] ?? (asked.key === undefined ? bucket : `${bucket}/${asked.key}`);
  // A policy for one object would help with this object alone.
  const wide = resource.startsWith(`${bucket}/`) ? `${bucket}/${asked.prefix}*` : resource;
  const statement = JSON.stringify({ Effect: "Allow", Action: action, Resource: wide });
  return fail(
    "ZENLITE_S3_DENIED",
    `Access denied: ${action} on ${resource}.`,
    `Add to the policy of the role or user in use: ${statement} (unless the bucket belongs to another account; then choose another "path").`,
  );
}

function at({ endpoint }: Asked): string {
  return endpoint === undefined ? "" : ` at ${endpoint}`;
}

/** The SDK's error holds the whole answer, and S3 repeats a session token in some of them. */
function withoutSecrets(error: Error): Error {
  const plain = new Error(error.message);
  plain.name = codeOf(error);
  if (error.stack !== undefined) plain.stack = error.stack;
  return plain;
}
