// What a flavor's JSON Schema says of one key: read for options of the command line and for `explain`. Pure.
import { isJsonObject, type Json, type JsonObject, type StandardSchema } from "@zenlite/core";
import { toCamel, toSnake } from "@zenlite/core/config";

export type Kind = "string" | "number" | "integer" | "boolean" | "array" | "object" | "null";

const kinds: readonly Kind[] = ["string", "number", "integer", "boolean", "array", "object", "null"];

/** A reference that leads in circles describes nothing. */
const maximalDepth = 20;

/** A node together with the schema in which its references are looked up. */
export interface SchemaPart {
  readonly root: JsonObject;
  readonly node: JsonObject;
}

/** A schema that cannot describe itself says nothing here; `checkValue` says what is wrong with it. */
export function schemaPart(schema: StandardSchema): SchemaPart {
  let root: JsonObject = {};
  try {
    const described: unknown = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    if (isJsonObject(described)) root = described;
  } catch {
    // An empty schema lets every key in, so that no key is called unknown before the schema's own error is told.
  }
  return follow({ root, node: root });
}

/** The node itself, or what its local `$ref` names. */
function follow({ root, node }: SchemaPart, depth = 0): SchemaPart {
  const reference = node["$ref"];
  if (typeof reference !== "string") return { root, node };
  if (depth > maximalDepth || !reference.startsWith("#")) return { root, node: {} };
  let target: Json | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isJsonObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return follow({ root, node: isJsonObject(target) ? target : {} }, depth + 1);
}

/** A part below this one; anything goes where the schema is silent. */
export function below({ root }: SchemaPart, child: Json | undefined): SchemaPart {
  return follow({ root, node: isJsonObject(child) ? child : {} });
}

/** The node and, of a union or an intersection, its branches. */
export function branches(part: SchemaPart, depth = 0): readonly SchemaPart[] {
  const { anyOf, oneOf, allOf } = part.node;
  const lists = depth > maximalDepth ? [] : [anyOf, oneOf, allOf].filter((list) => Array.isArray(list));
  return [part, ...lists.flat().flatMap((branch: Json) => branches(below(part, branch), depth + 1))];
}

/** The kinds of values that fit; none where the schema does not say. */
export function kindsOf(part: SchemaPart): ReadonlySet<Kind> {
  return new Set(branches(part).flatMap(({ node }) => kindsOfNode(node)));
}

/** The branch that describes lists, or mappings. */
export function branchOf(part: SchemaPart, kind: "array" | "object"): SchemaPart | undefined {
  return branches(part).find(({ node }) => kindsOfNode(node).includes(kind));
}

function kindsOfNode(node: JsonObject): readonly Kind[] {
  const { type, enum: choices } = node;
  const named: readonly unknown[] = Array.isArray(type) ? type : [type];
  const known = kinds.filter((kind) => named.includes(kind));
  if (known.length > 0) return known;
  const values: readonly Json[] = Array.isArray(choices) ? choices : "const" in node ? [node["const"] ?? null] : [];
  return values.map(kindOfValue);
}

export function kindOfValue(value: Json): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "string" : "object";
}

/** The keys that the schema names, in its own spelling. */
export function propertiesOf(part: SchemaPart): JsonObject {
  const found = new Map<string, Json[]>();
  for (const { node } of branches(part))
    for (const [key, child] of Object.entries(isJsonObject(node["properties"]) ? node["properties"] : {}))
      found.set(key, [...(found.get(key) ?? []), child]);
  return Object.fromEntries(
    [...found].map(([key, children]) => [key, children.length === 1 ? (children[0] ?? {}) : { anyOf: children }]),
  );
}

/** True where keys may be written that the schema does not name. */
export function isOpen(part: SchemaPart): boolean {
  const parts = branches(part);
  const lets = parts.some(
    ({ node: { additionalProperties: rest, patternProperties } }) =>
      patternProperties !== undefined || rest === true || isJsonObject(rest),
  );
  const shuts = parts.some(({ node }) => node["additionalProperties"] === false || node["properties"] !== undefined);
  return lets || !shuts;
}

/** True for a key that is there only to say why it cannot be set. */
export function isRefused({ node }: SchemaPart): boolean {
  return Array.isArray(node["enum"]) && node["enum"].length === 0;
}

/** The schema's key that is meant by `baseImage`, `base_image` or `base-image`. */
export function meantKey(typed: string, known: readonly string[]): string | undefined {
  if (known.includes(typed)) return typed;
  const written = typed.replaceAll("-", "_");
  const camel = /[A-Z]/u.test(written) ? undefined : toCamel(written);
  return known.find((key) => key === written || toSnake(key) === written || toCamel(key) === written || key === camel);
}
