// The names that a project has, looked up without importing a flavor that is not zenlite's own.
import {
  checkComponent,
  findComponent,
  findStack,
  openCheck,
  openComponent,
  readConfig,
  readSecretsFile,
  secretsFile,
  type Config,
} from "@zenlite/core/config";
import { builtins } from "../../../client/builtins.ts";
import type { Candidate, Names } from "./wanted.ts";

const mostRuns = 50;

/** Throws what reading the project throws; a file with mistakes gives the names that could be read. */
export async function lookUp(names: Names, stack: string | undefined): Promise<readonly Candidate[]> {
  if (names.kind === "files") return [];
  if (names.kind === "secrets")
    return [...readSecretsFile(secretsFile(process.env))].map(([value, keys]) => ({
      value,
      description: [...keys.keys()].join(", "),
    }));
  if (names.kind === "integrations") {
    const { integrations } = await import("@zenlite/compiler");
    return Object.entries(integrations).map(([value, packages]) => ({ value, description: packages.join(", ") }));
  }
  const { config } = await readConfig(process.cwd(), { builtins, environment: process.env });
  switch (names.kind) {
    case "stacks":
      return config.stacks.map(({ name, components }) => ({
        value: name,
        description: Object.values(components).join(", "),
      }));
    case "components":
      return config.components
        .filter(({ type }) => type === names.type)
        .map(({ name, flavor }) => ({ value: name, description: `flavor ${flavor}` }));
    case "flavors":
      return config.flavors
        .filter(({ type }) => names.type === undefined || type === names.type)
        .map(({ name, type, package: packageName, module }) => ({
          value: name,
          description: `${type}, ${packageName ?? module}`,
        }));
    case "runs":
      return newestRuns(config, stack);
  }
}

/** Of a store in a folder of this machine: to ask any other takes its SDK and the network. */
async function newestRuns(config: Config, stackName: string | undefined): Promise<readonly Candidate[]> {
  const stack = await findStack(config, stackName);
  const name = stack.components["artifact-store"];
  const declaration = name === undefined ? undefined : findComponent(config, "artifact-store", name);
  const source = config.flavors.find((each) => each.type === "artifact-store" && each.name === declaration?.flavor);
  if (declaration === undefined || source?.builtin !== true) return [];
  const { component } = await checkComponent(config, "artifact-store", declaration, openCheck(true));
  if (component === undefined) return [];
  const { readRunSummaries } = await import("@zenlite/records");
  const { signal } = new AbortController();
  const log = { info: () => {}, warn: () => {} };
  await using store = await openComponent(component, { where: "client", signal, log });
  const runs = await readRunSummaries(store, { limit: mostRuns }, { signal });
  return runs.map(({ id, pipeline, status }) => ({ value: id, description: `${pipeline}, ${status}` }));
}
