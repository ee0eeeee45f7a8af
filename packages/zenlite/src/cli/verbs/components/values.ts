// A text of the command line → the value that a schema wants. Pure; whether the value fits is checked elsewhere.
import { isJsonObject, messageOf, type Json } from "@zenlite/core";
import { below, branchOf, kindOfValue, kindsOf, propertiesOf, type Kind, type SchemaPart } from "./schema-node.ts";

export type ReadValue = { readonly value: Json } | { readonly problem: string };

/**
 * Texts stay as they are. Numbers and `true`, `false` are read as in JSON; lists and mappings as JSON, or as `a,b` and `a=1,b=2`
 * where their members are single values. A text with a reference (`${env:NAME}`) stays one, and so does what cannot be read: the schema refuses it
 * with better words.
 */
export function readValue(text: string, part: SchemaPart): ReadValue {
  const kinds = kindsOf(part);
  const first = text.trimStart()[0];
  if ((first === "[" && kinds.has("array")) || (first === "{" && kinds.has("object"))) {
    const parsed = parseJson(text);
    return "value" in parsed || !kinds.has("string") ? parsed : { value: text };
  }
  const only = (kind: Kind): boolean => [...kinds].every((each) => each === kind || each === "null");
  if (kinds.has("string") && only("string")) return { value: text };
  const parsed = parseJson(text);
  if ("value" in parsed && fits(parsed.value, kinds)) return parsed;
  if (kinds.has("string") || kinds.size === 0) return { value: text };
  if (kinds.has("array")) return readList(text, part);
  if (kinds.has("object") && !isReference(text)) return readMapping(text, part);
  return { value: text };
}

function parseJson(text: string): ReadValue {
  try {
    const value: Json = JSON.parse(text);
    // 1e999 would be Infinity, which no configuration holds.
    return value === Infinity || value === -Infinity ? { problem: "the number is too large" } : { value };
  } catch (cause) {
    return { problem: `no JSON: ${messageOf(cause)}` };
  }
}

function fits(value: Json, kinds: ReadonlySet<Kind>): boolean {
  const kind = kindOfValue(value);
  return kinds.size === 0 || kinds.has(kind) || (kind === "number" && kinds.has("integer"));
}

function isReference(text: string): boolean {
  return /^\$\{[^}]*\}$/u.test(text);
}

function isSingle(part: SchemaPart): boolean {
  const kinds = kindsOf(part);
  return !kinds.has("array") && !kinds.has("object");
}

/** At commas, but not inside a reference, whose fallback may hold one. */
function split(text: string): readonly string[] {
  return text.trim() === ""
    ? []
    : [...text.matchAll(/(?:^|,)((?:\$\{[^}]*\}|[^,])*)/gu)].map(([, item = ""]) => item.trim());
}

function readList(text: string, part: SchemaPart): ReadValue {
  const items = below(part, branchOf(part, "array")?.node["items"]);
  if (!isSingle(items)) return { problem: 'expected a list as JSON, for example \'[{"key": "value"}]\'' };
  return together(
    split(text).map((item) => readValue(item, items)),
    (values) => values,
  );
}

function readMapping(text: string, part: SchemaPart): ReadValue {
  const mapping = branchOf(part, "object");
  const members = below(part, mapping?.node["additionalProperties"]);
  const named = mapping === undefined ? [] : Object.keys(propertiesOf(mapping));
  if (named.length > 0 || !isSingle(members))
    return { problem: 'expected a mapping as JSON, for example \'{"key": "value"}\'' };
  const pairs = split(text).map((item) => /^(?<key>[^=]+)=(?<value>.*)$/su.exec(item)?.groups);
  if (pairs.includes(undefined)) return { problem: "expected key=value,… or a mapping as JSON" };
  const keys = pairs.map((pair) => pair?.["key"]?.trim() ?? "");
  return together(
    pairs.map((pair) => readValue(pair?.["value"] ?? "", members)),
    (values) => Object.fromEntries(values.map((value, index) => [keys[index] ?? "", value])),
  );
}

function together(read: readonly ReadValue[], combine: (values: readonly Json[]) => Json): ReadValue {
  const problem = read.find((each) => "problem" in each);
  return problem ?? { value: combine(read.flatMap((each) => ("value" in each ? [each.value] : []))) };
}

/** Several values for one key: lists and mappings grow, anything else was typed twice by mistake. */
export function joinValues(before: Json, next: Json): ReadValue {
  if (isList(before) && isList(next)) return { value: [...before, ...next] };
  if (isJsonObject(before) && isJsonObject(next))
    return { value: Object.fromEntries([...Object.entries(before), ...Object.entries(next)]) };
  return { problem: "it is there twice" };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
