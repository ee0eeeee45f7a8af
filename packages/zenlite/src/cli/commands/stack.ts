// `zenlite stack …`.
import type { Command } from "commander";
import type { ImportFlags, ExportFlags } from "../verbs/stacks/exchange.ts";
import type { PartFlags } from "../verbs/stacks/parts.ts";
import type { JsonFlag } from "../verbs/stacks/shared.ts";
import { type AddCommands, collect, jsonOption, stackOption } from "./shared.ts";

export const addStack: AddCommands = (program, act) => {
  const stack = program.command("stack").description("Register stacks, named sets of infrastructure, and choose one.");

  withParts(stack.command("register <name>"))
    .description("Add a stack to the configuration, after checking that its components fit together.")
    .option("--set", "make it the active stack")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack register my_stack -o my_docker_orchestrator -a default --set")
    .action((name: string, flags: PartFlags & JsonFlag & { set?: true }) =>
      act(async () => (await import("../verbs/stacks/register.ts")).registerStackVerb(name, flags)),
    );

  stack
    .command("set <name>")
    .description("Make a stack the active one in this working copy.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack set my_stack")
    .action((name: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/stacks/set.ts")).setStackVerb(name, flags)),
    );

  stack
    .command("get")
    .description("The active stack, and who says so.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack get")
    .action((flags: JsonFlag & { stack?: string }) =>
      act(async () => (await import("../verbs/stacks/list.ts")).getStackVerb(flags)),
    );

  stack
    .command("list")
    .description("The stacks of this project; the active one is marked.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack list")
    .action((flags: JsonFlag) => act(async () => (await import("../verbs/stacks/list.ts")).listStacksVerb(flags)));

  stack
    .command("describe [name]")
    .description("A stack's components with their flavors and configuration. Without a name: the active stack.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack describe my_stack")
    .action((name: string | undefined, flags: JsonFlag) =>
      act(async () => (await import("../verbs/stacks/describe.ts")).describeStackVerb(name, flags)),
    );

  withParts(stack.command("update <name>"))
    .description("Exchange components of a stack, after checking that they fit together.")
    .option("--remove <type>", "take a component out: container-registry or image-builder; repeatable", collect)
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack update my_stack -a cloud_store --remove container-registry")
    .action((name: string, flags: PartFlags & JsonFlag & { remove?: readonly string[] }) =>
      act(async () => (await import("../verbs/stacks/update.ts")).updateStackVerb(name, flags)),
    );

  stack
    .command("rename <name> <new-name>")
    .description("Give a stack another name. Where it is the active one it stays so.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack rename my_stack production")
    .action((name: string, newName: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/stacks/update.ts")).renameStackVerb(name, newName, flags)),
    );

  stack
    .command("delete <name>")
    .description("Remove a stack that is not the active one. Its components stay.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack delete my_stack")
    .action((name: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/stacks/update.ts")).deleteStackVerb(name, flags)),
    );

  stack
    .command("validate [name]")
    .description("Check everything that a run would check of a stack. Without a name: the active stack.")
    .option("--all", "every stack of the project")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack validate my_stack")
    .action((name: string | undefined, flags: JsonFlag & { all?: true }) =>
      act(async () => (await import("../verbs/stacks/validate.ts")).validateStackVerb(name, flags)),
    );

  stack
    .command("export <name> [file]")
    .description(
      "Write a stack with its components as YAML, to standard output or a new file. References stay as written.",
    )
    .option("--force", "write over a file that is there")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack export my_stack my_stack.yaml")
    .action((name: string, file: string | undefined, flags: ExportFlags) =>
      act(async () => (await import("../verbs/stacks/exchange.ts")).exportStackVerb(name, file, flags)),
    );

  stack
    .command("import <file>")
    .description("Add an exported stack to the configuration: what is missing of its flavors, components and itself.")
    .option("--name <name>", "the stack's name here")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack import my_stack.yaml --name theirs")
    .action((file: string, flags: ImportFlags) =>
      act(async () => (await import("../verbs/stacks/exchange.ts")).importStackVerb(file, flags)),
    );
};

/** The short options are ZenML's. */
function withParts(command: Command): Command {
  return command
    .option("-o, --orchestrator <name>", "its orchestrator")
    .option("-a, --artifact-store <name>", "its artifact store")
    .option("-c, --container-registry <name>", "its container registry")
    .option("-i, --image-builder <name>", "its image builder");
}
