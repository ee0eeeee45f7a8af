// `zenlite integration uninstall`: the flavors out of the configuration, then the packages out of the project.
import { relative } from "node:path";
import { ZenliteError } from "@zenlite/core";
import type { Edit } from "@zenlite/core/config";
import { changeConfig, refuseInherited } from "../../../client/change-config.ts";
import {
  componentsUsing,
  planRemoval,
  readIntegrations,
  type IntegrationState,
  type Removal,
} from "../../../client/integrations.ts";
import { exitCodes } from "../../exit.ts";
import { listenForInterrupt } from "../../interrupt.ts";
import { print, printJson } from "../../scope.ts";
import { consent } from "./consent.ts";
import { interrupted, undone, type IntegrationFlags } from "./install.ts";
import { managerCommand, runManager } from "./manager.ts";

export async function uninstallIntegrationsVerb(names: readonly string[], flags: IntegrationFlags): Promise<number> {
  const from = process.cwd();
  const again = `zenlite integration uninstall ${names.join(" ")}`;
  const before = await readIntegrations(from);
  const plan = removalFrom(before, names, again);
  const installed = plan.packages.filter((each) => before.of(each).version !== undefined);
  const manager = installed.length === 0 ? undefined : await managerCommand(before.folder, "uninstall", installed);
  if (manager !== undefined) {
    const answer = await consent(manager, flags.yes === true, again);
    if (answer !== "given") return undone(answer);
  }

  let undeclared: readonly string[] = [];
  let file = before.config.file;
  if (plan.packages.some((each) => before.of(each).declared !== undefined))
    ({ file } = await changeConfig(from, async () => {
      const now = await readIntegrations(from);
      // Somebody may have added a component while this command asked.
      removalFrom(now, names, again);
      undeclared = plan.packages.filter((each) => now.of(each).declared !== undefined);
      return edits(undeclared, now);
    }));
  if (manager !== undefined) {
    using interrupt = listenForInterrupt();
    const rest = undeclared.length === 0 ? "" : `Already taken out of flavors: ${undeclared.join(", ")}.`;
    if (!(await runManager(manager, interrupt, `${again} -y`))) return interrupted(manager, rest);
  }

  if (flags.json === true) {
    printJson({
      integrations: names,
      uninstalled: installed,
      removed: undeclared,
      kept: plan.kept,
      ...(manager === undefined ? {} : { command: [manager.command, ...manager.args] }),
      ...(file === undefined ? {} : { file }),
    });
    return exitCodes.done;
  }
  const fileText = file === undefined ? "" : relative(from, file) || file;
  if (undeclared.length > 0) print(`Removed from flavors in ${fileText}: ${undeclared.join(", ")}.`);
  if (installed.length > 0) print(`Uninstalled ${installed.join(", ")}.`);
  for (const kept of plan.kept) print(`Kept ${kept.package}: integration ${kept.for} needs it.`);
  if (plan.packages.length === 0 && plan.kept.length === 0) print(`Not installed: ${names.join(", ")}.`);
  return exitCodes.done;
}

/** Throws ZENLITE_INTEGRATION_IN_USE, ZENLITE_CONFIG_INHERITED. */
function removalFrom({ config, of }: IntegrationState, names: readonly string[], again: string): Removal {
  const isThere = (packageName: string): boolean => {
    const { version, declared } = of(packageName);
    return version !== undefined || declared !== undefined;
  };
  const plan = planRemoval(names, isThere);
  const users = componentsUsing(config, plan.packages);
  if (users.length > 0)
    throw new ZenliteError(
      "ZENLITE_INTEGRATION_IN_USE",
      `Components use flavors of ${names.join(", ")}: ${users.map(({ type, name }) => `${type} "${name}"`).join(", ")}.`,
      {
        ...(users[0]?.where === undefined ? {} : { where: users[0].where }),
        hint: [...users.map(({ type, name }) => `zenlite ${type} delete ${name}`), again].join("\n"),
      },
    );
  for (const each of plan.packages) refuseInherited(config, `The flavor package ${each}`, of(each).declared);
  return plan;
}

/** From the end of the list, so that no removal moves an entry that is still to go. */
function edits(packages: readonly string[], { of }: IntegrationState): readonly Edit[] {
  return packages
    .flatMap((each) => /^flavors\[(?<index>\d+)\]$/u.exec(of(each).declared?.field ?? "")?.groups?.["index"] ?? [])
    .map(Number)
    .sort((left, right) => right - left)
    .map((index) => ({ at: ["flavors", index], remove: true }));
}
