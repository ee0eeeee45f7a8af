// The user's code, from its cache or bundled: where it lies, what is in it, what each step depends on.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isJsonObject, type CodeReference, type Json } from "@zenlite/core";
import { throwTogether } from "@zenlite/core/config";
import { folderNameOf, linkNatives, stageCode } from "../folders/code-folder.ts";
import { memoryFile, recall, remember } from "../folders/memory.ts";
import { inPlace, type Staged } from "../folders/staging.ts";
import { takeListings, takeStamps } from "../folders/stamps.ts";
import { compilerVersions } from "../versions.ts";
import { fingerprintSteps, type StepFingerprint } from "./fingerprint.ts";
import { imagePackagesOf, type ImagePackages } from "./image-packages.ts";
import { findLock } from "./lock.ts";
import { createModules } from "./modules.ts";
import { createPackages } from "./packages.ts";
import { buildCode } from "./build.ts";
import { bareName, checkIntegrations, resolveRequirements, type Requirement } from "./requirements.ts";

export interface UserCodeRequest {
  /** Real path of the module. */
  readonly entry: string;
  /** Real path. */
  readonly projectFolder: string;
  readonly stateFolder: string;
  readonly conditions: readonly string[];
  readonly requirements: readonly Requirement[];
  readonly integrations: readonly Requirement[];
  readonly registerAll: boolean;
  /** Names of required packages and integrations as far as they are known before tracing: part of the cache's question. */
  readonly asked: readonly string[];
}

/** What is known of a bundle; plain data, as the cache keeps it. */
export interface CodeFacts {
  readonly reference: CodeReference;
  readonly natives: readonly { readonly name: string; readonly version: string; readonly folder: string }[];
  readonly image: ImagePackages | null;
  /** `<module>#<export>` of every step → what it depends on. */
  readonly fingerprints: { readonly [step: string]: StepFingerprint };
  readonly requirements: readonly string[];
  readonly registerAll: boolean;
  readonly notices: readonly string[];
}

export interface UserCode {
  readonly staged: Staged;
  readonly registerAll: boolean;
  /** Names that were left out of the bundle because they are required. */
  readonly requirements: readonly string[];
  /** `steps`: the exports that the loaded bundle has. */
  facts(steps: readonly string[]): Promise<CodeFacts>;
  /** Keeps what was found out for the next time. */
  remember(): Promise<void>;
}

/** Throws what the project's packages or the bundler have against it; nothing stays behind then. */
export async function prepareUserCode(request: UserCodeRequest): Promise<UserCode> {
  const file = memoryFile(request.stateFolder, questionOf(request));
  return fromMemory(file, request) ?? (await bundle(file, request));
}

function questionOf(request: UserCodeRequest): Json {
  return {
    entry: request.entry,
    project: request.projectFolder,
    conditions: request.conditions,
    asked: request.asked,
    versions: compilerVersions(),
  };
}

function fromMemory(file: string, request: UserCodeRequest): UserCode | undefined {
  const facts = recall(file, isCodeFacts);
  if (facts === undefined || (request.registerAll && !facts.registerAll)) return undefined;
  if (request.requirements.some(({ name }) => !facts.requirements.includes(bareName(name)))) return undefined;
  const folder = join(request.stateFolder, "cache", "code", folderNameOf(facts.reference));
  if (!existsSync(join(folder, "app", "code.mjs"))) return undefined;
  linkNatives(folder, facts.natives);
  return {
    staged: inPlace(folder),
    registerAll: facts.registerAll,
    requirements: facts.requirements,
    facts: () => Promise.resolve(facts),
    remember: () => Promise.resolve(),
  };
}

async function bundle(file: string, request: UserCodeRequest): Promise<UserCode> {
  const { projectFolder, conditions, registerAll, stateFolder } = request;
  const since = Date.now();
  const packages = createPackages();
  const modules = createModules(projectFolder, packages);
  const lock = findLock(projectFolder);
  const requirements = resolveRequirements(request.requirements, projectFolder, packages, lock);
  checkIntegrations(request.integrations, projectFolder, packages);
  const sources = new Set([...request.requirements, ...request.integrations].map(({ problems }) => problems));
  throwTogether([...sources].flatMap(({ errors }) => errors));
  const build = await buildCode({ entry: request.entry, modules, packages, requirements, conditions, registerAll });
  const folder = await stageCode(build, packages, stateFolder);
  let facts: CodeFacts | undefined;
  return {
    staged: folder.staged,
    registerAll,
    requirements: requirements.map(({ name }) => name),
    async facts(steps) {
      const files = new Map(build.inputs.map((input) => [modules.labelOf(input), input]));
      const moduleOf = (step: string): string | undefined => files.get(step.slice(0, step.lastIndexOf("#")));
      const known = steps.flatMap((step) => {
        const module = moduleOf(step);
        return module === undefined ? [] : [[step, module] as const];
      });
      const fingerprints = await fingerprintSteps({
        modules,
        packages,
        conditions,
        steps: new Map(known),
        requirements,
      });
      facts = {
        reference: folder.reference,
        natives: folder.natives.map(({ name, version, folder }) => ({ name, version, folder })),
        image: folder.natives.length === 0 ? null : imagePackagesOf(folder.natives, lock, projectFolder, packages),
        fingerprints: Object.fromEntries(fingerprints),
        requirements: requirements.map(({ name }) => name),
        registerAll,
        notices: build.notices,
      };
      return facts;
    },
    async remember() {
      if (facts === undefined) return;
      const own = build.inputs.filter((input) => modules.ownerOf(input).kind !== "installed");
      const stamps = takeStamps(
        [
          ...build.inputs,
          ...folder.copied,
          ...packages.looked,
          join(projectFolder, "package.json"),
          ...(lock === undefined ? [] : [lock.file]),
          ...installRecords(projectFolder),
        ],
        since,
      );
      if (stamps !== undefined) await remember(file, stamps, takeListings(own.map(dirname)), facts);
    },
  };
}

/** What npm rewrites with every install, here and above: a package may be found nearer than before. */
function installRecords(projectFolder: string): readonly string[] {
  const records: string[] = [];
  for (let folder = projectFolder; ; folder = dirname(folder)) {
    records.push(join(folder, "node_modules", ".package-lock.json"));
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return records;
  }
}

function isCodeFacts(value: unknown): value is CodeFacts {
  return (
    isJsonObject(value) &&
    isJsonObject(value["reference"]) &&
    isJsonObject(value["fingerprints"]) &&
    Array.isArray(value["natives"]) &&
    Array.isArray(value["requirements"]) &&
    Array.isArray(value["notices"])
  );
}
