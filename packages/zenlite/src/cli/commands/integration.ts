// `zenlite integration …`.
import type { IntegrationFlags } from "../verbs/integrations/install.ts";
import { type AddCommands, jsonOption } from "./shared.ts";

export const addIntegration: AddCommands = (program, act) => {
  const integration = program
    .command("integration")
    .description("Add flavor packages by one short name: aws, docker, oci, s3.");

  integration
    .command("install <name...>")
    .description("Install the packages of integrations with the project's package manager and declare their flavors.")
    .option("-y, --yes", "run the package manager without asking")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite integration install docker s3 -y")
    .action((names: readonly string[], flags: IntegrationFlags) =>
      act(async () => (await import("../verbs/integrations/install.ts")).installIntegrationsVerb(names, flags)),
    );

  integration
    .command("list")
    .description("Every integration, its packages, and which of them this project has.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite integration list")
    .action((flags: { json?: true }) =>
      act(async () => (await import("../verbs/integrations/list.ts")).listIntegrationsVerb(flags)),
    );

  integration
    .command("uninstall <name...>")
    .description("Take the flavors of integrations out of the configuration and uninstall their packages.")
    .option("-y, --yes", "run the package manager without asking")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite integration uninstall docker -y")
    .action((names: readonly string[], flags: IntegrationFlags) =>
      act(async () => (await import("../verbs/integrations/uninstall.ts")).uninstallIntegrationsVerb(names, flags)),
    );
};
