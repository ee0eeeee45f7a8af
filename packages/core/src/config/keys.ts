// The one place where keys are read in either spelling, snake_case or camelCase, and where unknown keys are refused.
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { FieldPath } from "./position.ts";

/** How keys are spelled where nobody has written them yet: snake_case in files, camelCase in TypeScript. */
export type KeyStyle = "snake" | "camel";

export function toSnake(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/gu, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/gu, "$1_$2")
    .toLowerCase();
}

export function toCamel(key: string): string {
  return key.replaceAll(/(?<=[^_])_([a-z0-9])/gu, (_match, letter: string) => letter.toUpperCase());
}

/** The known key that is meant: as it is, or in the other spelling. `undefined` for an unknown key. */
function meantKey(written: string, known: readonly string[]): string | undefined {
  if (known.includes(written)) return written;
  // `a_b_c` is no longer to be told from `a_bc` once it is `aBC`: so it is also asked what the written key becomes.
  const camel = /[A-Z]/u.test(written) ? undefined : toCamel(written);
  return known.find((key) => toSnake(key) === written || toCamel(key) === written || key === camel);
}

/** `path` is as it was written. */
export type KeyProblem =
  | {
      readonly kind: "unknown";
      readonly path: FieldPath;
      /** In the file's spelling. */ readonly known: readonly string[];
    }
  | { readonly kind: "twice" | "missing"; readonly path: FieldPath; readonly message: string };

export interface KeyReading {
  /** The value with the schema's spelling of the schema's keys, and without unknown keys. */
  readonly value: Json;
  readonly problems: readonly KeyProblem[];
  /** Paths in `value` of required keys that nobody wrote; they are among the problems. */
  readonly missing: readonly FieldPath[];
  /** A path in `value` as it was written. */
  written(path: FieldPath): FieldPath;
}

/**
 * Reads a value's keys by a JSON Schema (2020-12). Only keys that the schema names are respelled: the user's own map keys
 * under `additionalProperties` stay as they are. Unknown keys are refused unless the schema lets any key in, also where the
 * schema's own library would drop them silently. What it does not understand (`allOf`, several `anyOf` branches) passes.
 */
export function readKeys(schema: JsonObject, value: Json, style: KeyStyle): KeyReading {
  const problems: KeyProblem[] = [];
  const missing: FieldPath[] = [];
  const spellings = new Map<string, string>();

  const read = (node: JsonObject, nested: Json, path: FieldPath, written: FieldPath): Json => {
    const shape = shapeFor(schema, node, nested);
    if (Array.isArray(nested)) {
      const { items, prefixItems } = shape;
      return nested.map((item: Json, index) => {
        const own: unknown = Array.isArray(prefixItems) ? prefixItems[index] : undefined;
        const child = isJsonObject(own) ? own : isJsonObject(items) ? items : undefined;
        return child === undefined ? item : read(child, item, [...path, index], [...written, index]);
      });
    }
    return isMapping(nested) ? readMapping(shape, nested, path, written) : nested;
  };

  const readMapping = (shape: JsonObject, mapping: JsonObject, path: FieldPath, written: FieldPath): Json => {
    const properties = isJsonObject(shape["properties"]) ? shape["properties"] : {};
    const known = Object.keys(properties);
    const rest = shape["additionalProperties"];
    const patterns = isJsonObject(shape["patternProperties"]) ? Object.entries(shape["patternProperties"]) : [];
    // JSON Schema lets other keys in where it is silent, and so say libraries that drop them: to a user both hide a mistake.
    const closed = isJsonObject(shape["properties"]) || patterns.length > 0;
    const members = new Map<string, Json>();
    const from = new Map<string, string>();
    for (const [key, nested] of Object.entries(mapping)) {
      const at = [...written, key];
      const meant = meantKey(key, known);
      const child = meant === undefined ? undefined : properties[meant];
      if (meant !== undefined) {
        const before = from.get(meant);
        if (before !== undefined) {
          problems.push({ kind: "twice", path: at, message: `"${before}" and "${key}" are one key, written twice.` });
          continue;
        }
        from.set(meant, key);
        spellings.set(JSON.stringify([...path, meant]), key);
        members.set(meant, isJsonObject(child) ? read(child, nested, [...path, meant], at) : nested);
        continue;
      }
      const pattern = patterns.find(([expression]) => new RegExp(expression, "u").test(key))?.[1];
      const open = pattern ?? rest;
      if (open === false || (open === undefined && closed))
        problems.push({ kind: "unknown", path: at, known: known.map((name) => spell(name, style)) });
      else members.set(key, isJsonObject(open) ? read(open, nested, [...path, key], at) : nested);
    }
    const required: readonly unknown[] = Array.isArray(shape["required"]) ? shape["required"] : [];
    for (const key of required)
      if (typeof key === "string" && !members.has(key)) {
        const example = exampleOf(properties[key]);
        missing.push([...path, key]);
        problems.push({ kind: "missing", path: written, message: `"${spell(key, style)}" is missing${example}.` });
      }
    return Object.fromEntries(members);
  };

  return {
    value: read(schema, value, [], []),
    problems,
    missing,
    written: (path) => path.map((part, index) => spellings.get(JSON.stringify(path.slice(0, index + 1))) ?? part),
  };
}

function spell(key: string, style: KeyStyle): string {
  return style === "snake" ? toSnake(key) : key;
}

function isMapping(value: Json): value is JsonObject {
  return isJsonObject(value);
}

function exampleOf(node: Json | undefined): string {
  const examples = isJsonObject(node) ? node["examples"] : undefined;
  return Array.isArray(examples) && examples.length > 0 ? ` (for example ${JSON.stringify(examples[0])})` : "";
}

/** The node that describes the value: a local `$ref` followed, the one branch of a union that fits the kind of value. */
export function shapeFor(root: JsonObject, node: JsonObject, value: Json, hops = 0): JsonObject {
  // A reference to itself describes nothing.
  if (hops > 20) return {};
  const reference = node["$ref"];
  if (typeof reference === "string") {
    const target = targetOf(root, reference);
    return isJsonObject(target) ? shapeFor(root, target, value, hops + 1) : {};
  }
  const branches = node["anyOf"] ?? node["oneOf"];
  if (!Array.isArray(branches)) return node;
  const kind = Array.isArray(value) ? "array" : "object";
  const fitting = branches
    .filter(isJsonObject)
    .map((branch) => shapeFor(root, branch, value, hops + 1))
    .filter((branch) => branch["type"] === kind);
  return fitting.length === 1 && fitting[0] !== undefined ? fitting[0] : {};
}

/** What a local reference (`#/$defs/name`) points at. */
export function targetOf(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith("#")) return undefined;
  let target: Json | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isJsonObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}
