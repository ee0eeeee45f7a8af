// The suite's own project, compiled once: code, runner and plan as a client would have them.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile, type Compiled } from "@zenlite/compiler";
import { type ComponentType, type ConfigPlace, type Flavor, type JsonObject, ZenliteError } from "@zenlite/core";
import type { ResolvedComponent } from "@zenlite/core/config";

/** A flavor's module, and what a user would configure. */
export interface FlavorUnderTest {
  /** Absolute path of the module whose default export is the flavor. */
  readonly module: string;
  /** As a user would configure it, in camelCase; `{}` where not given. */
  readonly config?: JsonObject;
}

/** Disposing of it removes its folder. */
export interface Project extends Disposable {
  readonly place: ConfigPlace;
  /** Compiled when it is first asked for, and once. */
  compiled(): Promise<Compiled>;
  readonly orchestrator: ResolvedComponent<"orchestrator">;
  readonly artifactStore: ResolvedComponent<"artifact-store">;
}

/** Throws ZENLITE_CONFIG_INVALID where a flavor does not take its config. */
export async function openProject(orchestrator: FlavorUnderTest, artifactStore: FlavorUnderTest): Promise<Project> {
  const projectFolder = mkdtempSync(join(tmpdir(), "zenlite-conformance-"));
  const remove = (): void => rmSync(projectFolder, { recursive: true, force: true });
  // Where only some tests of the suite run, nobody says which one is the last.
  process.once("exit", remove);
  const stateFolder = join(projectFolder, ".zenlite");
  const place = { projectFolder, stateFolder, configFolder: projectFolder };
  writeFileSync(
    join(projectFolder, "package.json"),
    '{ "name": "conformance-project", "private": true, "type": "module" }\n',
  );
  // TypeScript where this package runs from source, JavaScript where it is installed.
  const source = fileURLToPath(new URL(`./steps${extname(import.meta.url)}`, import.meta.url));
  const module = join(projectFolder, `steps${extname(source)}`);
  cpSync(source, module);
  mkdirSync(join(projectFolder, "node_modules", "@zenlite"), { recursive: true });
  const pipeline = dirname(createRequire(import.meta.url).resolve("@zenlite/pipeline/package.json"));
  symlinkSync(pipeline, join(projectFolder, "node_modules", "@zenlite", "pipeline"), "junction");
  const components = {
    orchestrator: await resolve("orchestrator", orchestrator, place),
    "artifact-store": await resolve("artifact-store", artifactStore, place),
  };
  const stack = { name: "conformance", components, notices: [] };
  let compiled: Promise<Compiled> | undefined;
  return {
    place,
    [Symbol.dispose]: remove,
    compiled: () => (compiled ??= compile({ module, projectFolder, stateFolder, stack })),
    orchestrator: components.orchestrator,
    artifactStore: components["artifact-store"],
  };
}

async function resolve<Type extends ComponentType>(
  type: Type,
  { module, config = {} }: FlavorUnderTest,
  place: ConfigPlace,
): Promise<ResolvedComponent<Type>> {
  const { default: flavor } = (await import(pathToFileURL(module).href)) as { readonly default: Flavor<Type> };
  const checked = await flavor.config["~standard"].validate(config);
  if (checked.issues !== undefined)
    throw new ZenliteError(
      "ZENLITE_CONFIG_INVALID",
      `${module}: ${checked.issues.map(({ message }) => message).join("; ")}`,
    );
  return {
    type,
    name: flavor.name,
    flavor,
    source: { moduleFile: module },
    raw: config,
    config: checked.value,
    supports: flavor.supports(checked.value, place),
    place,
    secrets: { variable: () => undefined, secret: (reference) => reference },
  };
}
