// What of the code each step depends on: its own tree-shaken text, the files it carries, the packages it imports.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "@zenlite/core";
import { digestOf, digestOfJson } from "@zenlite/records";
import type { Metafile, OutputFile, Plugin } from "esbuild";
import { bundleOptions, labelsOf } from "./build.ts";
import { canonicalMinified } from "./canonical.ts";
import type { Modules } from "./modules.ts";
import { ownModules, placeInFingerprint } from "./own-modules.ts";
import {
  closureOf,
  compareText,
  isPortable,
  isZenlite,
  packageNameOf,
  type Package,
  type Packages,
} from "./packages.ts";

export interface StepFingerprint {
  readonly code: Digest;
  readonly files: Digest;
  /** `name@version`, sorted. */
  readonly packages: readonly string[];
}

export interface FingerprintRequest {
  readonly modules: Modules;
  readonly packages: Packages;
  readonly conditions: readonly string[];
  /** `<label>#<export>` → real path of the module. */
  readonly steps: ReadonlyMap<string, string>;
  /** Packages that every step may load without an import that can be seen. */
  readonly requirements: readonly Package[];
}

/**
 * One build, one output per step, packages left out: 22 ms for 50 steps. Names are not minified: they would follow the
 * frequency of letters, so that an unused helper changed every step.
 */
export async function fingerprintSteps(request: FingerprintRequest): Promise<ReadonlyMap<string, StepFingerprint>> {
  const { modules, packages, steps } = request;
  const keys = [...steps.keys()];
  if (keys.length === 0) return new Map();
  const { build } = await import("esbuild");
  const own = ownModules({ modules, purpose: "fingerprint", registerAll: false });
  const imported = new Map<string, Map<string, Package>>();
  const result = await build({
    ...bundleOptions(modules.projectFolder, ["zenlite-step", ...request.conditions]),
    entryPoints: keys.map((key, index) => ({ in: `zenlite:step/${key}`, out: String(index) })),
    outdir: "fingerprints",
    banner: {},
    sourcemap: false,
    metafile: true,
    write: false,
    define: { "import.meta.main": "false" },
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [stepEntries(steps, modules), packagesStayOut(modules, imported), own.plugin],
  });
  const outputs = result.metafile.outputs;
  const texts = new Map(result.outputFiles.map((file: OutputFile) => [file.path, file.text]));
  const labels = labelsOf(result.metafile, modules);
  const closures = new Map<string, readonly string[]>();
  const always = namesOf(closureOf(request.requirements, packages, counts));
  const found = new Map<string, StepFingerprint>();
  for (const [index, key] of keys.entries()) {
    const path = `fingerprints/${index}.js`;
    const output = outputs[path];
    const text = texts.get(join(modules.projectFolder, path)) ?? "";
    if (output === undefined) continue;
    const names = new Set(always);
    for (const specifier of importedBy(output)) {
      let closure = closures.get(specifier);
      if (closure === undefined) {
        closure = namesOf(closureOf(imported.get(specifier)?.values() ?? [], packages, counts));
        closures.set(specifier, closure);
      }
      for (const name of closure) names.add(name);
    }
    found.set(key, {
      code: digestOf(canonicalMinified(text, labels)),
      files: digestOfJson(filesOf(text, own.seen.assets)),
      packages: [...names].sort(compareText),
    });
  }
  return found;
}

function stepEntries(steps: ReadonlyMap<string, string>, modules: Modules): Plugin {
  const prefix = "zenlite:step/";
  return {
    name: "zenlite-step-entries",
    setup(build) {
      build.onResolve({ filter: /^zenlite:step\// }, ({ path }) => ({ path, namespace: "zenlite" }));
      build.onLoad({ filter: /^zenlite:step\//, namespace: "zenlite" }, ({ path }) => {
        const key = path.slice(prefix.length);
        const name = key.slice(key.lastIndexOf("#") + 1);
        const imported = `${JSON.stringify(name)} as step`;
        return {
          contents: `export { ${imported} } from ${JSON.stringify(steps.get(key))};`,
          loader: "js",
          resolveDir: modules.projectFolder,
        };
      });
    },
  };
}

/** Installed packages enter as name and version; linked ones are bundled in, so that an edit of them is seen. */
function packagesStayOut(modules: Modules, imported: Map<string, Map<string, Package>>): Plugin {
  return {
    name: "zenlite-packages-stay-out",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
        if (pluginData === inner || kind === "entry-point" || path.startsWith("zenlite:")) return undefined;
        const name = packageNameOf(path);
        if (name !== undefined && isZenlite(name)) return { path, external: true, sideEffects: false };
        const resolved = await build.resolve(path, { kind, resolveDir, importer, pluginData: inner });
        // A builtin, or what cannot be resolved: the real build has had its say about that.
        if (resolved.errors.length > 0 || resolved.external || resolved.path === "" || resolved.namespace !== "file")
          return { path, external: true };
        const owner = modules.ownerOf(resolved.path);
        if (owner.kind !== "installed") return undefined;
        const meant = imported.get(path) ?? new Map<string, Package>();
        meant.set(owner.package.folder, owner.package);
        imported.set(path, meant);
        return { path, external: true, sideEffects: resolved.sideEffects };
      });
    },
  };
}

const inner = Symbol("asked by the plugin itself");

function importedBy(output: Metafile["outputs"][string]): readonly string[] {
  return output.imports.filter((entry) => entry.external === true).map((entry) => entry.path);
}

/** Place and digest of every file named by the modules whose place this text uses. */
function filesOf(
  text: string,
  assets: ReadonlyMap<string, ReadonlyMap<string, string>>,
): readonly (readonly [string, string])[] {
  const files = new Map<string, string>();
  for (const [, place = ""] of text.matchAll(placeInFingerprint))
    for (const [path, file] of assets.get(place) ?? []) files.set(path, file);
  return [...files]
    .sort(([left], [right]) => compareText(left, right))
    .map(([path, file]) => [path, digestOf(readFileSync(file))] as const);
}

function counts(dependency: Package): boolean {
  return !isZenlite(dependency.name) && isPortable(dependency);
}

function namesOf(packages: readonly Package[]): readonly string[] {
  return packages.map(({ name, version }) => `${name}@${version}`);
}
