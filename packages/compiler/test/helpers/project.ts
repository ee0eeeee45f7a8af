// Temporary projects on disk, with packages of this workspace linked or copied into them.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { compile, type Compiled, type CompileRequest } from "../../src/index.ts";
import { stackOf, storeSource } from "./stack.ts";

export interface Project {
  readonly folder: string;
  readonly stateFolder: string;
  write(files: { readonly [path: string]: string }): void;
  compile(module: string, more?: Partial<CompileRequest>): Promise<Compiled>;
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "zenlite-compiler-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ProjectOptions {
  /** Where the project lies inside the temporary folder. */
  readonly at?: string;
  /** Where its node_modules lies, likewise; beside its package.json by default. */
  readonly modulesAt?: string;
  /** Packages that are linked into node_modules; the others are copied. */
  readonly link?: readonly string[];
  readonly copy?: readonly string[];
  /** Files of further installed packages, by their path in node_modules. */
  readonly installed?: { readonly [path: string]: string };
  readonly manifest?: object;
  readonly in?: string;
}

/** Files by path. `@zenlite/pipeline` and `@zenlite/core` are linked unless `copy` names them. */
export function project(files: { readonly [path: string]: string }, options: ProjectOptions = {}): Project {
  const root = options.in ?? temporaryFolder();
  const folder = join(root, options.at ?? "project");
  const modules = join(root, options.modulesAt ?? options.at ?? "project", "node_modules");
  const copy = options.copy ?? [];
  const link = [
    ...(options.link ?? []),
    ...["@zenlite/pipeline", "@zenlite/core"].filter((name) => !copy.includes(name)),
  ];
  for (const name of link) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(folderOf(name), join(modules, name), "junction");
  }
  for (const name of copy) installCopy(name, join(modules, name));
  for (const [path, content] of Object.entries(options.installed ?? {})) writeInto(modules, path, content);
  const written: Project = {
    folder,
    stateFolder: join(folder, ".zenlite"),
    write(more) {
      for (const [path, content] of Object.entries(more)) writeInto(folder, path, content);
    },
    compile: (module, more) =>
      compile({
        module: join(folder, module),
        projectFolder: folder,
        stateFolder: join(folder, ".zenlite"),
        stack: stackOf({ folder }),
        // Vitest itself runs with more conditions than a person's process has.
        conditions: ["zenlite-source"],
        print: () => undefined,
        ...more,
      }),
  };
  written.write({
    "package.json": JSON.stringify({
      name: "project",
      type: "module",
      dependencies: Object.fromEntries([...link, ...copy].map((name) => [name, "*"])),
      ...options.manifest,
    }),
    "store.ts": storeSource,
    ...files,
  });
  return written;
}

function writeInto(folder: string, path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** A copy as npm installs it: without what lies in its own node_modules and without links. */
export function installCopy(name: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const source = folderOf(name);
  cpSync(source, target, {
    recursive: true,
    dereference: true,
    filter: (path) => !path.slice(source.length).includes("node_modules"),
  });
}

/** Where this workspace has a package. */
function folderOf(name: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => isThere(path));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return realpathSync(found);
}

function isThere(path: string): boolean {
  try {
    realpathSync(join(path, "package.json"));
    return true;
  } catch {
    return false;
  }
}

/** A pipeline of one step, for tests that are about something else. */
export const smallPipeline = `
import { pipeline, step } from "@zenlite/pipeline";
export const only = step("only", () => ({ value: 1 }));
export const small = pipeline("small", () => only());
`;
