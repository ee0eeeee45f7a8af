// A flavor's JSON Schema (2020-12, camelCase) → what a file may say, as JSON Schema draft-07, which editors understand best. Pure.
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { targetOf, toCamel, toSnake } from "./keys.ts";

export interface KeyOptions {
  /** Where the result will stand (`#/definitions/x`): its own definitions are referred to from there. */
  readonly at: string;
  /** True where a value may be `${env:NAME}` or `${secret:name.key}`. */
  readonly references: boolean;
}

const annotations = "title description default examples deprecated".split(" ");
const constraints = (
  "type enum const pattern format minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf " +
  "minItems maxItems uniqueItems"
).split(" ");

const reference = { type: "string", pattern: "\\$\\{(?:env|secret):" };

/**
 * Accepts what `readKeys` reads: keys in snake_case are offered, other spellings are let in, and a mapping is closed where that
 * function closes it. What that function does not look into (`allOf`, `if`, `not`) is left out.
 */
export function describeKeys(schema: JsonObject, options: KeyOptions): JsonObject {
  const names = new Map<string, string>();
  const definitions: Record<string, Json> = {};

  const convert = (node: Json | undefined, respell: boolean): JsonObject => {
    if (node === false) return { not: {} };
    if (!isJsonObject(node)) return {};
    if (typeof node["$ref"] === "string") return refer(node["$ref"], respell);
    if (Array.isArray(node["enum"]) && node["enum"].length === 0) return refused(node);
    const branches = node["anyOf"] ?? node["oneOf"];
    if (Array.isArray(branches)) {
      // Between several mappings `readKeys` cannot choose, so their keys are what the schema itself says.
      const kinds = branches.map((branch: Json) => kindOf(schema, branch));
      const alone = (kind: string): boolean => kinds.filter((other) => other === kind).length < 2;
      const anyOf = branches.map((branch: Json, index) => convert(branch, respell && alone(kinds[index] ?? "")));
      return { ...pick(node, annotations), anyOf };
    }
    if (isJsonObject(node["properties"]) || node["type"] === "object") return mapping(node, respell);
    if (node["type"] === "array") return list(node, respell);
    return options.references ? withReference(node) : pick(node, [...annotations, ...constraints]);
  };

  const refer = (pointer: string, respell: boolean): JsonObject => {
    const key = `${respell} ${pointer}`;
    let name = names.get(key);
    if (name === undefined) {
      name = `part${names.size + 1}`;
      // Named before it is described: it may refer to itself.
      names.set(key, name);
      definitions[name] = convert(targetOf(schema, pointer), respell);
    }
    return { $ref: `${options.at}/definitions/${name}` };
  };

  const mapping = (node: JsonObject, respell: boolean): JsonObject => {
    const own = isJsonObject(node["properties"]) ? Object.entries(node["properties"]) : [];
    const patterns = isJsonObject(node["patternProperties"]) ? Object.entries(node["patternProperties"]) : [];
    const rest = node["additionalProperties"];
    const spelled = own.map(([key, child]) => ({
      spellings: respell ? spellingsOf(key) : [key],
      child: convert(child, respell),
    }));
    const closed =
      rest === false || (respell && rest === undefined && (isJsonObject(node["properties"]) || patterns.length > 0));
    const required = Array.isArray(node["required"]) ? node["required"].filter((key) => typeof key === "string") : [];
    const [plain, either] = splitRequired(required, respell);
    const others = [
      ...spelled.flatMap(({ spellings, child }) => spellings.slice(1).map((key) => [exactly(key), child] as const)),
      ...patterns.map(([pattern, child]) => [pattern, convert(child, respell)] as const),
    ];
    return {
      ...pick(node, annotations),
      type: "object",
      ...(spelled.length === 0
        ? {}
        : { properties: Object.fromEntries(spelled.map(({ spellings, child }) => [spellings[0] ?? "", child])) }),
      ...(others.length === 0 ? {} : { patternProperties: Object.fromEntries(others) }),
      ...(plain.length === 0 ? {} : { required: plain }),
      ...(either.length === 0 ? {} : { allOf: either }),
      ...(closed
        ? { additionalProperties: false }
        : isJsonObject(rest)
          ? { additionalProperties: convert(rest, respell) }
          : {}),
    };
  };

  const list = (node: JsonObject, respell: boolean): JsonObject => {
    const { items, prefixItems } = node;
    return {
      ...pick(node, [...annotations, ...constraints]),
      ...(Array.isArray(prefixItems)
        ? {
            items: prefixItems.map((item: Json) => convert(item, respell)),
            ...(items === undefined ? {} : { additionalItems: convert(items, respell) }),
          }
        : items === undefined
          ? {}
          : { items: convert(items, respell) }),
    };
  };

  const root = convert(resolved(schema, schema), true);
  return { ...root, ...(names.size === 0 ? {} : { definitions }) };
}

/** The way a file spells a key comes first; then every other that `readKeys` takes for the same. */
export function spellingsOf(key: string): readonly string[] {
  const parted = key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
  return [...new Set([toSnake(key), key, toCamel(key), ...(toCamel(parted) === key ? [parted] : [])])];
}

/** A pattern that only this key matches. */
export function exactly(...keys: readonly string[]): string {
  const [first = "", ...more] = keys.map((key) => key.replaceAll(/[$()*+./?[\\\]^{|}]/gu, "\\$&"));
  return more.length === 0 ? `^${first}$` : `^(?:${[first, ...more].join("|")})$`;
}

/** Keys with one spelling, and for each other key the condition that one of its spellings is there. */
function splitRequired(keys: readonly string[], respell: boolean): readonly [readonly string[], readonly JsonObject[]] {
  const all = keys.map((key) => (respell ? spellingsOf(key) : [key]));
  return [
    all.flatMap((spellings) => (spellings.length === 1 ? spellings : [])),
    all.flatMap((spellings) =>
      spellings.length === 1 ? [] : [{ anyOf: spellings.map((key) => ({ required: [key] })) }],
    ),
  ];
}

/** A key that is there to say why it cannot be set. */
function refused(node: JsonObject): JsonObject {
  const { description } = node;
  // The last is no word of JSON Schema; editors show it as a warning and do not offer the key.
  return typeof description === "string" ? { not: {}, description, deprecationMessage: description } : { not: {} };
}

/** A value that takes any text takes a reference anyway; any other gets it as a second way. */
function withReference(node: JsonObject): JsonObject {
  const limited = ["enum", "const", "pattern", "format"].some((key) => node[key] !== undefined);
  const { type } = node;
  const types: readonly Json[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  if (!limited && (types.length === 0 || types.includes("string"))) return pick(node, [...annotations, ...constraints]);
  return { ...pick(node, annotations), anyOf: [pick(node, constraints), reference] };
}

function pick(node: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([key]) => keys.includes(key)));
}

/** The node that a chain of `$ref` ends in. */
function resolved(root: JsonObject, node: JsonObject, hops = 0): JsonObject {
  const pointer = node["$ref"];
  if (typeof pointer !== "string" || hops > 20) return node;
  const target = targetOf(root, pointer);
  return isJsonObject(target) ? resolved(root, target, hops + 1) : {};
}

function kindOf(root: JsonObject, node: Json): string {
  const { type } = isJsonObject(node) ? resolved(root, node) : {};
  return type === "object" || type === "array" ? type : "scalar";
}
