// What a parameter may be: plain data that JSON gives back unchanged.
import type { Json, JsonObject } from "@zenlite/core";
import { show } from "./units.ts";

/** Why a value is no data, or `undefined` where it is. */
export function asData(value: unknown, path = ""): string | undefined {
  const here = path === "" ? "" : `${path}: `;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : `${here}expected a finite number, got ${value}`;
  if (typeof value !== "object")
    return `${here}expected data (text, number, true or false, null, list, mapping), got ${typeof value}`;
  if (Array.isArray(value))
    return value
      .map((item: unknown, index) => asData(item, `${path}[${index}]`))
      .find((problem) => problem !== undefined);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return `${here}expected data, got an instance of ${value.constructor.name}`;
  return Object.entries(value)
    .map(([key, nested]) => asData(nested, path === "" ? key : `${path}.${key}`))
    .find((problem) => problem !== undefined);
}

type Kind = "null" | "true or false" | "a number" | "a text" | "a list" | "a mapping";

function kindOf(value: Json): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return "true or false";
  if (typeof value === "number") return "a number";
  return typeof value === "string" ? "a text" : "a mapping";
}

/** Why a value cannot stand where `model` stands, or `undefined`. Null says nothing of a type and takes all. */
export function mismatch(model: Json, value: Json): string | undefined {
  if (model === null || kindOf(model) === kindOf(value)) return undefined;
  return `expected ${kindOf(model)} (like ${show(model)}), got ${show(value)}`;
}

/** A value typed on a command line: JSON, or the text itself where a text is wanted or nothing is known of it. */
export function readTyped(
  text: string,
  model: Json | undefined,
): { readonly value: Json } | { readonly problem: string } {
  let parsed: { readonly value: Json } | undefined;
  try {
    parsed = { value: JSON.parse(text) as Json };
  } catch {
    parsed = undefined;
  }
  if (typeof model === "string") return { value: typeof parsed?.value === "string" ? parsed.value : text };
  if (model === undefined || model === null) return parsed ?? { value: text };
  const value = parsed?.value ?? (parsed === undefined ? text : null);
  const problem = mismatch(model, value);
  return problem === undefined ? { value } : { problem };
}

/** A mapping with one key more; safe for any key a user may choose. */
export function withKey(mapping: JsonObject, key: string, value: Json): JsonObject {
  const result = { ...mapping };
  Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
  return result;
}
