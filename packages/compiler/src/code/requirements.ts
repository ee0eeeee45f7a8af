// `settings.docker.requirements` and `required_integrations`: names that must be among the project's own packages.
import { join } from "node:path";
import { suggestion } from "@zenlite/core";
import { packagesOfIntegration } from "../config/integrations.ts";
import type { FieldPath } from "@zenlite/core/config";
import type { Problems } from "../config/problems.ts";
import { isLocked, type Lock } from "./lock.ts";
import { readManifest, type Package, type Packages } from "./packages.ts";

/** A name and where it was written. */
export interface Requirement {
  readonly name: string;
  readonly path: FieldPath;
  readonly problems: Problems;
}

/** The packages that are named. What is wrong is reported and left out. */
export function resolveRequirements(
  requirements: readonly Requirement[],
  projectFolder: string,
  packages: Packages,
  lock: Lock | undefined,
): readonly Package[] {
  const manifest = readManifest(join(projectFolder, "package.json")) ?? {};
  const declared = [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ];
  const found = new Map<string, Package>();
  for (const { name: written, path, problems } of requirements) {
    const [, name, version] = /^((?:@[a-z0-9~._-]+\/)?[a-z0-9~._-]+)(?:@([^@]+))?$/i.exec(written) ?? [];
    if (name === undefined) {
      problems.invalid(
        path,
        `"${written}" is no name of an npm package`,
        "Write the name alone: its version is the one in package.json.",
      );
      continue;
    }
    if (!declared.includes(name)) {
      problems.invalid(
        path,
        `"${name}" is not in the project's package.json.${suggestion(name, declared)}`,
        `npm install ${name}`,
      );
      continue;
    }
    if (lock !== undefined && !isLocked(lock, name, projectFolder)) {
      problems.invalid(path, `"${name}" is not in ${lock.file}`, "npm install");
      continue;
    }
    const installed = packages.find(name, projectFolder);
    if (installed === undefined) problems.invalid(path, `"${name}" is not installed`, "npm install");
    else if (version !== undefined && version !== installed.version)
      problems.invalid(
        path,
        `"${written}" is not what is installed (${installed.version})`,
        `Write "${name}": its version is the one in package.json.`,
      );
    else found.set(name, installed);
  }
  return [...found.values()];
}

/** Integrations are zenlite's own packages: they must be installed, and nothing of them enters the code. */
export function checkIntegrations(
  integrations: readonly Requirement[],
  projectFolder: string,
  packages: Packages,
): void {
  for (const { name, path, problems } of integrations) {
    const known = packagesOfIntegration(name);
    if ("problem" in known) {
      problems.invalid(path, known.problem);
      continue;
    }
    const missing = known.packages.filter((wanted) => packages.find(wanted, projectFolder) === undefined);
    if (missing.length > 0)
      problems.invalid(path, `integration "${name}" is not installed`, `npm install ${missing.join(" ")}`);
  }
}

/** `libsvm-js@0.2.1` → `libsvm-js`. */
export function bareName(requirement: string): string {
  return requirement.replace(/(?<=.)@[^@]*$/, "");
}
