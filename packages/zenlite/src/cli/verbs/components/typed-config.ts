// `--base_image=node:24` and the like → the configuration of a component, by its flavor's schema.
import { nearest, suggestion, ZenliteError, type Flavor, type Json, type JsonObject } from "@zenlite/core";
import {
  checkValue,
  shown,
  throwTogether,
  toSnake,
  type Config,
  type FieldPath,
  type Locate,
} from "@zenlite/core/config";
import {
  below,
  isOpen,
  isRefused,
  kindsOf,
  meantKey,
  propertiesOf,
  schemaPart,
  type SchemaPart,
} from "./schema-node.ts";
import { joinValues, readValue } from "./values.ts";
import { readWords, type Setting } from "./words.ts";

/** The command that words were typed for. */
export interface TypedCommand {
  /** As it is typed: `zenlite orchestrator register`. */
  readonly command: string;
  /** Its own options, with dashes. */
  readonly options: readonly string[];
  /** Why an option that somebody may expect is not there. */
  readonly refused: { readonly [option: string]: string };
  /** What follows the command: `<name> --<key>=<value>`. */
  readonly example: string;
}

export interface TypedConfig {
  readonly name: string;
  /** Keys as a file spells them. */
  readonly config: JsonObject;
  /** Key of a file → the option as it was typed. */
  readonly typed: ReadonlyMap<string, string>;
  /** ZENLITE_OPTION_UNKNOWN, ZENLITE_ARGUMENT_INVALID. */
  readonly problems: readonly ZenliteError[];
}

/** Whether values fit is not checked. Throws ZENLITE_ARGUMENT_INVALID where there is no name. */
export function readTypedConfig(
  words: readonly string[],
  flavor: Pick<Flavor, "type" | "name" | "config">,
  command: TypedCommand,
): TypedConfig {
  const part = schemaPart(flavor.config);
  const properties = propertiesOf(part);
  const known = Object.keys(properties);
  const isFlag = (key: string): boolean => {
    const kinds = kindsOf(keyPart(part, meantKey(key, known)));
    return kinds.has("boolean") && !kinds.has("string");
  };
  const { names, settings } = readWords(words, isFlag);
  const settable = known.filter((key) => !isRefused(keyPart(part, key))).map((key) => `--${toSnake(key)}`);
  const explain = `zenlite ${flavor.type} explain ${flavor.name}`;
  const problems: ZenliteError[] = [];
  const values = new Map<string, Json>();
  const typed = new Map<string, string>();
  for (const setting of settings) {
    const meant = setting.option.startsWith("--") ? meantKey(setting.key, known) : undefined;
    const child = keyPart(part, meant);
    if (meant === undefined && (!isOpen(part) || !setting.option.startsWith("--") || setting.key === "")) {
      problems.push(unknownOption(setting, command, settable, explain));
      continue;
    }
    const key = meant === undefined ? setting.key : toSnake(meant);
    const fail = (message: string): void =>
      void problems.push(
        new ZenliteError("ZENLITE_ARGUMENT_INVALID", `${setting.option}: ${message}.`, { hint: explain }),
      );
    const read =
      setting.text !== undefined
        ? readValue(setting.text, child)
        : isFlag(setting.key)
          ? { value: true }
          : { problem: `a value is missing, write ${setting.option}=<value>` };
    if ("problem" in read) {
      fail(read.problem);
      continue;
    }
    const before = values.get(key);
    const joined = before === undefined ? read : joinValues(before, read.value);
    if ("problem" in joined) fail(joined.problem);
    else values.set(key, joined.value);
    typed.set(key, setting.option);
  }
  const [name, ...others] = names;
  for (const other of others) problems.push(strayWord(other, command, settable));
  if (name === undefined)
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `The name of the ${flavor.type} is missing.`, {
      hint: `${command.command} ${command.example}`,
    });
  return { name, config: Object.fromEntries(values), typed, problems };
}

/** Of words for a command whose flavor is not known: what was probably meant to be one of its options. */
export function misspeltOption(words: readonly string[], command: TypedCommand): ZenliteError | undefined {
  const setting = readWords(words).settings.find(
    ({ option }) => Object.hasOwn(command.refused, option) || nearest(option, command.options) !== undefined,
  );
  return setting === undefined ? undefined : unknownOption(setting, command, [], `${command.command} --help`);
}

function unknownOption(
  { option }: Setting,
  { options, refused }: TypedCommand,
  keys: readonly string[],
  explain: string,
): ZenliteError {
  const why = Object.hasOwn(refused, option) ? refused[option] : undefined;
  const known = keys.length + options.length > 12 ? keys : [...keys, ...options];
  const near = nearest(option, [...options, ...keys]);
  const meant = near === undefined ? suggestion(option, known) : ` Did you mean "${near}"?`;
  return new ZenliteError(
    "ZENLITE_OPTION_UNKNOWN",
    `Unknown option ${option}.${why === undefined ? meant : ` ${why}`}`,
    {
      hint: explain,
    },
  );
}

/** A word too many, perhaps an option without its dashes. */
function strayWord(word: string, { command, example, options }: TypedCommand, keys: readonly string[]): ZenliteError {
  const near = nearest(word.split("=", 1)[0] ?? "", [...options, ...keys]);
  const meant = near === undefined ? "" : ` Did you mean "${near}${word.includes("=") ? "=…" : ""}"?`;
  return new ZenliteError("ZENLITE_ARGUMENT_INVALID", `Unexpected ${shown(word)}: one name is enough.${meant}`, {
    hint: `${command} ${example}`,
  });
}

/** What the schema says of a key; of one that it does not name, what it says of all such. */
function keyPart(part: SchemaPart, key: string | undefined): SchemaPart {
  return below(part, key === undefined ? part.node["additionalProperties"] : propertiesOf(part)[key]);
}

/** What stands in the file already, beside what was typed. */
export interface Kept {
  readonly config: JsonObject;
  readonly locate: Locate;
}

/**
 * The whole configuration of a component against the flavor's schema. What was typed is named by its option, the rest by its
 * place in the file. Returns it in the schema's spelling, so that two can be compared. Throws all problems together, also those
 * of the words.
 */
export async function checkTypedConfig(
  config: Config,
  flavor: Flavor,
  { config: settings, typed, problems }: TypedConfig,
  kept: Kept = { config: {}, locate: () => ({}) },
): Promise<JsonObject> {
  const locate: Locate = (path, part) => {
    const option = typed.get(String(path[0]));
    return option === undefined ? kept.locate(path, part) : { field: [option, ...path.slice(1)].join(".") };
  };
  const checked = await checkValue(
    flavor.config,
    { ...kept.config, ...settings },
    {
      locate,
      style: "snake",
      title: `${flavor.type} flavor "${flavor.name}"`,
      secrets: config.secrets,
      lenient: true,
      remedy: (_path: FieldPath) => `zenlite ${flavor.type} explain ${flavor.name}`,
    },
  );
  throwTogether([...problems, ...checked.problems]);
  return checked.raw;
}
