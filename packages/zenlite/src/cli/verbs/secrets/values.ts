// The values of a secret: asked for, or read from standard input or a file. Never from the command line.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { hasCode, isJsonObject, messageOf, nearest, ZenliteError } from "@zenlite/core";
import { secretNameMistake, shown } from "@zenlite/core/config";
import { askHidden, canAsk } from "./prompt.ts";

export interface ValueFlags {
  readonly key?: readonly string[];
  readonly fromFile?: string;
}

/** Names have been checked. Key → value, or `undefined` where the person who was asked gave up. */
export async function readValues(
  verb: string,
  name: string,
  flags: ValueFlags,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { key: keys = [], fromFile } = flags;
  const command = `zenlite secret ${verb} ${name}`;
  if (fromFile !== undefined && keys.length > 0)
    throw mistake(
      "--key and --from-file exclude each other: the file says its keys itself.",
      `${command} --from-file ${fromFile}`,
    );
  if (fromFile !== undefined) return parseValues(await readText(fromFile), fromFile);
  const [first, ...more] = keys;
  if (first === undefined) throw mistake("Which key of the secret is to be set?", `${command} --key api_key`);
  if (canAsk()) {
    const values = new Map<string, string>();
    for (const key of new Set(keys)) {
      const value = await askHidden(`${name}.${key} (not shown): `);
      if (value === undefined) return undefined;
      values.set(key, checked(name, key, value));
    }
    return values;
  }
  if (more.length > 0)
    throw mistake(
      "Several keys come as JSON on standard input, since nothing else says where one value ends.",
      `${command} --from-file - < keys.json, where it says {"${first}": "…", "${more[0]}": "…"}`,
    );
  // The line's end is the shell's and not the secret's; all else is kept to the letter.
  return new Map([[first, checked(name, first, (await readText("-")).replace(/\r?\n$/u, ""))]]);
}

/**
 * Refuses what stood on the command line besides. A value there is readable for every process of the machine and stays in the shell's
 * history, so it is not taken, and not repeated either.
 */
export function refuseArguments(verb: string, name: string, rest: readonly string[]): void {
  const [first] = rest;
  if (first === undefined) return;
  const option = /^--?([\w-]+)/u.exec(first)?.[1];
  const meant = option === undefined ? undefined : nearest(option, ["key", "from-file", "json"]);
  if (option !== undefined && meant !== undefined)
    throw mistake(`Unknown option --${option}. Did you mean --${meant}?`, `zenlite secret ${verb} --help`);
  throw inArguments(verb, name, option ?? "api_key");
}

function inArguments(verb: string, name: string, key: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_SECRET_IN_ARGUMENTS",
    "A secret's value does not go on the command line, where every process of this machine can read it and the shell keeps it. " +
      "Nothing was stored. If that was the real value, it is better to replace it.",
    {
      hint: `zenlite secret ${verb} ${secretNameMistake(name) === undefined ? name : "<name>"} --key ${key}, which asks for the value or reads it from standard input`,
    },
  );
}

export function refuseName(what: "secret" | "key", name: string): void {
  const reason = secretNameMistake(name);
  if (reason === undefined) return;
  const [key = "", value] = what === "key" ? name.split("=", 2) : [];
  if (value !== undefined)
    throw inArguments("create", "<name>", secretNameMistake(key) === undefined ? key : "api_key");
  // What is no name of a key may be a value in the wrong place, and is not repeated.
  const given = what === "key" ? "This" : shown(name);
  throw new ZenliteError("ZENLITE_SECRET_NAME", `${given} cannot name a ${what}: ${reason}.`, {
    hint: "zenlite secret create openai --key api_key",
  });
}

function parseValues(text: string, from: string): ReadonlyMap<string, string> {
  const source = from === "-" ? "standard input" : from;
  const shape = 'expected {"key": "value"} as JSON';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it a secret.
    throw mistake(`${source} is no JSON: ${shape}.`);
  }
  if (!isJsonObject(parsed)) throw mistake(`${source} holds no mapping: ${shape}.`);
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed)) {
    refuseName("key", key);
    if (typeof value !== "string") throw mistake(`${source}: the value of ${shown(key)} is no text: ${shape}.`);
    values.set(key, checked(source, key, value));
  }
  if (values.size === 0) throw mistake(`${source} holds no key: ${shape}.`);
  return values;
}

/** An empty secret is a slip, and a NUL cannot become an environment variable. */
function checked(name: string, key: string, value: string): string {
  if (value === "")
    throw mistake(`The value of ${name}.${key} is empty.`, "It is typed on a terminal, or comes on standard input.");
  if (value.includes("\0")) throw mistake(`The value of ${name}.${key} holds a NUL character.`);
  return value;
}

async function readText(from: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = from === "-" ? await buffer(process.stdin) : await readFile(from);
  } catch (cause) {
    const reason = hasCode(cause, "ENOENT") ? "there is no such file" : messageOf(cause);
    throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `${from} cannot be read: ${reason}.`, { cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw mistake(`${from === "-" ? "Standard input" : from} is no text in UTF-8.`);
  }
}

function mistake(message: string, hint?: string): ZenliteError {
  return new ZenliteError("ZENLITE_ARGUMENT_INVALID", message, hint === undefined ? {} : { hint });
}
