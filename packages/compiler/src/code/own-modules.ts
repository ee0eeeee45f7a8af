// An esbuild plugin: the user's modules on their way into a bundle are registered, and their place is replaced.
import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { Loader, OnLoadResult, Plugin, PluginBuild } from "esbuild";
import { findAssets, asksForPlace, placeIn, placeNames, type AssetRoot } from "./assets.ts";
import { findDynamicImports } from "./dynamic-imports.ts";
import { shortPlace } from "./errors.ts";
import type { Modules, Owner } from "./modules.ts";
import { isZenlite } from "./packages.ts";

export interface OwnModulesOptions {
  readonly modules: Modules;
  /**
   * `run`: modules register what they export, places lie beside the bundle. `fingerprint`: calls of `step()` are marked pure,
   * so that each step can be looked at alone.
   */
  readonly purpose: "run" | "fingerprint";
  /** Register every module, not only those that seem to make steps or pipelines. */
  readonly registerAll: boolean;
}

/** What was seen while loading. */
export interface Seen {
  /** Place of a module under `files/` → the files it names: their places and where they are. */
  readonly assets: Map<string, ReadonlyMap<string, string>>;
  readonly notices: Set<string>;
  /** Files of machine code that are imported. */
  readonly addons: Set<string>;
}

/** Starts what zenlite writes under a module; nothing of a user's looks like it. */
export const addition = "\n/*zenlite*/";

const loaders: { readonly [extension: string]: Loader } = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
};

const makesSomething = /step|pipeline/i;
const hasExport = /^\s*export\b/m;
/** What only makes an object, so that it can go where nobody looks at it. A miss is coarser, never wrong. */
const makingCall =
  /(\bexport\s+default\s+|\b(?:const|let|var)\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*(?::[^=;]+)?=\s*)((?:step|pipeline|materializer)\s*[<(]|new URL\()/gu;
const rawOptions = { compilerOptions: { verbatimModuleSyntax: true } } as const;

export function ownModules({ modules, purpose, registerAll }: OwnModulesOptions): {
  readonly plugin: Plugin;
  readonly seen: Seen;
} {
  const seen: Seen = { assets: new Map(), notices: new Set(), addons: new Set() };
  return {
    seen,
    plugin: {
      name: "zenlite-own-modules",
      setup(build) {
        build.onLoad({ filter: /\.node$/ }, ({ path }) => {
          if (modules.ownerOf(path).kind === "own")
            return {
              errors: [
                {
                  text: `The native add-on "${basename(path)}" is no package: put it into one, so that an image can install it.`,
                },
              ],
            };
          seen.addons.add(path);
          return { contents: "", loader: "js" };
        });
        build.onLoad({ filter: outsideNodeModules }, ({ path }) => load(path, build));
        // Packages that bring steps are looked into only where a step was not found: every file asked for costs time.
        if (registerAll)
          build.onLoad({ filter: /[/\\]node_modules[/\\].*\.[cm]?[jt]s$/ }, ({ path }) => load(path, build));
        build.onResolve({ filter: /^zenlite:place\// }, ({ path }) => ({
          path,
          namespace: "zenlite",
          sideEffects: false,
        }));
        build.onLoad({ filter: /^zenlite:place\//, namespace: "zenlite" }, ({ path }) => ({
          contents: placeModule(path.slice("zenlite:place/".length), purpose),
          loader: "js",
        }));
      },
    },
  };

  async function load(path: string, build: PluginBuild): Promise<OnLoadResult | undefined> {
    try {
      return await edit(path, build);
    } catch (error) {
      // A syntax error: esbuild says it better, with the place, when it reads the file itself.
      if (error instanceof Error && "errors" in error) return undefined;
      throw error;
    }
  }

  async function edit(path: string, build: PluginBuild): Promise<OnLoadResult | undefined> {
    const owner = modules.ownerOf(path);
    if (owner.kind !== "own" && !mayBringSteps(owner)) return undefined;
    const loader = loaders[extname(path)];
    if (loader === undefined)
      return /\.(?:txt|css)$/.test(path)
        ? {
            errors: [
              {
                text: `Node cannot import "${basename(path)}"; read it: new URL("./${basename(path)}", import.meta.url).`,
              },
            ],
          }
        : undefined;
    const label = modules.labelOf(path);
    const text = await readFile(path, "utf8");
    let contents = purpose === "fingerprint" ? text.replace(makingCall, "$1/* @__PURE__ */ $2") : text;
    let loadAs = loader;
    const imports: string[] = [];
    // A linked package that is built has its files where its own code looks for them: it is treated as a package.
    const placed = owner.kind === "own" || (owner.kind === "linked" && loader.startsWith("ts"));
    if (placed && asksForPlace.test(text)) {
      const transformed = await build.esbuild.transform(contents, {
        loader,
        define: placeNames,
        target: "esnext",
        sourcemap: "inline",
        sourcefile: basename(path),
        tsconfigRaw: rawOptions,
        logLevel: "silent",
      });
      const used = Object.values(placeNames).filter((name) => transformed.code.includes(name));
      if (used.length > 0) {
        contents = transformed.code;
        loadAs = "js";
        imports.push(`import{${used.join(",")}}from${JSON.stringify(`zenlite:place/${placeOfModule(path)}`)};`);
      }
      const assets = findAssets(transformed.code, path, rootOf(path), label);
      seen.assets.set(placeOfModule(path), assets.files);
      for (const notice of assets.notices) seen.notices.add(notice);
    }
    if (purpose === "run") {
      const found = await findDynamicImports(text, loader, build.esbuild.transform);
      for (const position of found)
        seen.notices.add(
          `${shortPlace({ file: label, ...position })}import() of something that only the run can know is not bundled and fails in a step: ` +
            "write a literal path, or name the package under settings.docker.requirements.",
        );
      const isModule = !/\.c[jt]s$/.test(path) && hasExport.test(text);
      if (isModule && (registerAll || makesSomething.test(text)))
        imports.push(
          `import*as __zenliteSelf from${JSON.stringify(`./${basename(path)}`)};import{register as __zenliteRegister}from"zenlite:registry";` +
            `__zenliteRegister(${JSON.stringify(label)},__zenliteSelf);`,
        );
    }
    return {
      contents: imports.length === 0 ? contents : `${contents}${addition}${imports.join("")}`,
      loader: loadAs,
      resolveDir: dirname(path),
    };
  }

  function mayBringSteps(owner: Exclude<Owner, { kind: "own" }>): boolean {
    const { name, manifest } = owner.package;
    if (isZenlite(name)) return false;
    if (owner.kind === "linked") return true;
    return registerAll && Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).some(isZenlite);
  }

  function rootOf(path: string): AssetRoot {
    const owner = modules.ownerOf(path);
    if (owner.kind !== "own") return { folder: owner.package.folder, prefix: `node_modules/${owner.package.name}/` };
    const label = modules.labelOf(path);
    return label.startsWith("../")
      ? { folder: dirname(path), prefix: dirname(label).replaceAll("..", "_up") + "/" }
      : { folder: modules.projectFolder, prefix: "" };
  }

  function placeOfModule(path: string): string {
    return placeIn(rootOf(path), path);
  }
}

/** In a fingerprint, the place of a module whose files matter to the step. */
export const placeInFingerprint = /__zenlitePlace\w+\|([^|]*)\|/g;

/** Where a module lies, as a module of its own: imports are evaluated before the code that uses them. */
function placeModule(place: string, purpose: "run" | "fingerprint"): string {
  const url = `files/${place.split("/").map(encodeURIComponent).join("/")}`;
  if (purpose === "fingerprint")
    return Object.values(placeNames)
      .map((name) => `export const ${name} = ${JSON.stringify(`${name}|${place}|`)};`)
      .join("\n");
  return `
import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
export const __zenlitePlaceUrl = /* @__PURE__ */ (() => new URL(${JSON.stringify(url)}, import.meta.url).href)();
export const __zenlitePlaceFilename = /* @__PURE__ */ (() => fileURLToPath(new URL(${JSON.stringify(url)}, import.meta.url)))();
export const __zenlitePlaceDirname = /* @__PURE__ */ (() => dirname(fileURLToPath(new URL(${JSON.stringify(url)}, import.meta.url))))();
`;
}

/** Paths without a `node_modules` part. Go's expressions have no look-ahead, so it is spelled out letter by letter. */
const outsideNodeModules = new RegExp(`^(?:[A-Za-z]:)?(?:[/\\\\]${partOtherThan("node_modules")})+$`);

function partOtherThan(word: string): string {
  let rest = "[^/\\\\]+";
  for (let index = word.length - 1; index >= 0; index -= 1) {
    const letter = word[index] ?? "";
    rest = `(?:[^${letter}/\\\\][^/\\\\]*|${letter}${rest})${index === 0 ? "" : "?"}`;
  }
  return rest;
}
