// The runner: supervisor, entrypoint and the stack's artifact store as bundles. It changes with versions only.
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import type { BuildOptions, Metafile, StdinOptions } from "esbuild";
import { dirname, join } from "node:path";
import { ZenliteError, isJsonObject, messageOf, type Digest } from "@zenlite/core";
import { hexOf } from "@zenlite/records";
import { bundleOptions, labelsOf } from "../code/build.ts";
import { canonicalCode } from "../code/canonical.ts";
import type { FileEntry } from "../code/carried.ts";
import { createModules } from "../code/modules.ts";
import { createPackages } from "../code/packages.ts";
import { compilerVersions } from "../versions.ts";
import { memoryFile, recall, remember } from "./memory.ts";
import { inPlace, stage, writeEntries, type Staged } from "./staging.ts";
import { takeListings, takeStamps } from "./stamps.ts";
import { digestOfTar } from "./tar.ts";

export interface RunnerRequest {
  readonly projectFolder: string;
  readonly stateFolder: string;
  /** The artifact-store flavor's module, absolute. */
  readonly storeModule: string;
  /** Names the flavor in errors. */
  readonly storeName: string;
  readonly conditions: readonly string[];
}

export interface Runner {
  readonly digest: Digest;
  readonly staged: Staged;
  remember(): Promise<void>;
}

interface RunnerFacts {
  readonly digest: Digest;
}

const names = ["supervisor", "entrypoint", "store"] as const;

export async function prepareRunner(request: RunnerRequest): Promise<Runner> {
  const require = createRequire(import.meta.url);
  const modules = {
    supervisor: realpathSync(require.resolve("@zenlite/runtime/supervisor")),
    entrypoint: realpathSync(require.resolve("@zenlite/runtime/entrypoint")),
    store: realpathSync(request.storeModule),
  };
  const file = memoryFile(request.stateFolder, {
    runner: modules,
    project: request.projectFolder,
    conditions: request.conditions,
    versions: compilerVersions(),
  });
  const facts = recall(file, isRunnerFacts);
  const place = facts === undefined ? undefined : join(request.stateFolder, "cache", "runner", hexOf(facts.digest));
  if (facts !== undefined && place !== undefined && existsSync(join(place, "supervisor.mjs")))
    return { digest: facts.digest, staged: inPlace(place), remember: () => Promise.resolve() };
  return bundleRunner(file, modules, request);
}

async function bundleRunner(
  file: string,
  entries: { readonly [Name in (typeof names)[number]]: string },
  request: RunnerRequest,
): Promise<Runner> {
  const since = Date.now();
  const packages = createPackages();
  const modules = createModules(request.projectFolder, packages);
  const { build } = await import("esbuild");
  const inputs: string[] = [];
  const bundle = (entry: Pick<BuildOptions, "entryPoints" | "stdin">) =>
    build({
      ...bundleOptions(request.projectFolder, request.conditions),
      ...entry,
      outfile: "runner.mjs",
      sourcemap: false,
      metafile: true,
      write: false,
    });
  const files = await Promise.all(
    [...names].sort().map(async (name): Promise<FileEntry> => {
      try {
        const first = await bundle({ entryPoints: [entries[name]] });
        const early = name === "store" ? opening(first.metafile, request.projectFolder, entries[name]) : [];
        const result = early.length === 0 ? first : await bundle({ stdin: storeEntry(entries[name], early) });
        const labels = labelsOf(result.metafile, modules);
        inputs.push(...[...labels.keys()].map((path) => join(request.projectFolder, path)));
        const code = canonicalCode(result.outputFiles[0]?.text ?? "", labels);
        return { path: `${name}.mjs`, source: new TextEncoder().encode(code), executable: false };
      } catch (cause) {
        const what = name === "store" ? request.storeName : `zenlite's ${name}`;
        throw new ZenliteError(
          "ZENLITE_RUNNER_INVALID",
          `${what} cannot be bundled: ${messageOf(cause).split("\n").slice(0, 3).join(" ")}`,
          {
            cause,
            fault: "environment",
            where: { file: entries[name] },
          },
        );
      }
    }),
  );
  const digest = await digestOfTar(files);
  const staged = await stage(request.stateFolder, "runner", hexOf(digest), (folder) => writeEntries(folder, files));
  return {
    digest,
    staged,
    async remember() {
      const own = inputs.filter((input) => modules.ownerOf(input).kind !== "installed");
      const stamps = takeStamps([...inputs, ...packages.looked], since);
      const facts: RunnerFacts = { digest };
      if (stamps !== undefined) await remember(file, stamps, takeListings(own.map(dirname)), facts);
    },
  };
}

/**
 * What the flavor imports when it is opened is imported at once: every step opens its store, and one that was started ahead has time to load
 * a vendor's SDK before it gets its word.
 */
function storeEntry(flavor: string, early: readonly string[]): StdinOptions {
  const imports = early.map((path) => `import ${JSON.stringify(path)};`);
  const contents = [`export { default } from ${JSON.stringify(flavor)};`, ...imports].join("\n");
  return { contents, resolveDir: dirname(flavor), sourcefile: "zenlite:store", loader: "js" };
}

function opening({ inputs }: Metafile, folder: string, entry: string): readonly string[] {
  const found = Object.entries(inputs).find(([path]) => realpathSync(join(folder, path)) === entry);
  return (found?.[1].imports ?? [])
    .filter(({ kind, external }) => kind === "dynamic-import" && external !== true)
    .map(({ path }) => join(folder, path));
}

function isRunnerFacts(value: unknown): value is RunnerFacts {
  return isJsonObject(value) && typeof value["digest"] === "string" && value["digest"].startsWith("sha256:");
}
