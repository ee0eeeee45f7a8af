// `zenlite integration install`: packages by the project's package manager, then their flavors into the configuration.
import { relative } from "node:path";
import { ZenliteError } from "@zenlite/core";
import { changeConfig } from "../../../client/change-config.ts";
import { packagesOf, readIntegrations, versioned, type IntegrationState } from "../../../client/integrations.ts";
import { exitCodes } from "../../exit.ts";
import { listenForInterrupt } from "../../interrupt.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { consent } from "./consent.ts";
import { managerCommand, runManager, type ManagerCommand } from "./manager.ts";

export interface IntegrationFlags {
  readonly yes?: true;
  readonly json?: true;
}

export async function installIntegrationsVerb(names: readonly string[], flags: IntegrationFlags): Promise<number> {
  const from = process.cwd();
  const packages = packagesOf(names);
  const again = `zenlite integration install ${names.join(" ")}`;
  const before = await readIntegrations(from);
  const missing = packages.filter((each) => before.of(each).version === undefined);
  const manager = missing.length === 0 ? undefined : await managerCommand(before.folder, "add", missing.map(versioned));
  if (manager !== undefined) {
    const answer = await consent(manager, flags.yes === true, again);
    if (answer !== "given") return undone(answer);
    using interrupt = listenForInterrupt();
    if (!(await runManager(manager, interrupt, `${again} -y`)))
      return interrupted(manager, "Nothing was added to .zenliterc.");
    refuseUnfound(missing, await readIntegrations(from), manager);
  }

  let added: readonly string[] = [];
  const change = await changeConfig(from, async () => {
    const now = await readIntegrations(from);
    added = packages.filter((each) => now.of(each).declared === undefined);
    return added.map((each) => ({ at: ["flavors"], append: each }));
  });
  const { of } = await readIntegrations(from);
  if (flags.json === true) {
    printJson({
      integrations: names,
      packages: packages.map((name) => ({ name, version: of(name).version ?? null })),
      installed: missing,
      added,
      ...(manager === undefined ? {} : { command: [manager.command, ...manager.args] }),
      file: change.file,
    });
    return exitCodes.done;
  }
  const file = relative(from, change.file) || change.file;
  const text = (name: string): string => `${name} ${of(name).version ?? ""}`.trimEnd();
  const there = packages.filter((each) => !missing.includes(each));
  if (missing.length > 0) print(`Installed ${missing.map(text).join(", ")}.`);
  if (there.length > 0) print(`Installed already: ${there.map(text).join(", ")}.`);
  if (added.length > 0) print(`Added to flavors in ${file}${change.created ? " (new)" : ""}: ${added.join(", ")}.`);
  const declared = packages.filter((each) => !added.includes(each));
  if (declared.length > 0) print(`In ${file} already: ${declared.join(", ")}.`);
  return exitCodes.done;
}

export function undone(answer: "refused" | "interrupted"): number {
  progressLog.info("Nothing was changed.");
  return answer === "refused" ? exitCodes.failed : exitCodes.interrupted;
}

export function interrupted({ command }: ManagerCommand, rest: string): number {
  progressLog.info(`${command} was interrupted. ${rest}`);
  return exitCodes.interrupted;
}

/** A manager that keeps packages elsewhere (Plug'n'Play) ends well, and nothing is there for us. */
function refuseUnfound(
  packages: readonly string[],
  { of, folder }: IntegrationState,
  { command }: ManagerCommand,
): void {
  const unfound = packages.filter((each) => of(each).version === undefined);
  if (unfound.length === 0) return;
  throw new ZenliteError(
    "ZENLITE_PACKAGE_MANAGER",
    `${command} ended well, but node_modules of ${folder} has no ${unfound.join(", ")}.`,
    { fault: "environment", hint: "Let it make a node_modules folder (yarn: nodeLinker: node-modules)." },
  );
}
