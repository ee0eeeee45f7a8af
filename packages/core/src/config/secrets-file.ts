// Changes to the secrets file as data: what is stored, what is refused, the text to write. Pure.
import { ZenliteError } from "../errors.ts";
import { suggestion } from "../nearest.ts";
import { shown } from "./names.ts";
import type { StoredSecrets } from "./secrets.ts";

const longestName = 100;

/** Why something cannot be the name of a secret or of its key; `undefined` where it can. */
export function secretNameMistake(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > longestName) return `it has ${name.length} characters, and at most ${longestName} are possible`;
  if (!/^[\w-]+$/u.test(name)) return 'only letters from a to z, digits, "_" and "-" are possible';
  if (name in {}) return "it is reserved";
  return undefined;
}

/** What a change does to a secret that is there, or is not. */
export type Storing = "create" | "update";

/**
 * The secrets with these keys set. Values are kept to the letter. Throws ZENLITE_SECRET_EXISTS where one is to be created that is
 * there, ZENLITE_SECRET_UNKNOWN where one is to be updated that is not.
 */
export function storeSecret(
  secrets: StoredSecrets,
  storing: Storing,
  name: string,
  values: ReadonlyMap<string, string>,
): StoredSecrets {
  const before = secrets.get(name);
  const options = [...values.keys()].map((key) => ` --key ${key}`).join("");
  if (storing === "create" && before !== undefined)
    throw new ZenliteError(
      "ZENLITE_SECRET_EXISTS",
      `There is a secret ${shown(name)} already, with ${keysText(before)}.`,
      {
        hint: `zenlite secret update ${name}${options}`,
      },
    );
  if (storing === "update" && before === undefined)
    throw unknownSecret(secrets, name, `zenlite secret create ${name}${options}`);
  return new Map([...secrets, [name, new Map([...(before ?? []), ...values])]]);
}

/** The secrets without one, or without some of its keys; with its last key it goes itself. Throws ZENLITE_SECRET_UNKNOWN. */
export function removeSecret(secrets: StoredSecrets, name: string, keys?: readonly string[]): StoredSecrets {
  const before = secrets.get(name);
  if (before === undefined) throw unknownSecret(secrets, name, "zenlite secret list");
  const missing = keys?.find((key) => !before.has(key));
  if (missing !== undefined)
    throw new ZenliteError(
      "ZENLITE_SECRET_UNKNOWN",
      `Secret ${shown(name)} has no key ${shown(missing)}.${suggestion(missing, [...before.keys()])}`,
      { hint: "zenlite secret list" },
    );
  const left = new Map([...before].filter(([key]) => keys !== undefined && !keys.includes(key)));
  const others = [...secrets].filter(([other]) => other !== name);
  return new Map(
    left.size === 0 ? others : [...secrets].map(([other, values]) => [other, other === name ? left : values]),
  );
}

/** `key "a"`, `keys "a", "b"`. */
export function keysText(keys: ReadonlyMap<string, unknown>): string {
  return `${keys.size === 1 ? "key" : "keys"} ${[...keys.keys()].map(shown).join(", ")}`;
}

/** Sorted, so that the same secrets are the same text. */
export function secretsText(secrets: StoredSecrets): string {
  const sorted = <Value>(entries: Iterable<readonly [string, Value]>): (readonly [string, Value])[] =>
    [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
  const names = sorted(secrets).map(([name, keys]) => [name, Object.fromEntries(sorted(keys))]);
  return `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`;
}

function unknownSecret(secrets: StoredSecrets, name: string, hint: string): ZenliteError {
  const near = suggestion(name, [...secrets.keys()]);
  return new ZenliteError("ZENLITE_SECRET_UNKNOWN", `There is no secret ${shown(name)}.${near}`, { hint });
}
