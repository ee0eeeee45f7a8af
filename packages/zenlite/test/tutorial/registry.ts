// The packages of this repository in a registry of their own, for projects that install them as users do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { npm, type Packages } from "./packed.ts";

export interface Registry extends AsyncDisposable {
  /** Lines of an .npmrc: our packages come from here, all others from where this machine looks for them. */
  readonly npmrc: string;
}

/** Starts it and publishes some packages. */
export async function openRegistry(packages: Packages, names: readonly string[]): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-registry-"));
  // Its standard input is held open by this process and by nobody else, so it ends with this process.
  const child = spawn(process.execPath, [join(import.meta.dirname, "registry-server.ts"), folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [address] = (await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      ended,
    ])) as unknown[];
    if (typeof address !== "string") throw new Error("the registry did not come up");
    const token = `--${address.slice("http:".length)}:_authToken=nobody`;
    const publish = (name: string): Promise<string> =>
      npm(folder, ["publish", "--silent", "--tag", "latest", `--registry=${address}`, token, packages.tarball(name)]);
    // Two at a time: each is a process that computes.
    const waiting = [...names];
    const work = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await publish(name);
    };
    await Promise.all([work(), work()]);
    return {
      npmrc: `@zenlite:registry=${address}\n${address.slice("http:".length)}:_authToken=nobody\n`,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
