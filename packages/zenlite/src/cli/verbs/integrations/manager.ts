// The project's own package manager: which it is, what it is told, and running it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hasCode, messageOf, ZenliteError } from "@zenlite/core";
import { searchedFolders } from "@zenlite/core/config";
import type { Interrupt } from "../../interrupt.ts";

export interface ManagerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute: where it runs. */
  readonly folder: string;
}

/** By lock file or package.json, from the folder up to its repository's root; else whichever started this process, else npm. */
export async function managerCommand(
  folder: string,
  verb: "add" | "uninstall",
  packages: readonly string[],
): Promise<ManagerCommand> {
  if (!existsSync(join(folder, "package.json")))
    throw new ZenliteError("ZENLITE_PROJECT_WITHOUT_PACKAGE", `There is no package.json in ${folder}.`, {
      hint: "npm init -y",
    });
  const { detect, getUserAgent, resolveCommand } = await import("package-manager-detector");
  const top = searchedFolders(folder).at(-1) ?? folder;
  const agent = (await detect({ cwd: folder, stopDir: top }))?.agent ?? getUserAgent() ?? "npm";
  const resolved = resolveCommand(agent, verb, [...packages]);
  if (resolved !== null) return { ...resolved, folder };
  throw new ZenliteError("ZENLITE_PACKAGE_MANAGER", `${agent} has no command to ${verb} packages.`, {
    hint: `npm install ${packages.join(" ")}`,
  });
}

/** As it could be typed. Nothing is quoted: the words are a manager's own and names of packages. */
export function commandText({ command, args }: ManagerCommand): string {
  return [command, ...args].join(" ");
}

const shownLines = 20;

/**
 * Runs it to its end and passes on what it said. `false` where Ctrl-C ended it.
 *
 * Throws ZENLITE_PACKAGE_MANAGER with its exit code and last lines where it fails, or is not there.
 */
export async function runManager(manager: ManagerCommand, interrupt: Interrupt, again: string): Promise<boolean> {
  const { command, args, folder } = manager;
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => said.push(data));
  // A terminal sends Ctrl-C to both of us; whoever signals this process alone means both as well.
  interrupt.cancel.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  interrupt.hurry.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const ended = await new Promise<{ readonly code: number | null; readonly signal: string | null } | Error>(
    (resolve) => {
      child.on("error", resolve);
      child.on("close", (code, signal) => resolve({ code, signal }));
    },
  );
  if (interrupt.cancel.aborted) return false;
  if (ended instanceof Error)
    throw new ZenliteError(
      "ZENLITE_PACKAGE_MANAGER",
      hasCode(ended, "ENOENT")
        ? `This project uses ${command}, which is not on the PATH.`
        : `${command} cannot be started: ${messageOf(ended)}`,
      { cause: ended, fault: "environment", hint: `Install ${command}, then: ${again}` },
    );
  const text = Buffer.concat(said).toString().trimEnd();
  if (ended.code !== 0) {
    const how = ended.code === null ? `was ended by ${ended.signal}` : `ended with exit code ${ended.code}`;
    const lines = text.split("\n").slice(-shownLines);
    throw new ZenliteError("ZENLITE_PACKAGE_MANAGER", [`"${commandText(manager)}" ${how}:`, ...lines].join("\n"), {
      fault: "environment",
      hint: `Mend what ${command} says, then: ${again}`,
    });
  }
  if (text !== "") process.stderr.write(`${text}\n`);
  return true;
}
