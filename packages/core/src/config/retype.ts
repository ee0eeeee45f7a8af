// A reference stands for a text; where a schema takes a number, or true or false, and no text, it is read as a file would read it. Pure.
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { shapeFor, targetOf } from "./keys.ts";
import type { FieldPath } from "./position.ts";
import type { Resolution } from "./references.ts";

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/u;

/** What fits in no way stays the text that it is, and the schema says so. */
export function retype(schema: JsonObject, { value, references }: Resolution): Json {
  if (references.length === 0) return value;
  const paths = new Set(references.map((path) => JSON.stringify(path)));
  const read = (node: Json | undefined, nested: Json, path: FieldPath): Json => {
    if (!isJsonObject(node)) return nested;
    if (typeof nested === "string") return paths.has(JSON.stringify(path)) ? readText(schema, node, nested) : nested;
    const shape = shapeFor(schema, node, nested);
    if (isList(nested)) {
      const { items, prefixItems } = shape;
      return nested.map((item, index) => {
        const own: Json | undefined = isList(prefixItems) ? prefixItems[index] : undefined;
        return read(own ?? items, item, [...path, index]);
      });
    }
    if (!isJsonObject(nested)) return nested;
    const properties = isJsonObject(shape["properties"]) ? shape["properties"] : {};
    const members = Object.entries(nested).map(([key, member]): [string, Json] => {
      const child = Object.hasOwn(properties, key) ? properties[key] : shape["additionalProperties"];
      return [key, read(child, member, [...path, key])];
    });
    return Object.fromEntries(members);
  };
  return read(schema, value, []);
}

function readText(root: JsonObject, node: JsonObject, text: string): Json {
  const kinds = kindsOf(root, node);
  if (kinds.size === 0 || kinds.has("string")) return text;
  if (kinds.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return (kinds.has("number") || kinds.has("integer")) && number.test(text) ? Number(text) : text;
}

/** The JSON types that a node takes; none where it does not say. */
function kindsOf(root: JsonObject, node: Json | undefined, hops = 0): ReadonlySet<string> {
  if (!isJsonObject(node) || hops > 20) return new Set();
  const { $ref: reference, type, enum: choices, const: only } = node;
  if (typeof reference === "string") return kindsOf(root, targetOf(root, reference), hops + 1);
  const branches = node["anyOf"] ?? node["oneOf"];
  if (isList(branches)) {
    const all = branches.map((branch) => kindsOf(root, branch, hops + 1));
    // A branch that says nothing takes a text too.
    return all.some((kinds) => kinds.size === 0) ? new Set() : new Set(all.flatMap((kinds) => [...kinds]));
  }
  if (typeof type === "string") return new Set([type]);
  if (isList(type)) return new Set(type.filter((each) => typeof each === "string"));
  const values: readonly Json[] = isList(choices) ? choices : only === undefined ? [] : [only];
  return new Set(values.map((each) => typeof each));
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
