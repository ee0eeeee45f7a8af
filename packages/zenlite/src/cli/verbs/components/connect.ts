// `zenlite artifact-store connect|disconnect` and their like.
import { ZenliteError, type ComponentType } from "@zenlite/core";
import { checkComponent, openCheck, throwTogether, type ComponentDeclaration, type Config } from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { reach } from "../../../client/reach.ts";
import { progressLog } from "../../scope.ts";
import type { JsonFlag } from "../stacks/shared.ts";
import { checkConnectorName, refuseForeign, set, tell } from "./change.ts";
import { componentNamed, componentsOf } from "./declared.ts";

export interface ConnectFlags extends JsonFlag {
  readonly connector?: string;
  /** False: the component is not asked whether it answers with the connector's credentials. */
  readonly verify: boolean;
}

/** The connector may be given as an option, as ZenML has it, or after the name. */
export async function connectVerb(
  type: ComponentType,
  name: string,
  named: string | undefined,
  flags: ConnectFlags,
): Promise<number> {
  const done = { connector: "", answer: "", unasked: false };
  const change = await changeConfig(process.cwd(), async (config) => {
    const component = componentNamed(config, type, name);
    refuseForeign(config, component, "connected");
    const known = componentsOf(config, "service-connector").map((connector) => connector.name);
    done.connector = chosen(type, name, [flags.connector, named], known);
    checkConnectorName(config, done.connector);
    if (flags.verify) {
      const answer = await askWith(config, component, done.connector);
      Object.assign(done, { answer: answer ?? "", unasked: answer === undefined });
    }
    return component.connector === done.connector ? [] : [set(component, "connector", done.connector)];
  });
  const { connector, answer } = done;
  const title = `${type} "${name}"`;
  const sentence = change.changed
    ? `Connected ${title} with "${connector}"${answer === "" ? "" : `, with which it ${answer},`}`
    : `The ${title} is connected with "${connector}" already${answer === "" ? "" : ` and ${answer}`}.`;
  const code = tell(flags, change, { type, name, connector, verified: flags.verify && !done.unasked }, sentence);
  if (done.unasked)
    progressLog.warn(
      "notice: it was not asked, since variables or secrets that it refers to are not set here: zenlite doctor",
    );
  return code;
}

/** Asks the very thing that the component names, with the connector's credentials. `undefined`: it refers to what is not set here. */
async function askWith(
  config: Config,
  declaration: ComponentDeclaration,
  connector: string,
): Promise<string | undefined> {
  const { type } = declaration;
  const { component, problems } = await checkComponent(config, type, { ...declaration, connector }, openCheck(true));
  throwTogether(problems);
  return component === undefined ? undefined : (await reach(component)).text;
}

function chosen(
  type: ComponentType,
  name: string,
  given: readonly (string | undefined)[],
  known: readonly string[],
): string {
  const [connector, ...others] = new Set(given.filter((each) => each !== undefined));
  if (connector !== undefined && others.length === 0) return connector;
  const message =
    connector === undefined
      ? "The connector is missing."
      : `There are two connectors: ${connector}, ${others.join(", ")}.`;
  throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", message, {
    hint:
      known.length === 0
        ? "zenlite service-connector register <connector> --type <flavor>"
        : `zenlite ${type} connect ${name} --connector ${known.length === 1 ? known[0] : `<${known.join("|")}>`}`,
  });
}

export async function disconnectVerb(type: ComponentType, name: string, flags: JsonFlag): Promise<number> {
  const done = { before: "" };
  const change = await changeConfig(process.cwd(), (config) => {
    const component = componentNamed(config, type, name);
    if (component.connector === undefined) return [];
    refuseForeign(config, component, "disconnected");
    done.before = component.connector;
    return [{ at: [type, name, "connector"], remove: true }];
  });
  const title = `${type} "${name}"`;
  const sentence = change.changed ? `Disconnected ${title} from "${done.before}"` : `The ${title} has no connector.`;
  return tell(flags, change, { type, name }, sentence);
}
