// `zenlite orchestrator|artifact-store|container-registry|image-builder|service-connector …` and `zenlite flavor list`.
import type { Command } from "commander";
import { componentTypes, type ComponentType } from "@zenlite/core";
import type { ConnectFlags } from "../verbs/components/connect.ts";
import type { ListResourcesFlags } from "../verbs/components/connectors.ts";
import type { RegisterFlags } from "../verbs/components/register.ts";
import type { UpdateFlags } from "../verbs/components/update.ts";
import type { JsonFlag } from "../verbs/stacks/shared.ts";
import { type Act, type AddCommands, collect, jsonOption } from "./shared.ts";

/** What a type is called in sentences, and what its examples are about. */
const words: {
  readonly [Type in ComponentType]: {
    readonly what: string;
    readonly name: string;
    readonly flavor: string;
    readonly option: string;
    readonly key: string;
    readonly module: string;
  };
} = {
  orchestrator: {
    what: "where steps run",
    name: "containers",
    flavor: "docker",
    option: "--base_image=node:24-slim",
    key: "base_image",
    module: "./orchestrator/my-docker-orchestrator-flavor.ts",
  },
  "artifact-store": {
    what: "where artifacts and records are kept",
    name: "cloud_store",
    flavor: "s3",
    option: "--path=s3://bucket/prefix",
    key: "path",
    module: "./stores/my-store-flavor.ts",
  },
  "container-registry": {
    what: "where images are pushed",
    name: "cloud_registry",
    flavor: "aws",
    option: "--uri=123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    key: "uri",
    module: "./registries/my-registry-flavor.ts",
  },
  "image-builder": {
    what: "who builds images",
    name: "builder",
    flavor: "docker",
    option: "--network=host",
    key: "network",
    module: "./builders/my-builder-flavor.ts",
  },
  "service-connector": {
    what: "where credentials come from",
    name: "cloud_connector",
    flavor: "aws",
    option: "--region=eu-central-1",
    key: "region",
    module: "./connectors/my-connector-flavor.ts",
  },
};

export const addComponents: AddCommands = (program, act) => {
  for (const type of componentTypes) addComponentType(program, act, type);
  program
    .command("flavor")
    .description("Look at the flavors of all component types.")
    .command("list")
    .description("Every flavor with where it comes from. Imports none of them.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite flavor list")
    .action((flags: JsonFlag) =>
      act(async () => (await import("../verbs/flavors/list.ts")).listFlavorsVerb(undefined, flags)),
    );
};

function addComponentType(program: Command, act: Act, type: ComponentType): void {
  const { what } = words[type];
  const group = program.command(type).description(`Register ${type} components (${what}), change and list them.`);
  addRegister(group, act, type);
  addLooks(group, act, type);
  addChanges(group, act, type);
  if (type === "service-connector") addConnectorLooks(group, act);
  else addConnections(group, act, type);
  addFlavors(group, act, type);
}

/** Options that commander does not know are keys of the flavor, so the words after the name are read by the verb. */
function addRegister(group: Command, act: Act, type: ComponentType): void {
  const { name, flavor, option, key } = words[type];
  const isConnector = type === "service-connector";
  const register = group
    .command("register")
    .usage(`<name> ${isConnector ? "--type" : "-f"} <flavor> [--<key>=<value> ...] [options]`)
    .description(`Add a component to the configuration. Its keys: zenlite ${type} explain <flavor>`)
    .argument("<name>")
    .argument("[settings...]")
    .allowUnknownOption()
    .option("-f, --flavor <flavor>", "the implementation to use");
  if (isConnector)
    register
      .option("-t, --type <flavor>", "another spelling of --flavor")
      .option("--auto-configure", "find profile, region and account; stores references, no keys");
  else register.option("-c, --connector <name>", "the service-connector that gives it credentials");
  register
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `\nExample:\n  zenlite ${type} register ${name} ${isConnector ? "--type" : "-f"} ${flavor} ${option}`,
    )
    .action((first: string, more: readonly string[], flags: RegisterFlags) =>
      act(async () => (await import("../verbs/components/register.ts")).registerVerb(type, [first, ...more], flags)),
    );
  group
    .command("update")
    .usage("<name> [--<key>=<value> ...] [--unset <key>] [options]")
    .description("Set keys of a component, or take some away.")
    .argument("<name>")
    .argument("[settings...]")
    .allowUnknownOption()
    .option("--unset <key>", "take this key away; repeatable", collect)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `\nExamples:\n  zenlite ${type} update ${name} ${option}\n  zenlite ${type} update ${name} --unset ${key}`,
    )
    .action((first: string, more: readonly string[], flags: UpdateFlags) =>
      act(async () => (await import("../verbs/components/update.ts")).updateVerb(type, [first, ...more], flags)),
    );
}

function addLooks(group: Command, act: Act, type: ComponentType): void {
  const { name, flavor } = words[type];
  group
    .command("list")
    .description("The components of this project, with what uses them.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} list`)
    .action((flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/list.ts")).listComponentsVerb(type, flags)),
    );
  group
    .command("describe [name]")
    .description(
      `One component as it is configured. Without a name: ${type === "service-connector" ? "the only one" : "that of the active stack"}.`,
    )
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} describe ${name}`)
    .action((named: string | undefined, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/describe.ts")).describeComponentVerb(type, named, flags)),
    );
  group
    .command("explain <flavor>")
    .description("The keys of a flavor: their types, defaults and meaning.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} explain ${flavor}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/explain.ts")).explainVerb(type, named, flags)),
    );
}

function addChanges(group: Command, act: Act, type: ComponentType): void {
  const { name } = words[type];
  group
    .command("rename <name> <new-name>")
    .description("Give a component another name, also where it is used.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} rename ${name} my_${name}`)
    .action((old: string, named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/rename.ts")).renameVerb(type, old, named, flags)),
    );
  group
    .command("delete <name>")
    .description("Remove a component that nothing uses.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} delete ${name}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/delete.ts")).deleteVerb(type, named, flags)),
    );
}

function addConnections(group: Command, act: Act, type: ComponentType): void {
  const { name } = words[type];
  group
    .command("connect <name> [connector]")
    .description("Let a service-connector give a component its credentials.")
    .option("-c, --connector <name>", "the service-connector")
    .option("--no-verify", "do not ask whether the connector may use what the component names")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} connect ${name} --connector cloud_connector`)
    .action((named: string, connector: string | undefined, flags: ConnectFlags) =>
      act(async () => (await import("../verbs/components/connect.ts")).connectVerb(type, named, connector, flags)),
    );
  group
    .command("disconnect <name>")
    .description("Leave a component to the default credentials of this machine.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} disconnect ${name}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/connect.ts")).disconnectVerb(type, named, flags)),
    );
}

/** What only a connector can be asked. */
function addConnectorLooks(group: Command, act: Act): void {
  group
    .command("verify [name]")
    .description("Sign in, and say as whom. Without a name: the only connector.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite service-connector verify cloud_connector")
    .action((named: string | undefined, flags: JsonFlag) =>
      act(async () => (await import("../verbs/components/connectors.ts")).verifyVerb(named, flags)),
    );
  group
    .command("list-resources [name]")
    .description("What the connector can see, such as buckets and repositories. Without a name: the only connector.")
    .option("-r, --resource-type <type>", "only of this type")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  zenlite service-connector list-resources cloud_connector --resource-type s3-bucket",
    )
    .action((named: string | undefined, flags: ListResourcesFlags) =>
      act(async () => (await import("../verbs/components/connectors.ts")).listResourcesVerb(named, flags)),
    );
}

function addFlavors(group: Command, act: Act, type: ComponentType): void {
  const { flavor, module } = words[type];
  const flavors = group.command("flavor").description(`Register ${type} flavors and look at them.`);
  flavors
    .command("register <package-or-module>")
    .description(
      "Add a flavor to the configuration: an installed package by its full name, or a module of yours by its path.",
    )
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} flavor register ${module}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/flavors/register.ts")).registerFlavorVerb(type, named, flags)),
    );
  flavors
    .command("list")
    .description("The flavors with where each comes from. Imports none of them.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} flavor list`)
    .action((flags: JsonFlag) =>
      act(async () => (await import("../verbs/flavors/list.ts")).listFlavorsVerb(type, flags)),
    );
  flavors
    .command("describe <name>")
    .description("Where a flavor comes from and what uses it.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} flavor describe ${flavor}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/flavors/list.ts")).describeFlavorVerb(type, named, flags)),
    );
  flavors
    .command("delete <name>")
    .description("Take a flavor that no component uses out of the configuration.")
    .addOption(jsonOption())
    .addHelpText("after", `\nExample:\n  zenlite ${type} flavor delete ${flavor}`)
    .action((named: string, flags: JsonFlag) =>
      act(async () => (await import("../verbs/flavors/delete.ts")).deleteFlavorVerb(type, named, flags)),
    );
}
