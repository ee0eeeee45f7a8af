/** Why a role could not be assumed, with what its trust policy and its caller lack. */
import { hasCode, messageOf, ZenliteError } from "@zenlite/core";
import { explainAws, policyStatement } from "./aws-error.ts";
import type { ConnectorConfig } from "./config.ts";

/** AWS does not say which side is missing, nor whether the role exists: only the two together let a role be assumed. */
export function explainRole(
  error: unknown,
  { authMethod, roleArn, externalId, webIdentityTokenFile }: ConnectorConfig & { readonly roleArn: string },
  profile: string | undefined,
): unknown {
  const web = authMethod === "web-identity";
  const action = web ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole";
  if (web && tokenFileCodes.some((code) => hasCode(error, code)))
    return new ZenliteError("ZENLITE_AWS_TOKEN_FILE", `The web identity token cannot be read: ${messageOf(error)}`, {
      cause: error,
      fault: "environment",
      hint: `Check web_identity_token_file: ls -l ${webIdentityTokenFile ?? ""}`,
    });
  const explained = explainAws(error, { action, resource: roleArn, profile });
  if (!(explained instanceof ZenliteError)) return explained;
  if (web && explained.code === "ZENLITE_AWS_EXPIRED")
    return new ZenliteError("ZENLITE_AWS_EXPIRED", `The token in ${webIdentityTokenFile ?? ""} has expired.`, {
      fault: "environment",
      hint: "Let the identity provider write a new one.",
    });
  // What is denied may also be a call on the way to the role, by its source profile.
  if (explained.code !== "ZENLITE_AWS_DENIED" || !explained.message.includes(`${action} on ${roleArn}`))
    return explained;
  const [, caller = "the caller"] = /User: (\S+) is not/u.exec(messageOf(error)) ?? [];
  const condition = externalId === undefined ? {} : { Condition: { StringEquals: { "sts:ExternalId": externalId } } };
  const principal = web ? { Federated: "<ARN of the identity provider>" } : { AWS: caller };
  const trust = JSON.stringify({ Effect: "Allow", Principal: principal, Action: action, ...condition });
  const own = web ? "" : ` And a policy of ${caller}: ${policyStatement(action, roleArn)}`;
  return new ZenliteError("ZENLITE_AWS_ROLE_DENIED", `AWS does not let ${caller} assume ${roleArn} (${action}).`, {
    cause: explained.cause,
    fault: "environment",
    hint: `The role must exist, and its trust policy must hold: ${trust}${own}`,
  });
}

const tokenFileCodes = ["ENOENT", "EACCES", "EISDIR", "ENOTDIR"];
