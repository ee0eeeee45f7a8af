// The command line: which commands there are, in the order of the help.
import { Command } from "commander";
import { zenliteVersion } from "../client/versions.ts";
import { addArtifacts } from "./commands/artifacts.ts";
import { addClean } from "./commands/clean.ts";
import { addComponents } from "./commands/components.ts";
import { addIntegration } from "./commands/integration.ts";
import { addProject } from "./commands/project.ts";
import { addRun } from "./commands/run.ts";
import { addRuns } from "./commands/runs.ts";
import { addSecret } from "./commands/secret.ts";
import type { Act } from "./commands/shared.ts";
import { addStack } from "./commands/stack.ts";

export function buildProgram(act: Act): Command {
  const program = new Command("zenlite")
    .description("Run TypeScript pipelines in-process, in Docker containers or in the cloud by naming another stack.")
    .version(zenliteVersion(), "-v, --version")
    .configureOutput({ outputError: (text, write) => write(text) });
  for (const add of [
    addRun,
    addRuns,
    addArtifacts,
    addStack,
    addComponents,
    addSecret,
    addIntegration,
    addProject,
    addClean,
  ])
    add(program, act);
  prepare(program);
  return program;
}

function prepare(command: Command): void {
  command.exitOverride().showHelpAfterError("(add --help for what this command takes)");
  for (const child of command.commands) prepare(child);
}
