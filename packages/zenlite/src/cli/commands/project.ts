// Commands about the project itself: `init`, `login`, `doctor`, `schema`, `completion`.
import { Argument } from "commander";
import type { DoctorFlags } from "../verbs/doctor/verb.ts";
import type { Shell } from "../verbs/completion/scripts.ts";
import type { SchemaName } from "../verbs/schema/files.ts";
import { type AddCommands, jsonOption, stackOption } from "./shared.ts";

export const addProject: AddCommands = (program, act) => {
  program
    .command("init")
    .description("Make the current folder a project: a commented .zenliterc, and .zenlite/ for what is not committed.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite init")
    .action((flags: { json?: true }) => act(async () => (await import("../verbs/init.ts")).initVerb(flags)));

  program
    .command("doctor")
    .description("Look for what would stop a run: Node, configuration, flavors, stack, engine, credentials, disk.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nEnds with 0 where nothing is wrong, 2 where the configuration is, 3 where the machine is.\n\nExample:\n  zenlite doctor --stack docker",
    )
    .action((flags: DoctorFlags) => act(async () => (await import("../verbs/doctor/verb.ts")).doctorVerb(flags)));

  program
    .command("schema")
    .description(
      "Write JSON Schemas of .zenliterc and of run configurations, by which editors complete and check them.",
    )
    .addArgument(new Argument("[file]", "print one instead of writing both").choices(["config", "run"]))
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  zenlite schema\n  zenlite schema run > run-configuration.json")
    .action((name: SchemaName | undefined, flags: { json?: true }) =>
      act(async () => (await import("../verbs/schema/verb.ts")).schemaVerb(name, flags)),
    );

  program
    .command("completion")
    .description(
      "Print a script by which a shell completes commands, options and names of stacks, components and runs.",
    )
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  source <(zenlite completion bash)        # put this line into ~/.bashrc",
        "  source <(zenlite completion zsh)         # into ~/.zshrc, after compinit",
        "  zenlite completion fish > ~/.config/fish/completions/zenlite.fish",
      ].join("\n"),
    )
    .action((shell: Shell) => act(async () => (await import("../verbs/completion/scripts.ts")).completionVerb(shell)));

  program
    .command("__complete", { hidden: true })
    .description("What a completion script asks: the words so far, the last one unfinished.")
    .argument("<shell>")
    .argument("[words...]")
    .addHelpText("after", "\nExample:\n  zenlite __complete bash -- stack set my")
    .action((shell: string, words: readonly string[]) =>
      act(async () => (await import("../verbs/completion/complete.ts")).completeVerb(program, shell, words)),
    );

  program
    .command("login")
    .description("Not needed: zenlite has no server. Says so, for those who come from ZenML.")
    .argument("[arguments...]", "whatever ZenML's login takes")
    .allowUnknownOption()
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite login")
    .action((given: readonly string[], flags: { json?: true }) =>
      act(async () => (await import("../verbs/login.ts")).loginVerb(given, flags)),
    );
};
