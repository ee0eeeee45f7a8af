/** The connector's configuration, and which of its fields each way to sign in needs. Pure. */
import { combineErrors, defineSchema, type JsonObject, ZenliteError } from "@zenlite/core";

export interface ConnectorConfig {
  readonly authMethod: AuthMethod;
  readonly region?: string;
  readonly accountId?: string;
  readonly profile?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly roleArn?: string;
  readonly externalId?: string;
  readonly sessionPolicy?: JsonObject;
  readonly sessionDurationSeconds?: number;
  readonly webIdentityTokenFile?: string;
  readonly endpoint?: string;
}

type AuthMethod = (typeof authMethods)[number];

const authMethods = ["implicit", "profile", "secret-key", "session-token", "iam-role", "sso", "web-identity"] as const;

// JSON Schema's word for what is never shown again; editors and `describe` know it.
const secret = { type: "string", minLength: 1, writeOnly: true } as const;

export const config = defineSchema({
  authMethod: {
    enum: authMethods,
    default: "implicit",
    description:
      "implicit: the SDK's default chain (environment, shared files, the machine's role). profile, sso: a profile of ~/.aws/config. secret-key: the keys of an IAM user. session-token: temporary keys, or keys of an IAM user that are exchanged for temporary ones. iam-role: a role, assumed with any of these. web-identity: a role, assumed with the token of an identity provider.",
  },
  region: {
    type: "string",
    pattern: "^[a-z]{2}(-[a-z]+)+-\\d+$",
    examples: ["eu-central-1"],
    description: "Region of repositories and state machines; AWS_REGION or the profile's where not given.",
  },
  accountId: {
    type: "string",
    pattern: "^\\d{12}$",
    examples: ["123456789012"],
    description: "The account that the credentials must belong to: verify refuses those of another one.",
  },
  profile: { type: "string", minLength: 1, description: "A profile of ~/.aws/config or ~/.aws/credentials." },
  accessKeyId: { ...secret, description: "Write a reference, ${secret:aws.access_key_id}, never the key itself." },
  secretAccessKey: {
    ...secret,
    description: "Write a reference, ${secret:aws.secret_access_key}, never the key itself.",
  },
  sessionToken: { ...secret, description: "Write a reference, ${secret:aws.session_token}, never the token itself." },
  roleArn: {
    type: "string",
    pattern: "^arn:aws[a-z-]*:iam::\\d{12}:role/.+$",
    examples: ["arn:aws:iam::123456789012:role/zenlite"],
    description: "The role to assume.",
  },
  externalId: { type: "string", minLength: 2, description: "What the role's trust policy asks for as sts:ExternalId." },
  sessionPolicy: {
    type: "object",
    additionalProperties: true,
    description: "An IAM policy that narrows the role's rights for this connector.",
  },
  sessionDurationSeconds: {
    type: "integer",
    minimum: 900,
    maximum: 43_200,
    description:
      "How long a session lasts before it is renewed; AWS's own default, one hour for roles, where not given.",
  },
  webIdentityTokenFile: {
    type: "string",
    minLength: 1,
    description:
      "File with the identity provider's token, read again at each renewal. Relative to the file that names it.",
  },
  endpoint: {
    type: "string",
    pattern: "^https?://",
    examples: ["http://127.0.0.1:5000"],
    description: "Address of a simulator that stands for all of AWS; AWS_ENDPOINT_URL does the same.",
  },
});

type Field = Exclude<keyof ConnectorConfig, "authMethod" | "region" | "accountId" | "endpoint">;

/** What each method cannot do without, and what it may have besides. */
const fields: {
  readonly [Method in AuthMethod]: { readonly needs: readonly Field[]; readonly takes: readonly Field[] };
} = {
  implicit: { needs: [], takes: [] },
  profile: { needs: ["profile"], takes: [] },
  sso: { needs: ["profile"], takes: [] },
  "secret-key": { needs: ["accessKeyId", "secretAccessKey"], takes: [] },
  "session-token": {
    needs: ["accessKeyId", "secretAccessKey"],
    takes: ["sessionToken", "sessionDurationSeconds"],
  },
  "iam-role": {
    needs: ["roleArn"],
    takes: [
      "externalId",
      "sessionPolicy",
      "sessionDurationSeconds",
      "profile",
      "accessKeyId",
      "secretAccessKey",
      "sessionToken",
    ],
  },
  "web-identity": {
    needs: ["roleArn", "webIdentityTokenFile"],
    takes: ["sessionPolicy", "sessionDurationSeconds"],
  },
};

const allFields = [...new Set(Object.values(fields).flatMap(({ needs, takes }) => [...needs, ...takes]))];

/** Throws ZENLITE_CONFIG_INVALID with everything that does not fit the method. */
export function checkMethod(config: ConnectorConfig): void {
  const { authMethod } = config;
  const { needs, takes } = fields[authMethod];
  const invalid = (message: string, hint: string): ZenliteError =>
    new ZenliteError("ZENLITE_CONFIG_INVALID", message, { hint });
  const missing = needs
    .filter((field) => config[field] === undefined)
    .map((field) =>
      invalid(`auth_method ${authMethod} needs ${snake(field)}.`, `${snake(field)}: ${exampleOf(field)}`),
    );
  const idle = allFields
    .filter((field) => config[field] !== undefined && ![...needs, ...takes].includes(field))
    .map((field) => {
      const users = authMethods.filter((method) => [...fields[method].needs, ...fields[method].takes].includes(field));
      return invalid(
        `auth_method ${authMethod} has no use for ${snake(field)}.`,
        `Remove ${snake(field)}, or set auth_method to ${users.join(" or ")}.`,
      );
    });
  // A key without its secret is of no use where both may be left out, too.
  const half =
    authMethod === "iam-role" && (config.accessKeyId === undefined) !== (config.secretAccessKey === undefined)
      ? [
          invalid(
            "access_key_id and secret_access_key belong together.",
            "Give both, or neither for the default chain.",
          ),
        ]
      : [];
  const both =
    authMethod === "iam-role" && config.profile !== undefined && config.accessKeyId !== undefined
      ? [invalid("Both profile and access_key_id say who assumes the role.", "Remove one of them.")]
      : [];
  const [first, ...rest] = [...missing, ...idle, ...half, ...both];
  if (first !== undefined) throw combineErrors([first, ...rest]);
}

function exampleOf(field: Field): string {
  if (field === "roleArn") return "arn:aws:iam::123456789012:role/zenlite";
  if (field === "profile") return "the name of a profile (aws configure list-profiles)";
  return field === "webIdentityTokenFile" ? "/run/secrets/identity-token" : `\${secret:aws.${snake(field)}}`;
}

function snake(field: string): string {
  return field.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
