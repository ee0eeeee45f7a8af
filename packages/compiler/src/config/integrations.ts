// The names that `required_integrations` (and `integration install`) take, and the packages behind them.
import { suggestion } from "@zenlite/core";

export const integrations: { readonly [name: string]: readonly string[] } = {
  docker: ["@zenlite/orchestrator-docker", "@zenlite/image-builder-docker"],
  s3: ["@zenlite/artifact-store-s3"],
  aws: ["@zenlite/orchestrator-aws-step", "@zenlite/connector-aws", "@zenlite/registry-ecr"],
  oci: ["@zenlite/registry-oci"],
};

/** The packages of an integration, or why there are none. */
export function packagesOfIntegration(
  name: string,
): { readonly packages: readonly string[] } | { readonly problem: string } {
  const packages = Object.hasOwn(integrations, name) ? integrations[name] : undefined;
  if (packages !== undefined) return { packages };
  return { problem: `unknown integration ${JSON.stringify(name)}.${suggestion(name, Object.keys(integrations))}` };
}
