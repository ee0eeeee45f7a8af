// The flavors that zenlite publishes: only for saying what to install.
import type { ComponentType } from "../components.ts";

const published: readonly { readonly type: ComponentType; readonly name: string; readonly package: string }[] = [
  { type: "orchestrator", name: "docker", package: "@zenlite/orchestrator-docker" },
  { type: "orchestrator", name: "aws-step", package: "@zenlite/orchestrator-aws-step" },
  { type: "artifact-store", name: "s3", package: "@zenlite/artifact-store-s3" },
  { type: "container-registry", name: "aws", package: "@zenlite/registry-ecr" },
  { type: "container-registry", name: "oci", package: "@zenlite/registry-oci" },
  { type: "image-builder", name: "docker", package: "@zenlite/image-builder-docker" },
  { type: "service-connector", name: "aws", package: "@zenlite/connector-aws" },
];

/** The names of the published flavors of a type. */
export function publishedFlavors(type: ComponentType): readonly string[] {
  return published.filter((flavor) => flavor.type === type).map((flavor) => flavor.name);
}

/** The package that ships a flavor. */
export function publishedPackage(type: ComponentType, name: string): string | undefined {
  return published.find((flavor) => flavor.type === type && flavor.name === name)?.package;
}

/** The published package that somebody means who left out the scope (`orchestrator-docker`), or gave only the flavor's name. */
export function packageFor(name: string): string | undefined {
  return published.find((flavor) => flavor.package === `@zenlite/${name}` || flavor.name === name)?.package;
}
