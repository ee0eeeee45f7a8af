import type { Json, JsonObject } from "./json.ts";
import { nearest, suggestion } from "./nearest.ts";

/** https://standardschema.dev: what zod, valibot, arktype and `defineSchema` below all speak (copied types, as its authors advise). */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
      readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** The part of JSON Schema (2020-12) that configuration needs; `defineSchema` understands all of it. */
export interface SchemaNode {
  readonly type?: "string" | "number" | "integer" | "boolean" | "object" | "array";
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly default?: Json;
  /** True: a secret. In a file it stands as a reference such as `${secret:name.key}`, never as itself. */
  readonly writeOnly?: boolean;
  readonly examples?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: SchemaNode;
  readonly properties?: { readonly [key: string]: SchemaNode };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
}

type Properties = { readonly [key: string]: SchemaNode };

/** The TypeScript type of a schema that is written out as a literal. */
export type FromSchema<Node> = Node extends { readonly enum: readonly (infer Choice)[] }
  ? Choice
  : Node extends { readonly type: "string" }
    ? string
    : Node extends { readonly type: "number" | "integer" }
      ? number
      : Node extends { readonly type: "boolean" }
        ? boolean
        : Node extends { readonly type: "array"; readonly items: infer Item }
          ? readonly FromSchema<Item>[]
          : Node extends { readonly properties: infer Known extends Properties }
            ? FromProperties<Known, Node extends { readonly required: readonly (infer Key)[] } ? Key : never>
            : Node extends { readonly additionalProperties: infer Value extends SchemaNode }
              ? { readonly [key: string]: FromSchema<Value> }
              : JsonObject;

type Present<Known extends Properties, Required> = {
  [Key in keyof Known]: Known[Key] extends { readonly default: Json } ? Key : Key extends Required ? Key : never;
}[keyof Known];

type FromProperties<Known extends Properties, Required> = {
  readonly [Key in Present<Known, Required>]: FromSchema<Known[Key]>;
} & {
  readonly [Key in Exclude<keyof Known, Present<Known, Required>>]?: FromSchema<Known[Key]>;
};

/**
 * A schema for a component's config or settings, written as the properties of a JSON Schema object. Unknown keys are refused,
 * defaults are filled in. It is a Standard Schema with JSON Schema and needs no library, so that listing stacks stays fast.
 *
 * @example defineSchema({ baseImage: { type: "string", default: "node:24-slim", description: "Image that steps start from." } })
 */
export function defineSchema<const Known extends Properties, const Required extends keyof Known & string = never>(
  properties: Known,
  required: readonly Required[] = [],
): StandardSchema<FromProperties<Known, Required>> {
  const node = { type: "object", properties, required, additionalProperties: false } as const;
  const jsonSchema = (): Record<string, unknown> => ({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...node,
  });
  return {
    "~standard": {
      version: 1,
      vendor: "zenlite",
      validate(value) {
        const issues: SchemaIssue[] = [];
        const checked = check(node, value, [], issues);
        return issues.length > 0 ? { issues } : { value: checked as FromProperties<Known, Required> };
      },
      jsonSchema: { input: jsonSchema, output: jsonSchema },
    },
  };
}

function check(node: SchemaNode, value: unknown, path: readonly PropertyKey[], issues: SchemaIssue[]): unknown {
  const fail = (message: string): undefined => {
    issues.push({ message, path });
    return undefined;
  };
  if (node.enum !== undefined) {
    if (typeof value === "string" && node.enum.includes(value)) return value;
    const near = typeof value === "string" ? nearest(value, node.enum) : undefined;
    const meant = near === undefined ? "" : `. Did you mean ${JSON.stringify(near)}?`;
    return fail(
      `expected one of ${node.enum.map((choice) => JSON.stringify(choice)).join(", ")}, got ${show(value)}${meant}`,
    );
  }
  switch (node.type) {
    case "string":
      if (typeof value !== "string") return fail(`expected a string, got ${show(value)}`);
      if (value.length < (node.minLength ?? 0)) return fail("expected a text that is not empty");
      if (node.pattern !== undefined && !new RegExp(node.pattern, "u").test(value))
        return fail(`${show(value)} does not match ${node.pattern}${exampleOf(node)}`);
      return value;
    case "number":
    case "integer":
      if (typeof value !== "number" || !Number.isFinite(value) || (node.type === "integer" && !Number.isInteger(value)))
        return fail(`expected ${node.type === "integer" ? "a whole number" : "a number"}, got ${show(value)}`);
      if (node.minimum !== undefined && value < node.minimum)
        return fail(`expected at least ${node.minimum}, got ${value}`);
      if (node.exclusiveMinimum !== undefined && value <= node.exclusiveMinimum)
        return fail(`expected more than ${node.exclusiveMinimum}, got ${value}`);
      if (node.maximum !== undefined && value > node.maximum)
        return fail(`expected at most ${node.maximum}, got ${value}`);
      return value;
    case "boolean":
      return typeof value === "boolean" ? value : fail(`expected true or false, got ${show(value)}`);
    case "array":
      if (!Array.isArray(value)) return fail(`expected a list, got ${show(value)}`);
      return value.map((item, index) =>
        node.items === undefined ? item : check(node.items, item, [...path, index], issues),
      );
    case "object":
      return checkObject(node, value, path, issues);
    case undefined:
      return value;
  }
}

function checkObject(node: SchemaNode, value: unknown, path: readonly PropertyKey[], issues: SchemaIssue[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    issues.push({ message: `expected a mapping, got ${show(value)}`, path });
    return undefined;
  }
  const known = node.properties ?? {};
  const result: Record<string, unknown> = {};
  const set = (key: string, checked: unknown): void => {
    Object.defineProperty(result, key, { value: checked, enumerable: true, writable: true, configurable: true });
  };
  const given = new Set<string>();
  for (const [key, nested] of Object.entries(value)) {
    // As in JSON, a member that is undefined is not there.
    if (nested === undefined) continue;
    given.add(key);
    const child = Object.hasOwn(known, key) ? known[key] : undefined;
    if (child !== undefined) set(key, check(child, nested, [...path, key], issues));
    else if (typeof node.additionalProperties === "object")
      set(key, check(node.additionalProperties, nested, [...path, key], issues));
    else if (node.additionalProperties === false || node.properties !== undefined)
      issues.push({ message: `unknown key "${key}".${suggestion(key, Object.keys(known))}`, path: [...path, key] });
    else set(key, nested);
  }
  for (const [key, child] of Object.entries(known)) {
    if (given.has(key)) continue;
    if (child.default !== undefined) set(key, structuredClone(child.default));
    else if (node.required?.includes(key))
      issues.push({ message: `"${key}" is missing${exampleOf(child)}`, path: [...path, key] });
  }
  return result;
}

function exampleOf(node: SchemaNode): string {
  const [example] = node.examples ?? [];
  return example === undefined ? "" : ` (for example ${JSON.stringify(example)})`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
