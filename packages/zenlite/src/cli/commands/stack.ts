// `zenlite stack …`.
import { type AddCommands, jsonOption } from "./shared.ts";

export const addStack: AddCommands = (program, act) => {
  program
    .command("stack")
    .description("Look at stacks: named sets of infrastructure.")
    .command("list")
    .description("The stacks of this project; the active one is marked.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite stack list")
    .action((flags: { json?: true }) => act(async () => (await import("../verbs/stack.ts")).listStacksVerb(flags)));
};
