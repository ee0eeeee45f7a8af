// Temporary projects with configuration files and flavor packages, and errors in a form that tests can compare.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { onTestFinished } from "vitest";
import { loadConfig, listErrors, type Builtin, type Config, type Environment } from "@zenlite/core/config";
import { ZenliteError } from "@zenlite/core";

const core = new URL("../../src/index.ts", import.meta.url).href;

/** A flavor module's text; `fields` are added to the object. */
export function flavorModule(type: string, name: string, fields = ""): string {
  return `import { defineSchema } from ${JSON.stringify(core)};
    export default { contract: 1, type: "${type}", name: "${name}",
      config: defineSchema({
        baseImage: { type: "string", default: "node:24-slim" },
        maxParallel: { type: "integer", minimum: 1 },
        environment: { type: "object", additionalProperties: { type: "string" } },
        hostConfig: { type: "object", properties: { shmSize: { type: "integer" } }, additionalProperties: false },
        extraMounts: { type: "array", items: { type: "object", properties: { hostPath: { type: "string" } }, required: ["hostPath"] } },
      }),
      supports: () => ({ hostFolders: true, platforms: [], local: false }),
      open: async (config, context) => ({ config, context, async [Symbol.asyncDispose]() {} }),
      ${fields} };`;
}

/** The files of an installed flavor package with one flavor. */
export function flavorPackage(packageName: string, type: string, name: string, fields = ""): Record<string, string> {
  const folder = `node_modules/${packageName}`;
  return {
    [`${folder}/package.json`]: JSON.stringify({
      name: packageName,
      version: "1.2.3",
      type: "module",
      exports: { ".": "./index.js" },
      zenliteFlavors: { contract: 1, flavors: [{ type, name, module: "." }] },
    }),
    [`${folder}/index.js`]: flavorModule(type, name, fields),
  };
}

/** A project with the given files; its folder is removed after the test. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "zenlite-config-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFiles(folder, { "package.json": '{"name": "project", "type": "module"}', ...files });
  return folder;
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const localFlavor = (type: string, supports: object): Promise<unknown> =>
  Promise.resolve({
    contract: 1,
    type,
    name: "local",
    config: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) => ({ value }),
        jsonSchema: { input: () => ({ type: "object", properties: { path: { type: "string" } } }), output: () => ({}) },
      },
    },
    supports: () => supports,
    open: () => Promise.resolve({ async [Symbol.asyncDispose]() {} }),
  });

export const builtins: readonly Builtin[] = [
  {
    type: "orchestrator",
    name: "local",
    packageName: "@zenlite/orchestrator-local",
    moduleFile: "/nowhere/orchestrator-local.js",
    load: () => localFlavor("orchestrator", { hostFolders: true }),
  },
  {
    type: "artifact-store",
    name: "local",
    packageName: "@zenlite/artifact-store-local",
    moduleFile: "/nowhere/artifact-store-local.js",
    load: () => localFlavor("artifact-store", { local: true, folder: "/nowhere/store" }),
  },
];

export function load(folder: string, environment: Environment = {}): Promise<Config> {
  return loadConfig(folder, { builtins, environment });
}

/** What a promise was rejected with, one error at a time. */
export async function errorsOf(attempt: Promise<unknown>): Promise<readonly ZenliteError[]> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof ZenliteError) return listErrors(error);
    throw error;
  }
  throw new Error("nothing was refused");
}

/** `ZENLITE_CODE file:line:column message`, with paths from the project's folder. */
export function summary(folder: string, errors: readonly ZenliteError[]): readonly string[] {
  return errors.map(({ code, where, message }) => {
    const file = where?.file === undefined ? "-" : relative(folder, where.file);
    const place = [file, where?.line, where?.column].filter((part) => part !== undefined).join(":");
    return `${code} ${place} ${message.replaceAll(`${folder}/`, "")}`;
  });
}

/** The summary of what loading a `.zenliterc` (and other files) refuses. */
export async function refusals(rc: string, files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = await makeProject({ ".zenliterc": rc, ...files });
  return summary(folder, await errorsOf(load(folder)));
}
