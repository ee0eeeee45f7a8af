// `zenlite clean`.
import { type AddCommands, jsonOption, stackOption } from "./shared.ts";

export const addClean: AddCommands = (program, act) => {
  program
    .command("clean")
    .description(
      "Say what nothing needs any more: old runs, lost artifacts, compute of dead runs, images. Removes it only with --yes.",
    )
    .addOption(stackOption())
    .option("--yes", "remove it")
    .option("--keep-days <days>", "keep runs younger than this", "30")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite clean --keep-days 7")
    .action((flags: { stack?: string; yes?: true; keepDays: string; json?: true }) =>
      act(async () => (await import("../verbs/clean.ts")).cleanVerb(flags)),
    );
};
