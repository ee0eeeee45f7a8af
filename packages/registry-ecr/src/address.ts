/** Which account and region an ECR registry belongs to: its host says it. Pure. */
import { ZenliteError } from "@zenlite/core";
import { partitionOf } from "./aws-error.ts";
import { parseRegistry, type RegistryAddress } from "./image-reference.ts";

export interface RegistryConfig {
  readonly uri: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly expireUntaggedDays: number;
}

export interface EcrAddress extends RegistryAddress {
  readonly region: string;
  /** Absent for a simulator, whose registry has a host of its own. */
  readonly account?: string;
  readonly fips: boolean;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html, and its dual-stack endpoints */
const ecrHost =
  /^(?<account>\d{12})\.dkr[.-]ecr(?<fips>-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws)$/u;

/** Throws ZENLITE_CONFIG_INVALID. */
export function parseAddress({ uri, region, endpoint }: RegistryConfig): EcrAddress {
  const registry = parseRegistry(uri);
  const found = ecrHost.exec(registry.host)?.groups;
  const fail = (message: string, hint: string): never => {
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", message, { hint });
  };
  if (found !== undefined) {
    const { account = "", fips } = found;
    const named = found["region"] ?? "";
    if (region !== undefined && region !== named)
      fail(`region is ${region}, but uri is a registry in ${named}.`, "Remove region: uri says it.");
    return { ...registry, account, region: named, fips: fips !== undefined };
  }
  if (registry.host === "public.ecr.aws")
    fail(`${uri} is the public gallery: this flavor keeps images in an account's own registry.`, example);
  if (endpoint === undefined)
    return fail(`uri: ${JSON.stringify(uri)} is no registry of ECR.`, `${example} For any other registry: flavor: oci`);
  if (region === undefined)
    return fail("A simulator's registry does not name its region.", "Add region, for example: region: us-east-1");
  return { ...registry, region, fips: false };
}

const example =
  "Write <account>.dkr.ecr.<region>.amazonaws.com[/prefix], for example 123456789012.dkr.ecr.eu-central-1.amazonaws.com";

export function arnOf({ region, account }: EcrAddress, repository: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${account ?? "*"}:repository/${repository}`;
}

/** The name inside the registry of a repository that images are named by. Throws ZENLITE_IMAGE_REFERENCE_INVALID. */
export function nameOf({ prefix }: EcrAddress, repository: string): string {
  const name = `${prefix}${repository}`;
  // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
  if (name.length >= 2 && name.length <= 256 && /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/u.test(name)) return name;
  throw new ZenliteError(
    "ZENLITE_IMAGE_REFERENCE_INVALID",
    `${JSON.stringify(name)} is no name of an ECR repository: 2 to 256 lower-case letters, digits and single . _ - / between them.`,
  );
}
