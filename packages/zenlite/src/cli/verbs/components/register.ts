// `zenlite orchestrator register` and its like.
import { canonicalJson, suggestion, ZenliteError, type ComponentType, type Flavor, type Json } from "@zenlite/core";
import {
  checkValue,
  throwTogether,
  toCamel,
  toSnake,
  type ComponentDeclaration,
  type Config,
} from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { print } from "../../scope.ts";
import { flavorsOf, sourceNamed } from "../flavors/shared.ts";
import { placeText, type JsonFlag } from "../stacks/shared.ts";
import { checkConnectorName, checkName, takenError, tell } from "./change.ts";
import { componentsOf } from "./declared.ts";
import {
  checkTypedConfig,
  misspeltOption,
  readTypedConfig,
  type TypedCommand,
  type TypedConfig,
} from "./typed-config.ts";

export interface RegisterFlags extends JsonFlag {
  readonly flavor?: string;
  /** Another spelling of `flavor` for connectors. */
  readonly type?: string;
  readonly connector?: string;
  /** Lets the flavor find its configuration. */
  readonly autoConfigure?: true;
}

export async function registerVerb(
  type: ComponentType,
  words: readonly string[],
  flags: RegisterFlags,
): Promise<number> {
  const command = commandOf(type);
  const done = {
    name: "",
    flavor: "",
    config: {} as { readonly [key: string]: Json },
    where: "",
    found: [] as string[],
  };
  const { connector } = flags;
  const change = await changeConfig(process.cwd(), async (config) => {
    const source = sourceNamed(config, type, chooseFlavor(config, type, words, flags, command));
    const flavor = await source.load();
    const read = readTypedConfig(words, flavor, command);
    checkName(type, read.name);
    const typed = flags.autoConfigure === true ? await completed(flavor, read) : { ...read, found: [] };
    const { name, config: settings, found } = typed;
    if (connector !== undefined) checkConnectorName(config, connector);
    const raw = await checkTypedConfig(config, flavor, typed);
    Object.assign(done, { name, flavor: flavor.name, config: settings, found });
    const before = componentsOf(config, type).find((component) => component.name === name);
    if (before === undefined) {
      const link = connector === undefined ? {} : { connector };
      return [{ at: [type, name], set: { flavor: flavor.name, ...link, ...settings } }];
    }
    const { style, locate } = before;
    const context = { style, locate, title: flavor.name, secrets: config.secrets, lenient: true };
    const isSame =
      before.flavor === flavor.name &&
      before.connector === connector &&
      canonicalJson((await checkValue(flavor.config, before.config, context)).raw) === canonicalJson(raw);
    if (!isSame) throw takenError(before, wayOut(config, before, typed.typed, { flavor: flavor.name, connector }));
    done.where = before.where === undefined ? "it exists without configuration" : placeText(before.where);
    return [];
  });
  const { name, flavor, config, where, found } = done;
  if (flags.json !== true) for (const sentence of found) print(sentence);
  const link = connector === undefined ? "" : `, connector ${connector}`;
  const title = `${type} "${name}" (flavor ${flavor}${link})`;
  const sentence = change.changed ? `Registered ${title}` : `The ${title} is registered already: ${where}.`;
  return tell(
    flags,
    change,
    { type, name, flavor, ...(connector === undefined ? {} : { connector }), config },
    sentence,
  );
}

/** What was typed, and what the flavor finds beside it. */
async function completed(
  flavor: Flavor,
  typed: TypedConfig,
): Promise<TypedConfig & { readonly found: readonly string[] }> {
  if (flavor.discover === undefined)
    throw new ZenliteError(
      "ZENLITE_AUTO_CONFIGURE_UNSUPPORTED",
      `The ${flavor.type} flavor "${flavor.name}" finds nothing by itself; --auto-configure is not for it.`,
      { hint: `zenlite ${flavor.type} explain ${flavor.name}` },
    );
  throwTogether(typed.problems);
  const given = Object.fromEntries(Object.entries(typed.config).map(([key, value]) => [toCamel(key), value]));
  const discovery = await flavor.discover(given, { signal: AbortSignal.timeout(discoverySeconds * 1000) });
  const discovered = Object.fromEntries(Object.entries(discovery.config).map(([key, value]) => [toSnake(key), value]));
  return { ...typed, config: { ...discovered, ...typed.config }, found: discovery.found };
}

const discoverySeconds = 30;

function commandOf(type: ComponentType): TypedCommand {
  const isConnector = type === "service-connector";
  return {
    command: `zenlite ${type} register`,
    options: ["--flavor", ...(isConnector ? ["--type", "--auto-configure"] : ["--connector"]), "--json", "--help"],
    example: `<name> -f <flavor> --<key>=<value>`,
    refused: isConnector ? { "--connector": "A service-connector has no connector of its own." } : {},
  };
}

/** Throws ZENLITE_ARGUMENT_INVALID where none is named, or two. */
function chooseFlavor(
  config: Config,
  type: ComponentType,
  words: readonly string[],
  flags: RegisterFlags,
  command: TypedCommand,
): string {
  const { flavor, type: spelled } = flags;
  const named = flavor ?? spelled;
  if (flavor !== undefined && spelled !== undefined && flavor !== spelled)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--flavor ${flavor} and --type ${spelled} are one option.`, {
      hint: `${command.command} <name> -f ${flavor}`,
    });
  if (named !== undefined) return named;
  const misspelt = misspeltOption(words, command);
  if (misspelt !== undefined) throw misspelt;
  const names = flavorsOf(config, type).map((source) => source.name);
  throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `The flavor is missing: -f <flavor>.${suggestion("", names)}`, {
    hint: `zenlite ${type} flavor list`,
  });
}

/** How to get what was asked for although the name is taken. */
function wayOut(
  { file }: Config,
  { type, name, flavor: before, connector: linked, where }: ComponentDeclaration,
  typed: ReadonlyMap<string, string>,
  { flavor, connector }: { readonly flavor: string; readonly connector: string | undefined },
): string {
  if (where === undefined || where.file !== file)
    return `Give yours another name: zenlite ${type} register <name> -f ${flavor}`;
  if (before !== flavor) return `zenlite ${type} delete ${name}, or give the new one another name`;
  const options = [...typed.values()].map((option) => ` ${option}=…`).join("");
  const link = connector === undefined || connector === linked ? [] : [`zenlite ${type} connect ${name} ${connector}`];
  const update =
    options === "" && link.length > 0 ? [] : [`zenlite ${type} update ${name}${options || " --<key>=<value>"}`];
  return [...update, ...link].join("\n");
}
