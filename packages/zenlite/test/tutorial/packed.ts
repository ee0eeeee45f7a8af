// Packages as npm would publish them, and projects that have only those: nothing of this repository's folders is in sight.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { repository, start, type Ended, type Running } from "../project.ts";

/** Runs npm to its end. Throws with what it said where it fails. */
export async function npm(folder: string, args: readonly string[]): Promise<string> {
  const ended = await start(folder, ["npm", ...args], npmEnvironment()).ended;
  if (ended.code !== 0) throw new Error(`npm ${args.join(" ")}\n${ended.stdout}\n${ended.stderr}`);
  return ended.stdout;
}

/** Without what an npm that runs these tests left in the environment: it would speak for this repository. */
export function npmEnvironment(): { readonly [name: string]: string | undefined } {
  const names = Object.keys(process.env).filter((name) => /^npm_|^INIT_CWD$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

export interface Packages extends Disposable {
  /** Absolute path of a package's tarball. */
  tarball(packageName: string): string;
}

/** Packs every package of the repository, as it is built. */
export async function packPackages(): Promise<Packages> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-packed-"));
  try {
    await npm(repository, ["pack", "--workspaces", "--silent", "--pack-destination", folder]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    tarball(packageName) {
      const start = `${packageName.replace("@", "").replace("/", "-")}-`;
      const name = readdirSync(folder).find((file) => file.startsWith(start) && /^\d/.test(file.slice(start.length)));
      if (name === undefined) throw new Error(`${packageName} was not packed`);
      return join(folder, name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** zenlite and everything of ours that it depends on. */
export function zenliteFamily(): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(repository, "packages", "zenlite", "package.json"), "utf8"));
  const { dependencies } = manifest as { readonly dependencies: { readonly [name: string]: string } };
  return ["zenlite", ...Object.keys(dependencies).filter((name) => name.startsWith("@zenlite/"))];
}

export interface PackedProject extends Disposable {
  readonly folder: string;
  path(...parts: readonly string[]): string;
  read(name: string): string;
  write(name: string, text: string): void;
  /** A line as one types it in a shell, `zenlite` and `node` being on the PATH. */
  type(line: string, environment?: { readonly [name: string]: string | undefined }): Running;
  shell(line: string, environment?: { readonly [name: string]: string | undefined }): Promise<Ended>;
}

/** An empty project far from the repository, with an npm configuration of its own. */
export function createPackedProject(npmrc = ""): PackedProject {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-tutorial-"));
  const path = (...parts: readonly string[]): string => join(folder, ...parts);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  write("package.json", `${JSON.stringify({ name: "tutorial", private: true, type: "module" }, null, 2)}\n`);
  // Nobody's install scripts are needed, and one of them would look for a compiler.
  write(".npmrc", `ignore-scripts=true\n${npmrc}`);
  const searched = [path("node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const type: PackedProject["type"] = (line, environment = {}) =>
    start(folder, ["sh", "-c", line], { ...npmEnvironment(), PATH: searched, ...environment });
  return {
    folder,
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    type,
    shell: (line, environment) => type(line, environment).ended,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
