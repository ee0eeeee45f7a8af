// `zenlite run`.
import type { RunFlags } from "../verbs/run.ts";
import { type AddCommands, collect, jsonOption, stackOption } from "./shared.ts";

export const addRun: AddCommands = (program, act) => {
  program
    .command("run <module>")
    .summary("run a pipeline")
    .description("Run a pipeline of a TypeScript module: `run.ts`, or `run.ts#digits` where it exports several.")
    .addOption(stackOption())
    .option("--config <file>", "run configuration (YAML)")
    .option(
      "--set <name=value>",
      "set a parameter (name=value) or a step's literal input (step.name=value); repeatable",
      collect,
    )
    .option("--no-cache", "run every step, whatever the cache holds")
    .option("--force <step>", "run this step even where the cache holds its outputs; repeatable", collect)
    .option("--dry-run", "say what would run, what is cached, and why")
    .addOption(jsonOption("print one JSON event a line"))
    .addHelpText(
      "after",
      "\nExample:\n  zenlite run run.ts --config configs/training_pipeline.yaml --stack docker --set gamma=0.01",
    )
    .action((module: string, flags: RunFlags) =>
      act(async () => (await import("../verbs/run.ts")).runVerb(module, flags)),
    );
};
