// Where secrets come from: the environment first, then a file that only its owner may read.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { hasCode, messageOf, ZenliteError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { suggestion } from "../nearest.ts";
import type { Environment } from "./types.ts";

export interface Secrets {
  variable(name: string): string | undefined;
  /** `name.key`. Throws ZENLITE_SECRET_MISSING, ZENLITE_SECRETS_UNREADABLE. */
  secret(reference: string): string;
}

/** The file is read when the first secret is asked for that the environment does not hold, and once. */
export function openSecrets(environment: Environment): Secrets {
  let read: StoredSecrets | undefined;
  return {
    variable: (name) => environment[name],
    secret(reference) {
      const variable = secretVariable(reference);
      const value = environment[variable];
      if (value !== undefined && value !== "") return value;
      read ??= readSecretsFile(secretsFile(environment));
      const [name = "", key = ""] = reference.split(".");
      const found = read.get(name)?.get(key);
      if (found !== undefined) return found;
      const known = [...read].flatMap(([other, keys]) => [...keys.keys()].map((each) => `${other}.${each}`));
      throw new ZenliteError(
        "ZENLITE_SECRET_MISSING",
        `There is no secret "${reference}".${suggestion(reference, known)}`,
        {
          hint: `zenlite secret ${read.has(name) ? "update" : "create"} ${name} --key ${key}, or set ${variable}.`,
          fault: "environment",
        },
      );
    },
  };
}

/** The variable that stands for a secret: `openai.key` → `ZENLITE_SECRET_OPENAI_KEY`. */
export function secretVariable(reference: string): string {
  return `ZENLITE_SECRET_${reference.replaceAll(/[^A-Za-z0-9]/gu, "_").toUpperCase()}`;
}

/** `$XDG_CONFIG_HOME/zenlite/secrets.json`, by default in `~/.config`. */
export function secretsFile(environment: Environment): string {
  const configured = environment["XDG_CONFIG_HOME"];
  // The XDG rules say that a relative path is to be ignored.
  const folder =
    configured !== undefined && isAbsolute(configured) ? configured : join(environment["HOME"] ?? homedir(), ".config");
  return join(folder, "zenlite", "secrets.json");
}

/** Name → key → value. */
export type StoredSecrets = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A file that is not there holds nothing. Throws ZENLITE_SECRETS_UNREADABLE. */
export function readSecretsFile(file: string): StoredSecrets {
  const fail = (message: string, hint: string, cause?: unknown): never => {
    throw new ZenliteError("ZENLITE_SECRETS_UNREADABLE", message, {
      where: { file },
      hint,
      fault: "environment",
      ...(cause === undefined ? {} : { cause }),
    });
  };
  const shape = 'It holds {"name": {"key": "value"}}.';
  let parsed: unknown;
  try {
    const text = readPrivately(file, (mode) =>
      fail(`${file} can be read by others (mode ${mode}); secrets in it are refused.`, `chmod 600 ${file}`),
    );
    parsed = JSON.parse(text);
  } catch (cause) {
    if (hasCode(cause, "ENOENT") || hasCode(cause, "ENOTDIR")) return new Map();
    // The parser's own message quotes the text, and with it a secret.
    if (cause instanceof SyntaxError) return fail(`${file} is no JSON.`, shape);
    if (cause instanceof ZenliteError) throw cause;
    return fail(`${file} cannot be read: ${messageOf(cause)}`, `ls -l ${file}`, cause);
  }
  if (!isJsonObject(parsed)) return fail(`${file} is no mapping.`, shape);
  const secrets = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, keys] of Object.entries(parsed)) {
    if (!isJsonObject(keys)) return fail(`${file}: "${name}" is no mapping of keys to texts.`, shape);
    const values = new Map<string, string>();
    for (const [key, value] of Object.entries(keys)) {
      if (typeof value !== "string") return fail(`${file}: "${name}.${key}" is no text.`, shape);
      values.set(key, value);
    }
    secrets.set(name, values);
  }
  return secrets;
}

/** Mode and bytes of the same open file, so that it cannot be exchanged in between. */
function readPrivately(file: string, refuse: (mode: string) => never): string {
  const descriptor = openSync(file, "r");
  try {
    const { mode } = fstatSync(descriptor);
    // Windows has no such bits; Node makes them up there.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) refuse((mode & 0o777).toString(8).padStart(4, "0"));
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}
