// `zenlite integration list`: every integration with its packages, and which of them this project has.
import { integrations, readIntegrations } from "../../../client/integrations.ts";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson } from "../../scope.ts";

export async function listIntegrationsVerb(flags: { readonly json?: true }): Promise<number> {
  const { of } = await readIntegrations(process.cwd());
  const list = Object.entries(integrations).map(([name, packages]) => ({
    name,
    packages: packages.map((each) => {
      const { version, declared } = of(each);
      return { name: each, version: version ?? null, declared: declared !== undefined };
    }),
  }));
  if (flags.json === true) {
    printJson(list);
    return exitCodes.done;
  }
  const rows = list.flatMap(({ name, packages }) =>
    packages.map((each, index) => [
      index === 0 ? name : "",
      each.name,
      each.version ?? "-",
      each.declared ? "yes" : "-",
    ]),
  );
  print(table(["INTEGRATION", "PACKAGE", "INSTALLED", "DECLARED"], rows));
  return exitCodes.done;
}
