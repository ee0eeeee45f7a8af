/** `--auto-configure`: which profile, region and account this machine works with. Names and references only, no keys. */
import { type Call, type JsonObject, ZenliteError } from "@zenlite/core";
import type { ConnectorConfig } from "./config.ts";
import { openConnector } from "./connector.ts";
import { findProfile, type Profile, readProfiles } from "./profiles.ts";

export type Given = Partial<ConnectorConfig>;

export interface Discovery {
  readonly config: JsonObject;
  /** One sentence for people about each thing found. */
  readonly found: readonly string[];
}

interface Source {
  readonly config: Given;
  readonly profile?: Profile;
  readonly found?: string;
}

/** What is given stays as it is. Throws what is wrong with the credentials that it finds, and ZENLITE_AWS_REGION_MISSING. */
export async function discover(given: Given, call: Call): Promise<Discovery> {
  const source = await findSource(given);
  const [region, from] = findRegion(given, source);
  if (region === undefined)
    throw new ZenliteError("ZENLITE_AWS_REGION_MISSING", "Neither AWS_REGION nor the profile names a region.", {
      hint: "Say it: --region=eu-central-1",
      fault: "environment",
    });
  const config: ConnectorConfig = { authMethod: "implicit", ...source.config, ...given, region };
  const found = [...(source.found === undefined ? [] : [source.found]), `Region ${region} (${from}).`];
  // A reference is resolved when the connector is opened, and not here.
  if (Object.values(config).some((value) => typeof value === "string" && value.includes("${")))
    return { config: plain(config), found };
  await using connector = await openConnector(config, process.cwd());
  const { identity } = await connector.verify(call);
  // arn:aws:sts::<account>:assumed-role/…: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
  const [, , , , accountId = ""] = identity.split(":");
  return { config: plain({ ...config, accountId }), found: [...found, `Account ${accountId}, as ${identity}.`] };
}

async function findSource(given: Given): Promise<Source> {
  const method = given.authMethod ?? methodOf(given);
  if (method !== undefined && method !== "profile" && method !== "sso" && method !== "iam-role")
    return { config: { authMethod: method } };
  if (given.accessKeyId !== undefined) return { config: { authMethod: "iam-role" } };
  const chosen = await chooseProfile(given);
  if (chosen === undefined)
    return {
      config: method === undefined ? {} : { authMethod: method },
      found: "No profile: the SDK's default chain (environment, or the role of this machine).",
    };
  const { name, from } = chosen;
  const profile = await findProfile(name, from);
  const authMethod = method ?? (profile.sso ? "sso" : "profile");
  return {
    config: { authMethod, profile: name },
    profile,
    found: `Profile "${name}" (${from})${profile.sso ? ", which signs in by SSO" : ""}.`,
  };
}

/** The method that uses what is given. */
function methodOf({
  roleArn,
  webIdentityTokenFile,
  accessKeyId,
  sessionToken,
}: Given): ConnectorConfig["authMethod"] | undefined {
  if (roleArn !== undefined) return webIdentityTokenFile === undefined ? "iam-role" : "web-identity";
  if (accessKeyId !== undefined) return sessionToken === undefined ? "secret-key" : "session-token";
  return undefined;
}

async function chooseProfile(given: Given): Promise<{ readonly name: string; readonly from: string } | undefined> {
  if (given.profile !== undefined) return { name: given.profile, from: "as given" };
  const variable = process.env["AWS_PROFILE"];
  if (variable !== undefined && variable !== "") return { name: variable, from: "AWS_PROFILE" };
  // As in the SDK's default chain, keys in the environment go before the files.
  if (process.env["AWS_ACCESS_KEY_ID"] !== undefined) return undefined;
  const names = [...(await readProfiles()).keys()];
  if (names.includes("default")) return { name: "default", from: "the default profile" };
  const [only, ...more] = names;
  if (only === undefined) return undefined;
  if (more.length === 0) return { name: only, from: "the only profile" };
  throw new ZenliteError("ZENLITE_AWS_PROFILE_AMBIGUOUS", `Which AWS profile? There are ${names.join(", ")}.`, {
    hint: `Say it: --profile=${only}`,
  });
}

function findRegion(given: Given, { profile }: Source): readonly [string | undefined, string] {
  if (given.region !== undefined) return [given.region, "as given"];
  const variable = process.env["AWS_REGION"];
  if (variable !== undefined && variable !== "") return [variable, "AWS_REGION"];
  return [profile?.region, "the profile's"];
}

/** A config without members that are undefined is JSON. */
function plain(config: ConnectorConfig): JsonObject {
  return Object.fromEntries(Object.entries(config));
}
