/** The profiles of ~/.aws/config and ~/.aws/credentials, by name. Their keys are not looked at. */
import { loadSharedConfigFiles } from "@smithy/core/config";
import { suggestion, ZenliteError } from "@zenlite/core";

/** What a profile says besides its keys. */
export interface Profile {
  readonly sso: boolean;
  readonly region?: string;
}

/** AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say where. Files that are not there hold nothing. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
export async function readProfiles(): Promise<ReadonlyMap<string, Profile>> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const profiles = new Map<string, Profile>();
  for (const name of [...Object.keys(configFile), ...Object.keys(credentialsFile)]) {
    // The file's other sections, `[sso-session x]` and `[services x]`, come as names with a dot in front of theirs.
    if (/^(?:sso-session|services)\./u.test(name)) continue;
    const { region, sso_session, sso_start_url } = { ...credentialsFile[name], ...configFile[name] };
    profiles.set(name, {
      sso: sso_session !== undefined || sso_start_url !== undefined,
      ...(region === undefined ? {} : { region }),
    });
  }
  return profiles;
}

/** Throws ZENLITE_AWS_PROFILE_UNKNOWN. `from` says who named it. */
export async function findProfile(name: string, from: string): Promise<Profile> {
  const profiles = await readProfiles();
  const found = profiles.get(name);
  if (found !== undefined) return found;
  throw new ZenliteError(
    "ZENLITE_AWS_PROFILE_UNKNOWN",
    `There is no AWS profile "${name}" (${from}).${suggestion(name, [...profiles.keys()])}`,
    { hint: "aws configure list-profiles", fault: "environment" },
  );
}
