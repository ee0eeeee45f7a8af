// `zenlite runs …`.
import { type AddCommands, jsonOption, stackOption } from "./shared.ts";

export const addRuns: AddCommands = (program, act) => {
  const runs = program.command("runs").description("Look at runs, cancel them, go on with interrupted ones.");
  runs
    .command("list")
    .description("The newest runs first.")
    .addOption(stackOption())
    .option("--limit <count>", "how many", "20")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite runs list --limit 5")
    .action((flags: { stack?: string; limit: string; json?: true }) =>
      act(async () => (await import("../verbs/runs.ts")).listVerb(flags)),
    );
  for (const [verb, description] of [
    ["show", "One run: its steps, their outputs, metrics and errors."],
    ["explain", "Why each step of a run ran or came from the cache."],
    ["cancel", "Cancel a run; returns when its compute is gone."],
    ["resume", "Go on with a run whose driver died, without repeating what is done."],
  ] as const)
    runs
      .command(`${verb} [run]`)
      .description(`${description} Without a name: the newest run.`)
      .addOption(stackOption())
      .addOption(jsonOption(verb === "resume" ? "print one JSON event a line" : "print JSON"))
      .addHelpText("after", `\nExample:\n  zenlite runs ${verb} 20261121-182401-123-k3f9x2`)
      .action((run: string | undefined, flags: { stack?: string; json?: true }) =>
        act(async () => (await import("../verbs/runs.ts"))[`${verb}Verb`](run, flags)),
      );
  runs
    .command("logs [run] [step]")
    .description("What a run's steps printed, complete and in order.")
    .addOption(stackOption())
    .option("-f, --follow", "go on until the run has ended")
    .addOption(jsonOption("print one JSON object a line"))
    .addHelpText("after", "\nExample:\n  zenlite runs logs 20261121-182401-123-k3f9x2 trainer -f")
    .action(
      (run: string | undefined, step: string | undefined, flags: { stack?: string; follow?: true; json?: true }) =>
        act(async () => (await import("../verbs/logs.ts")).logsVerb(run, step, flags)),
    );
};
