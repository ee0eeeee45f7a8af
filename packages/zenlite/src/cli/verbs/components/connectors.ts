// `zenlite service-connector verify|list-resources`: what a connector may do, asked of the cloud itself.
import { isZenliteError, suggestion, ZenliteError, type ServiceConnector } from "@zenlite/core";
import {
  checkComponent,
  openCheck,
  openComponent,
  throwTogether,
  type Config,
  type ResolvedComponent,
} from "@zenlite/core/config";
import { componentFailed } from "../../../client/reach.ts";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { openConfig, type JsonFlag } from "../stacks/shared.ts";
import { componentNamed, componentsOf } from "./declared.ts";

export interface ListResourcesFlags extends JsonFlag {
  readonly resourceType?: string;
}

export async function verifyVerb(named: string | undefined, flags: JsonFlag): Promise<number> {
  const component = await resolveConnector(named);
  const { identity } = await withConnector(component, (connector, signal) => connector.verify({ signal }));
  const { name, flavor } = component;
  if (flags.json === true) printJson({ type: "service-connector", name, flavor: flavor.name, identity });
  else print(`The service-connector "${name}" (${flavor.name}) acts as ${identity}.`);
  return exitCodes.done;
}

/** Without a kind: of all kinds that the flavor names. */
export async function listResourcesVerb(named: string | undefined, flags: ListResourcesFlags): Promise<number> {
  const component = await resolveConnector(named);
  const known = component.supports.resources ?? [];
  const { resourceType: kind } = flags;
  if (kind !== undefined && !known.includes(kind))
    throw new ZenliteError(
      "ZENLITE_RESOURCE_KIND_UNKNOWN",
      `The flavor ${component.flavor.name} lists no "${kind}".${suggestion(kind, known)}`,
      {
        hint: `zenlite service-connector list-resources ${component.name}${known[0] === undefined ? "" : ` --resource-type ${known[0]}`}`,
      },
    );
  const resources = await withConnector(component, async (connector, signal) => {
    const found: { readonly kind: string; readonly id: string }[] = [];
    for (const wanted of kind === undefined ? known : [kind])
      for await (const resource of connector.resources(wanted, { signal })) found.push(resource);
    return found;
  });
  if (flags.json === true) printJson(resources);
  else if (resources.length === 0)
    print(`The service-connector "${component.name}" sees nothing of ${(kind ?? known.join(", ")) || "any kind"}.`);
  else
    print(
      table(
        ["TYPE", "RESOURCE"],
        resources.map((resource) => [resource.kind, resource.id]),
      ),
    );
  return exitCodes.done;
}

/** The one that is named, or the only one. Throws all that is wrong with it. */
async function resolveConnector(named: string | undefined): Promise<ResolvedComponent<"service-connector">> {
  const config = await openConfig();
  const declaration = componentNamed(config, "service-connector", named ?? onlyConnector(config));
  const { component, problems } = await checkComponent(config, "service-connector", declaration, openCheck(false));
  throwTogether(problems);
  if (component === undefined)
    throw new Error(`service-connector ${declaration.name} has neither problems nor a config`);
  return component;
}

function onlyConnector(config: Config): string {
  const names = componentsOf(config, "service-connector").map(({ name }) => name);
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new ZenliteError(
    "ZENLITE_ARGUMENT_INVALID",
    only === undefined
      ? "No service-connector is registered."
      : `Which service-connector? There are ${names.join(", ")}.`,
    {
      hint:
        only === undefined
          ? "zenlite service-connector register <name> --type <flavor>"
          : `zenlite service-connector verify ${only}`,
    },
  );
}

async function withConnector<Result>(
  component: ResolvedComponent<"service-connector">,
  work: (connector: ServiceConnector, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { signal } = new AbortController();
  await using connector = await openComponent(component, { where: "client", signal, log: progressLog });
  try {
    return await work(connector, signal);
  } catch (cause) {
    throw isZenliteError(cause) ? cause : componentFailed(component, cause);
  }
}
