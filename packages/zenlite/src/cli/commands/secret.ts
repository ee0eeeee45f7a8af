// `zenlite secret …`.
import type { Command } from "commander";
import type { ValueFlags } from "../verbs/secrets/values.ts";
import { type AddCommands, collect, jsonOption } from "./shared.ts";

const texts = {
  create: {
    description:
      "Keep a secret on this machine, outside the project. Asks for each value, or reads it from standard input.",
    examples: [
      "zenlite secret create openai --key api_key",
      "zenlite secret create openai --key api_key < key.txt",
      "zenlite secret create database --from-file credentials.json",
    ],
  },
  update: {
    description: "Set keys of a secret that is there; its other keys stay.",
    examples: ["zenlite secret update openai --key api_key"],
  },
} as const;

export const addSecret: AddCommands = (program, act) => {
  const secret = program
    .command("secret")
    .description("Keep secrets outside the project, for ${secret:name.key} in configuration.");
  for (const storing of ["create", "update"] as const)
    secret
      .command(`${storing} <name>`)
      // Whatever else stands there may be a value: the verb refuses it without repeating it.
      .allowUnknownOption()
      .allowExcessArguments()
      .description(texts[storing].description)
      .option("--key <key>", "a key to set; repeatable where values are asked for on a terminal", collect)
      .option("--from-file <file>", 'JSON: {"key": "value"}; - is standard input')
      .addOption(jsonOption())
      .addHelpText("after", ["", "Examples:", ...texts[storing].examples.map((line) => `  ${line}`)].join("\n"))
      .action((name: string, flags: ValueFlags & { json?: true }, command: Command) =>
        act(async () =>
          (await import("../verbs/secrets/change.ts")).storeSecretVerb(storing, name, command.args.slice(1), flags),
        ),
      );

  secret
    .command("list")
    .description("Names and keys, never values; and what .zenliterc refers to and nobody has set.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite secret list")
    .action((flags: { json?: true }) =>
      act(async () => (await import("../verbs/secrets/list.ts")).listSecretsVerb(flags)),
    );

  secret
    .command("delete <name>")
    .description("Delete a secret, or some of its keys.")
    .option("--key <key>", "delete this key only; repeatable", collect)
    .option("-y, --yes", "do not ask")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite secret delete openai --yes")
    .action((name: string, flags: { key?: readonly string[]; yes?: true; json?: true }) =>
      act(async () => (await import("../verbs/secrets/change.ts")).deleteSecretVerb(name, flags)),
    );
};
