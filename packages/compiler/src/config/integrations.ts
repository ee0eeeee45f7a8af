// The names that `required_integrations` and `zenlite integration` take, and the packages behind them: the one table of both.
import { suggestion } from "@zenlite/core";

export const integrations: { readonly [name: string]: readonly string[] } = {
  docker: ["@zenlite/orchestrator-docker", "@zenlite/image-builder-docker"],
  aws: [
    "@zenlite/orchestrator-aws-step",
    "@zenlite/registry-ecr",
    "@zenlite/connector-aws",
    "@zenlite/image-builder-docker",
  ],
  s3: ["@zenlite/artifact-store-s3"],
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
