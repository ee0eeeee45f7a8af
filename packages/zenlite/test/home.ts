// A home folder for one test, and `zenlite secret` in it with something on standard input.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, type Project } from "./project.ts";

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the configuration of a user lies. */
export function createHome(): { readonly folder: string; readonly file: string; read(): unknown } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-home-"));
  const file = join(folder, "zenlite", "secrets.json");
  return {
    folder,
    file,
    read: () => JSON.parse(readFileSync(file, "utf8")) as unknown,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type Home = ReturnType<typeof createHome>;

export function secret(
  home: Home,
  project: Project | undefined,
  args: readonly string[],
  input: string | Buffer = "",
  environment: { readonly [name: string]: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, "secret", ...args], {
      cwd: project?.folder ?? home.folder,
      env: { ...process.env, NODE_OPTIONS: "", XDG_CONFIG_HOME: home.folder, ...environment },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
    // It may end without having read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
