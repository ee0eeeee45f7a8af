/** What AWS or its SDK throws, in people's words and with the policy line that is missing. The same file serves connector-aws and registry-ecr. */
import { hasCode, isJsonObject, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";

/** What was asked of AWS: its answer to a denied call does not always say it. */
export interface Asked {
  /** As policies name it: `ecr:DescribeRepositories`. */
  readonly action: string;
  /** An ARN, or `*` where the action knows no resources. */
  readonly resource: string;
  /** The profile that the credentials come from, for the command that mends them. */
  readonly profile?: string | undefined;
}

/** A ZenliteError for everything known; the error itself for what is no failure of AWS. No message, hint or cause holds a key. */
export function explainAws(error: unknown, asked: Asked): unknown {
  if (isZenliteError(error) || !(error instanceof Error)) return error;
  const about = { cause: withoutAnswer(error), fault: "environment" } as const;
  const name = nameOf(error);
  if (denials.has(name)) return explainDenial(error, asked);
  // AWS repeats what was signed in these answers, session token and all: neither message nor cause is kept.
  if (wrongKeys.has(name))
    return new ZenliteError("ZENLITE_AWS_KEY_WRONG", `AWS does not accept ${wrongKeys.get(name)} (${name}).`, {
      hint: `Look at the keys of ${source(asked)}: a key that was deleted, deactivated or cut short, or a secret of another key.`,
      fault: "environment",
    });
  if (isExpired(error))
    return new ZenliteError("ZENLITE_AWS_EXPIRED", `The session token of ${source(asked)} has expired (${name}).`, {
      hint: "Get new temporary credentials where these came from (aws sso login, aws sts assume-role, your company's tool).",
      fault: "environment",
    });
  if (clockErrors.has(name))
    return new ZenliteError(
      "ZENLITE_AWS_CLOCK",
      `AWS refuses ${asked.action}: this machine's clock is wrong (${name}).`,
      {
        ...about,
        hint: "timedatectl set-ntp true",
      },
    );
  if (name === "CredentialsProviderError" || name === "TokenProviderError") return explainProvider(error, asked);
  if (error.message.startsWith("Region is missing"))
    return new ZenliteError("ZENLITE_AWS_REGION_MISSING", `No AWS region is known for ${asked.action}.`, {
      ...about,
      hint: "Set region in .zenliterc (for example eu-central-1), or: export AWS_REGION=eu-central-1",
    });
  if (throttles.has(name))
    return new ZenliteError("ZENLITE_AWS_THROTTLED", `AWS answers ${asked.action} with ${name}, again and again.`, {
      ...about,
      hint: "Wait a minute and try again.",
    });
  const status = statusOf(error);
  if (error.message.includes("Deserialization error") && status !== undefined)
    return new ZenliteError(
      "ZENLITE_AWS_UNREACHABLE",
      `Something other than AWS answers ${asked.action}: HTTP ${status}, and not in AWS's form.`,
      { ...about, hint: "Look for a proxy or firewall on the way, and at endpoint (AWS_ENDPOINT_URL) if one is set." },
    );
  if (isUnreachable(error))
    return new ZenliteError(
      "ZENLITE_AWS_UNREACHABLE",
      `AWS cannot be reached for ${asked.action}: ${causeOf(error)}.`,
      {
        ...about,
        hint: "Check the network, the region's name and endpoint (AWS_ENDPOINT_URL) if one is set.",
      },
    );
  return new ZenliteError("ZENLITE_AWS_FAILED", `AWS refuses ${asked.action}: ${name}: ${error.message}`, about);
}

/** True where the credentials were good once: asking for new ones may help. */
export function isExpired(error: unknown): boolean {
  return error instanceof Error && expirations.has(nameOf(error));
}

/** One statement of an IAM policy, to paste. */
export function policyStatement(action: string, resource: string): string {
  return JSON.stringify({ Effect: "Allow", Action: action, Resource: resource });
}

/** `aws`, or the name of the other partition that the region is in. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function explainDenial(error: Error, asked: Asked): ZenliteError {
  const said = denial.exec(error.message)?.groups;
  const action = said?.["action"] ?? asked.action;
  const resource = said?.["resource"] ?? asked.resource;
  const who = said?.["principal"] ?? "the caller";
  const why = said?.["why"] ?? "";
  const statement = policyStatement(action, resource);
  return new ZenliteError("ZENLITE_AWS_DENIED", `AWS denies ${action} on ${resource} to ${who}.`, {
    hint: /explicit deny/u.test(why)
      ? `It is denied explicitly (${why}): that policy must change, allowing it in another one does not help.`
      : /no session policy/u.test(why)
        ? `The session policy leaves it out. Add to session_policy: ${statement}`
        : /permissions boundary/u.test(why)
          ? `The permissions boundary leaves it out. Add to it: ${statement}`
          : `Add to a policy of ${who}: ${statement}`,
    cause: withoutAnswer(error),
    fault: "environment",
  });
}

const denial =
  /User: (?<principal>\S+) is not authorized to perform: (?<action>[\w-]+:\w+)(?: on resource: (?<resource>\S+?(?=\.?(?:\s|$))))?(?: (?<why>(?:because|with) .*))?/su;

/** The SDK's providers say what happened only in their text. */
function explainProvider(error: Error, asked: Asked): ZenliteError {
  const about = { cause: withoutAnswer(error), fault: "environment" } as const;
  const { message } = error;
  const [, unknown] = /Could not resolve credentials using profile: \[(.*?)\]/u.exec(message) ?? [];
  const profile = unknown ?? asked.profile;
  const option = profile === undefined ? "" : ` --profile ${profile}`;
  if (/aws sso login|SSO session|UnauthorizedException|InvalidGrantException/u.test(message))
    return new ZenliteError(
      "ZENLITE_AWS_SSO_EXPIRED",
      `The SSO session of ${source(asked)} has expired or was never begun.`,
      {
        ...about,
        hint: `aws sso login${option}`,
      },
    );
  if (/multi-factor/u.test(message))
    return new ZenliteError(
      "ZENLITE_AWS_MFA",
      `${capital(source(asked))} asks for a code of a second factor at every use.`,
      {
        ...about,
        hint: `Sign in beforehand and use that session: aws sts get-session-token${option} --serial-number … --token-code …`,
      },
    );
  if (unknown !== undefined)
    return new ZenliteError("ZENLITE_AWS_CREDENTIALS_MISSING", `The AWS profile "${unknown}" gives no credentials.`, {
      ...about,
      hint: `aws configure --profile ${unknown}, or: aws configure sso --profile ${unknown}`,
    });
  if (/Could not load credentials|metadata|Web identity configuration/iu.test(message))
    return new ZenliteError("ZENLITE_AWS_CREDENTIALS_MISSING", "There are no AWS credentials on this machine.", {
      ...about,
      hint: "aws configure sso (or aws configure), then: zenlite service-connector register <name> --type aws --auto-configure",
    });
  return new ZenliteError("ZENLITE_AWS_CREDENTIALS_MISSING", `No credentials from ${source(asked)}: ${message}`, {
    ...about,
    hint: `aws sts get-caller-identity${option}`,
  });
}

/** The SDK's errors carry the whole answer, and AWS repeats keys in some: name and message are enough. */
function withoutAnswer(error: Error): Error {
  const plain = new Error(error.message);
  plain.name = nameOf(error);
  if (error.stack !== undefined) plain.stack = error.stack;
  return plain;
}

/** Older protocols say `Code`; the class of the SDK has the name where it knows the error. */
function nameOf(error: Error): string {
  const code = "Code" in error && typeof error.Code === "string" ? error.Code : undefined;
  return error.name === "Error" && code !== undefined ? code : error.name;
}

function statusOf(error: Error): number | undefined {
  const metadata = "$metadata" in error && isJsonObject(error.$metadata) ? error.$metadata : {};
  const { httpStatusCode } = metadata;
  return typeof httpStatusCode === "number" ? httpStatusCode : undefined;
}

function source({ profile }: Asked): string {
  return profile === undefined ? "these credentials" : `the profile "${profile}"`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Node says nothing at all where every address of a host refused, and the cause lies within. */
function causeOf(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return error.message !== "" || inner === undefined ? messageOf(error) : messageOf(inner);
}

function isUnreachable(error: Error): boolean {
  return error.name === "TimeoutError" || networkCodes.some((code) => hasCode(error, code));
}

const networkCodes = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH"];
const denials = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"]);
const expirations = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"]);
const clockErrors = new Set(["RequestTimeTooSkewed", "RequestInTheFuture"]);
const throttles = new Set([
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "SlowDown",
  "RequestLimitExceeded",
]);
const noKey = "the access key id: it knows none like it";
const noSignature = "the signature: the secret access key is not that of the access key id";
const wrongKeys = new Map([
  ["InvalidClientTokenId", noKey],
  ["InvalidAccessKeyId", noKey],
  ["UnrecognizedClientException", noKey],
  ["InvalidToken", "the session token"],
  ["SignatureDoesNotMatch", noSignature],
  ["InvalidSignatureException", noSignature],
  ["IncompleteSignature", "the signature"],
  ["IncompleteSignatureException", "the signature"],
]);
