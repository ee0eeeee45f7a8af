// The user's pipeline module becomes one file: bundled again until every package that needs its own files is left out.
import type { BuildFailure, BuildOptions, BuildResult, Message, Metafile, Plugin } from "esbuild";
import { join, relative } from "node:path";
import { canonicalCode, canonicalMap, type Labels } from "./canonical.ts";
import { codeInvalid, placeOf, shortPlace } from "./errors.ts";
import { createExternals, type External } from "./externals.ts";
import { markedModules, markerDefines, restoreMarkers } from "./markers.ts";
import { toPosix, type Modules } from "./modules.ts";
import { declaresNative } from "./native.ts";
import { addition, ownModules } from "./own-modules.ts";
import type { Package, Packages } from "./packages.ts";
import { refuseTwoCopies } from "./two-copies.ts";

export interface BuildRequest {
  /** Real path of the user's module. */
  readonly entry: string;
  readonly modules: Modules;
  readonly packages: Packages;
  /** Packages that are left out whatever is found: `settings.docker.requirements`. */
  readonly requirements: readonly Package[];
  /** Export conditions besides `zenlite-step`. */
  readonly conditions: readonly string[];
  readonly registerAll: boolean;
}

export interface Build {
  readonly code: string;
  readonly map: string;
  /** Every file that went in, with those of packages. */
  readonly inputs: readonly string[];
  readonly externals: readonly External[];
  /** Place under `files/` → file. */
  readonly assets: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

/** Two rounds suffice for all packages that were tried; a chain longer than this is no progress. */
const maximalRounds = 12;

const registry = `
const modules = [];
export function register(label, namespace) { modules.push([label, namespace]); }
export function collect() {
  const steps = Object.create(null), pipelines = Object.create(null);
  const isObject = (value) => typeof value === "function" || (typeof value === "object" && value !== null);
  const marked = (value, mark) => isObject(value) && Symbol.for(mark) in value;
  for (const [label, namespace] of modules)
    for (const name of Object.keys(namespace).sort()) {
      const value = namespace[name];
      if (marked(value, "zenlite.step")) steps[label + "#" + name] = value;
      if (marked(value, "zenlite.pipeline")) pipelines[label + "#" + name] = value;
    }
  return { steps, pipelines };
}`;

/** Throws ZENLITE_CODE_INVALID (what esbuild refuses in the user's modules), ZENLITE_TWO_COPIES, ZENLITE_PACKAGE_TWICE. */
export async function buildCode(request: BuildRequest): Promise<Build> {
  const { modules, packages } = request;
  const externals = createExternals(modules, packages);
  for (const required of request.requirements) externals.add(required, "settings.docker.requirements names it");
  const { build } = await import("esbuild");
  for (let round = 0; ; round += 1) {
    const own = ownModules({ modules, purpose: "run", registerAll: request.registerAll });
    const result = await attempt(build, buildOptions(request, [externals.plugin, own.plugin]));
    if ("errors" in result) {
      // What a package imports and does not have (an optional peer) is its own affair, as it is in Node.
      const owners = result.errors.map((message) => ownerOfMessage(message, modules));
      const foreign = owners.filter((owner) => owner !== undefined);
      if (foreign.length === 0 || foreign.length < owners.length || round >= maximalRounds)
        throw codeInvalid(
          result.errors.filter((_message, index) => owners[index] === undefined || foreign.length === owners.length),
          modules.projectFolder,
        );
      const added = foreign.map((owner) => externals.add(owner, "it cannot be bundled"));
      if (!added.includes(true)) throw codeInvalid(result.errors, modules.projectFolder);
      continue;
    }
    const labels = labelsOf(result.metafile, modules);
    const labelOfSource = (source: string): string =>
      source.includes(":") ? source : modules.labelOf(join(modules.projectFolder, source));
    refuseTwoCopies(filesOf(result.metafile), modules);
    const found = findExternals(result, own.seen.addons, modules);
    const added = [...found].map(([owner, why]) => externals.add(owner, why));
    for (const owner of externals.conflicting.values())
      added.push(externals.add(owner, "it needs another version of a carried package"));
    if (added.includes(true) && round < maximalRounds) continue;
    return {
      code: canonicalCode(restoreMarkers(result.code), labels),
      map: canonicalMap(result.map, labels, labelOfSource, addition),
      inputs: [...labels.keys()].map((path) => join(modules.projectFolder, path)),
      externals: [...externals.byName.values()],
      assets: new Map([...own.seen.assets.values()].flatMap((files) => [...files])),
      notices: [...own.seen.notices, ...warningsOf(result.warnings, modules)],
    };
  }
}

interface Bundled {
  readonly code: string;
  readonly map: string;
  readonly metafile: Metafile;
  readonly warnings: readonly Message[];
}

async function attempt(
  build: (options: BuildOptions) => Promise<BuildResult>,
  options: BuildOptions,
): Promise<Bundled | { readonly errors: readonly Message[] }> {
  let result: BuildResult;
  try {
    result = await build(options);
  } catch (error) {
    if (isBuildFailure(error)) {
      // An error of ours that a plugin threw comes back as it was.
      const thrown: unknown = error.errors.find((message) => message.detail instanceof Error)?.detail;
      if (thrown !== undefined) throw thrown;
      return { errors: error.errors };
    }
    throw error;
  }
  const text = (ending: string): string => result.outputFiles?.find((file) => file.path.endsWith(ending))?.text ?? "";
  return {
    code: text(".mjs"),
    map: text(".map"),
    metafile: result.metafile ?? { inputs: {}, outputs: {} },
    warnings: result.warnings,
  };
}

function buildOptions(request: BuildRequest, plugins: readonly Plugin[]): BuildOptions {
  return {
    ...bundleOptions(request.modules.projectFolder, ["zenlite-step", ...request.conditions]),
    stdin: {
      contents: entryModule(toPosix(relative(request.modules.projectFolder, request.entry))),
      resolveDir: request.modules.projectFolder,
      sourcefile: "zenlite:entry",
      loader: "js",
    },
    // Virtual: a real folder would leak into the map.
    outfile: "code.mjs",
    define: { ...markerDefines, "import.meta.main": "false" },
    plugins: [
      ...plugins,
      {
        name: "zenlite-registry",
        setup(build) {
          build.onResolve({ filter: /^zenlite:registry$/ }, ({ path }) => ({ path, namespace: "zenlite" }));
          build.onLoad({ filter: /^zenlite:registry$/, namespace: "zenlite" }, () => ({
            contents: registry,
            loader: "js",
          }));
        },
      },
    ],
  };
}

/** The user's module first, so that the order in which modules are evaluated stays theirs. */
function entryModule(path: string): string {
  return [
    `import ${JSON.stringify(`./${path}`)};`,
    'import { collect } from "zenlite:registry";',
    "export const { steps, pipelines } = collect();",
  ].join("\n");
}

/** What every bundle of zenlite has in common: one ESM file for Node 24, the same bytes on every machine. */
export function bundleOptions(folder: string, conditions: readonly string[]): BuildOptions {
  return {
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    conditions: [...conditions],
    // CommonJS in an ESM file asks for Node's own modules by require().
    banner: {
      js: 'import { createRequire as __zenliteRequire } from "node:module"; const require = __zenliteRequire(import.meta.url);',
    },
    // As Node strips types: an import used only as a type keeps its side effects. Also keeps a stray tsconfig out.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    sourcemap: "external",
    sourcesContent: true,
    legalComments: "none",
    charset: "utf8",
    metafile: true,
    write: false,
    logLevel: "silent",
  };
}

/** Metafile path → label, for files. */
export function labelsOf(metafile: Metafile, modules: Modules): Labels {
  return new Map(filesOf(metafile).map((path) => [path, modules.labelOf(join(modules.projectFolder, path))]));
}

/** The paths of a metafile without virtual modules and data URLs. */
function filesOf(metafile: Metafile): readonly string[] {
  return Object.keys(metafile.inputs).filter((path) => !path.startsWith("zenlite:") && !path.startsWith("<"));
}

function findExternals(result: Bundled, addons: ReadonlySet<string>, modules: Modules): ReadonlyMap<Package, string> {
  const found = new Map<Package, string>();
  const packageOf = (file: string): Package | undefined => {
    const owner = modules.ownerOf(file);
    return owner.kind === "own" ? undefined : owner.package;
  };
  for (const path of markedModules(result.code, (text) => Object.hasOwn(result.metafile.inputs, text))) {
    const file = join(modules.projectFolder, path);
    const owner = modules.ownerOf(file);
    // The place of a linked package's sources is replaced like that of the user's own.
    if (owner.kind === "installed" || (owner.kind === "linked" && !/\.[cm]?tsx?$/.test(file)))
      found.set(owner.package, "it reads its own files");
  }
  for (const file of addons) {
    const owner = packageOf(file);
    if (owner !== undefined) found.set(owner, "it holds a .node file");
  }
  const seen = new Set<string>();
  for (const path of filesOf(result.metafile)) {
    const owner = packageOf(join(modules.projectFolder, path));
    if (owner === undefined || seen.has(owner.folder)) continue;
    seen.add(owner.folder);
    const why = declaresNative(owner);
    if (why !== undefined) found.set(owner, why);
  }
  return found;
}

function ownerOfMessage(message: Message, modules: Modules): Package | undefined {
  if (message.location === null) return undefined;
  const owner = modules.ownerOf(join(modules.projectFolder, message.location.file));
  return owner.kind === "installed" ? owner.package : undefined;
}

function warningsOf(warnings: readonly Message[], modules: Modules): readonly string[] {
  return warnings
    .filter(
      (message) =>
        message.location !== null && modules.ownerOf(join(modules.projectFolder, message.location.file)).kind === "own",
    )
    .map((message) => `${shortPlace(placeOf(message.location))}${message.text}`);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
