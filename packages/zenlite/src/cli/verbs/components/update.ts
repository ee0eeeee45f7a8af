// `zenlite orchestrator update` and its like.
import {
  canonicalJson,
  suggestion,
  ZenliteError,
  type ComponentType,
  type Flavor,
  type JsonObject,
} from "@zenlite/core";
import { checkValue, toSnake, type ComponentDeclaration, type Config, type Edit } from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { sourceNamed } from "../flavors/shared.ts";
import type { JsonFlag } from "../stacks/shared.ts";
import { meantKey, isOpen, propertiesOf, schemaPart } from "./schema-node.ts";
import { refuseForeign, set, tell } from "./change.ts";
import { componentNamed, componentsOf } from "./declared.ts";
import { checkTypedConfig, readTypedConfig, type TypedCommand } from "./typed-config.ts";
import { readWords } from "./words.ts";

export interface UpdateFlags extends JsonFlag {
  readonly unset?: readonly string[];
}

export async function updateVerb(type: ComponentType, words: readonly string[], flags: UpdateFlags): Promise<number> {
  const command = commandOf(type);
  const done = { name: "", updated: [] as readonly string[], removed: [] as readonly string[] };
  const change = await changeConfig(process.cwd(), async (config) => {
    const component = componentNamed(config, type, nameIn(config, type, words, command));
    refuseForeign(config, component, "updated");
    const flavor = await sourceNamed(config, type, component.flavor).load();
    const typed = readTypedConfig(words, flavor, command);
    const { name, config: settings } = typed;
    const unset = (flags.unset ?? []).map((key) => keyToUnset(key, flavor, settings, component.config));
    if (typed.problems.length + Object.keys(settings).length + unset.length === 0)
      throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", "There is nothing to update: no key is given.", {
        hint: `${command.command} ${name} --<key>=<value>\nkeys: zenlite ${type} explain ${flavor.name}`,
      });
    const { before, kept } = await keep(config, component, flavor, [...Object.keys(settings), ...unset]);
    const after = await checkTypedConfig(config, flavor, typed, { config: kept, locate: component.locate });
    const isChanged = (key: string): boolean => {
      const known = schemaKey(key, flavor);
      const [was, is] = [before, after].map((each) =>
        Object.hasOwn(each, known) ? canonicalJson(each[known]) : undefined,
      );
      return was !== is;
    };
    done.name = name;
    done.updated = Object.keys(settings).filter(isChanged);
    const written = new Set(Object.keys(component.config).map((key) => schemaKey(key, flavor)));
    done.removed = unset.filter((key) => written.has(schemaKey(key, flavor)));
    return [
      ...Object.entries(settings).flatMap(([key, value]) => (isChanged(key) ? [set(component, key, value)] : [])),
      ...done.removed.map((key): Edit => ({ at: [type, name, key], remove: true })),
    ];
  });
  const { name, updated, removed } = done;
  const parts = [
    ...(updated.length === 0 ? [] : [updated.join(", ")]),
    ...(removed.length === 0 ? [] : [`without ${removed.join(", ")}`]),
  ];
  const sentence = change.changed
    ? `Updated ${type} "${name}" (${parts.join("; ")})`
    : `Nothing to change: ${type} "${name}" is so already.`;
  return tell(flags, change, { type, name, updated, removed }, sentence);
}

function commandOf(type: ComponentType): TypedCommand {
  const flavor = `A component keeps its flavor: delete it and register it again, or register another.`;
  return {
    command: `zenlite ${type} update`,
    options: ["--unset", "--json", "--help"],
    example: "<name> --<key>=<value>",
    refused: {
      "--flavor": flavor,
      "-f": flavor,
      ...(type === "service-connector"
        ? {}
        : { "--connector": `Type: zenlite ${type} connect <name> --connector <connector>` }),
    },
  };
}

/** The name comes before the flavor is known, and only with the flavor it is known which options take a value. */
function nameIn(
  config: Config,
  type: ComponentType,
  words: readonly string[],
  { command, example }: TypedCommand,
): string {
  const known = componentsOf(config, type).map(({ name }) => name);
  const name = readWords(words).names[0] ?? words.find((word) => known.includes(word));
  if (name !== undefined) return name;
  throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `The name of the ${type} is missing.`, {
    hint: `${command} ${example}`,
  });
}

/**
 * As a file spells it. Throws for a key that the flavor does not have, unless it is there by mistake, and for one that the same
 * command sets.
 */
function keyToUnset(typed: string, flavor: Flavor, settings: JsonObject, written: JsonObject): string {
  const part = schemaPart(flavor.config);
  const known = Object.keys(propertiesOf(part));
  const meant = meantKey(typed, known) ?? (isOpen(part) || Object.hasOwn(written, typed) ? typed : undefined);
  if (meant === undefined)
    throw new ZenliteError(
      "ZENLITE_ARGUMENT_INVALID",
      `--unset ${typed}: the ${flavor.type} flavor "${flavor.name}" has no such key.${suggestion(typed, known.map(toSnake))}`,
      { hint: `zenlite ${flavor.type} explain ${flavor.name}` },
    );
  const key = known.includes(meant) ? toSnake(meant) : meant;
  if (Object.hasOwn(settings, key))
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `--unset ${typed}: the same command sets it.`, {
      hint: `zenlite ${flavor.type} update <name> --unset ${typed}`,
    });
  return key;
}

function schemaKey(key: string, flavor: Flavor): string {
  return meantKey(key, Object.keys(propertiesOf(schemaPart(flavor.config)))) ?? key;
}

/** What the file says, in the schema's spelling; and what stays of it as it is written. */
async function keep(
  config: Config,
  { config: written, style, locate }: ComponentDeclaration,
  flavor: Flavor,
  replaced: readonly string[],
): Promise<{ readonly before: JsonObject; readonly kept: JsonObject }> {
  const context = { style, locate, title: flavor.name, secrets: config.secrets, lenient: true };
  const { raw: before } = await checkValue(flavor.config, written, context);
  const gone = new Set(replaced.map((key) => schemaKey(key, flavor)));
  const kept = Object.entries(written).filter(([key]) => !gone.has(schemaKey(key, flavor)));
  return { before, kept: Object.fromEntries(kept) };
}
