// Everything that the doctor looks at, in the order in which it is told.
import { relative } from "node:path";
import { isZenliteError, type ComponentType } from "@zenlite/core";
import { checkConfig, findComponent, listErrors, readConfig, type Config } from "@zenlite/core/config";
import { builtins } from "../../../client/builtins.ts";
import { doubtful, fine, once, problem, type Finding } from "./finding.ts";
import { checkFolder, checkNode, checkZenlite } from "./machine.ts";
import { examineOthers } from "./others.ts";
import { examineStack, type StackExamination } from "./stack.ts";

export async function examine(from: string, stackName: string | undefined): Promise<readonly Finding[]> {
  const { config, problems } = await readConfig(from, { builtins, environment: process.env });
  const machine = [checkNode(), ...checkZenlite(config.projectFolder)];
  const mistakes = [...problems, ...(await checkConfig(config)).filter(({ code }) => code !== "ZENLITE_FLAVOR_BROKEN")];
  const wrong = mistakes.flatMap(listErrors).map((error) => problem("config", "wrong", error));
  if (wrong.length > 0)
    return once([
      ...machine,
      ...wrong,
      doubtful("stack", "Not looked at while the configuration is wrong.", "zenlite doctor"),
      await checkFolder("disk", config.stateFolder, "Make the project's folder writable."),
    ]);
  const stack = await examineStack(config, stackName);
  return once([
    ...machine,
    configFinding(config),
    ...(await examineFlavors(config, stack)),
    ...stack.findings,
    ...(await examineOthers(config, stack)),
  ]);
}

function configFinding(config: Config): Finding {
  if (config.file === undefined)
    return fine(
      "config",
      `no file: the stack "default" runs in this process and keeps its store in ${config.stateFolder}`,
    );
  const { components, stacks } = config;
  return fine(
    "config",
    `${relative(process.cwd(), config.file)}: ${counted(components.length, "component")}, ${counted(stacks.length, "stack")}`,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** One that the stack needs is told with the stack; any other is no more than a hint. */
async function examineFlavors(config: Config, { declaration }: StackExamination): Promise<readonly Finding[]> {
  const declared = config.flavors.filter(({ builtin }) => !builtin);
  const used = Object.entries(declaration?.components ?? {}).map(
    ([type, name]) => `${type}/${findComponent(config, type as ComponentType, name)?.flavor ?? ""}`,
  );
  const findings = await Promise.all(
    declared.map(async (source): Promise<Finding> => {
      const { type, name } = source;
      try {
        await source.load();
        const version = source.version === undefined ? "" : ` ${source.version}`;
        return fine("flavor", `${type} ${name}: ${source.package ?? source.module}${version}`);
      } catch (error) {
        if (!isZenliteError(error)) throw error;
        return problem("flavor", used.includes(`${type}/${name}`) ? "wrong" : "warn", error);
      }
    }),
  );
  return findings;
}
