// The command line: which verbs and options there are. Each verb's code is loaded only when it is called.
import { Command, CommanderError, Option } from "commander";
import { zenliteVersion } from "../client/versions.ts";
import { exitCodeOf, exitCodes } from "./exit.ts";
import type { RunFlags } from "./verbs/run.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const jsonOption = (description: string): Option => new Option("--json", description);
const stackOption = (): Option => new Option("--stack <name>", "the stack to use instead of the active one");

function buildProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("zenlite")
    .description("Run TypeScript pipelines in-process, in Docker containers or in the cloud by naming another stack.")
    .version(zenliteVersion(), "-v, --version")
    .showHelpAfterError("(add --help for the options of this command)")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });

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
    .action(async (module: string, flags: RunFlags) => {
      const { runVerb } = await import("./verbs/run.ts");
      setExitCode(await runVerb(module, flags));
    });

  const runs = program.command("runs").description("Look at runs, cancel them, go on with interrupted ones.");
  runs
    .command("list")
    .description("The newest runs first.")
    .addOption(stackOption())
    .option("--limit <count>", "how many", "20")
    .addOption(jsonOption("print JSON"))
    .addHelpText("after", "\nExample:\n  zenlite runs list --limit 5")
    .action(async (flags: { stack?: string; limit: string; json?: true }) => {
      const { listVerb } = await import("./verbs/runs.ts");
      setExitCode(await listVerb(flags));
    });
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
      .action(async (run: string | undefined, flags: { stack?: string; json?: true }) => {
        const verbs = await import("./verbs/runs.ts");
        setExitCode(await verbs[`${verb}Verb`](run, flags));
      });
  runs
    .command("logs [run] [step]")
    .description("What a run's steps printed, complete and in order.")
    .addOption(stackOption())
    .option("-f, --follow", "go on until the run has ended")
    .addOption(jsonOption("print one JSON object a line"))
    .addHelpText("after", "\nExample:\n  zenlite runs logs 20261121-182401-123-k3f9x2 trainer -f")
    .action(
      async (
        run: string | undefined,
        step: string | undefined,
        flags: { stack?: string; follow?: true; json?: true },
      ) => {
        const { logsVerb } = await import("./verbs/logs.ts");
        setExitCode(await logsVerb(run, step, flags));
      },
    );

  program
    .command("artifacts")
    .description("Look at what steps stored.")
    .command("show <run> <step.output>")
    .description("An artifact's manifest, and its value where that is small and readable.")
    .addOption(stackOption())
    .addOption(jsonOption("print JSON"))
    .addHelpText("after", "\nExample:\n  zenlite artifacts show 20261121-182401-123-k3f9x2 evaluator.accuracy")
    .action(async (run: string, output: string, flags: { stack?: string; json?: true }) => {
      const { showArtifactVerb } = await import("./verbs/artifacts.ts");
      setExitCode(await showArtifactVerb(run, output, flags));
    });

  program
    .command("stack")
    .description("Look at stacks: named sets of infrastructure.")
    .command("list")
    .description("The stacks of this project; the active one is marked.")
    .addOption(jsonOption("print JSON"))
    .addHelpText("after", "\nExample:\n  zenlite stack list")
    .action(async (flags: { json?: true }) => {
      const { listStacksVerb } = await import("./verbs/stack.ts");
      setExitCode(await listStacksVerb(flags));
    });

  program
    .command("clean")
    .description(
      "Say what nothing needs any more: old runs, lost artifacts, compute of dead runs, images. Removes it only with --yes.",
    )
    .addOption(stackOption())
    .option("--yes", "remove it")
    .option("--keep-days <days>", "keep runs younger than this", "30")
    .addOption(jsonOption("print JSON"))
    .addHelpText("after", "\nExample:\n  zenlite clean --keep-days 7")
    .action(async (flags: { stack?: string; yes?: true; keepDays: string; json?: true }) => {
      const { cleanVerb } = await import("./verbs/clean.ts");
      setExitCode(await cleanVerb(flags));
    });

  for (const command of [program, ...program.commands, ...program.commands.flatMap((parent) => parent.commands)])
    command.exitOverride().showHelpAfterError("(add --help for what this command takes)");
  return program;
}

/** Runs one command line; sets the process's exit code and never throws. */
export async function main(args: readonly string[]): Promise<void> {
  let verbEnded = false;
  // Until a verb says otherwise: a process that runs out of things to wait for must not look as if it had done its work.
  process.exitCode = exitCodes.failed;
  const program = buildProgram((code) => {
    process.exitCode = code;
    verbEnded = true;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    // Steps in this process may have left timers and sockets behind; what was asked for is done all the same.
    if (verbEnded) process.stdout.write("", () => process.exit());
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were asked for and end well; anything else is a mistake on the command line, which commander has explained.
      const asked = ["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
      process.exitCode = asked && error.exitCode === 0 ? exitCodes.done : exitCodes.user;
      return;
    }
    const { reportError } = await import("./output/errors.ts");
    reportError(error, args.includes("--json"));
    process.exitCode = exitCodeOf(error);
  }
}
