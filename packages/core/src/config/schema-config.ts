// What `.zenliterc` may say, as a JSON Schema for editors. Pure.
import { componentTypes, type ComponentType } from "../components.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { toCamel } from "./keys.ts";
import { stackParts } from "./names.ts";
import { describeKeys, exactly } from "./schema-keys.ts";
import { modulePath, packageName } from "./shape.ts";

/** A declared flavor as a schema needs it. */
export interface FlavorDescription {
  readonly type: ComponentType;
  readonly name: string;
  readonly description?: string;
  /** JSON Schema (2020-12) of its config; absent where the flavor could not be loaded, so that nothing of it is known. */
  readonly config?: JsonObject;
  /** The same of what a run configuration may say; absent where it has none or could not be loaded. */
  readonly settings?: JsonObject;
}

export const draft7 = "http://json-schema.org/draft-07/schema#";

const name: JsonObject = {
  maxLength: 100,
  pattern: "^[\\p{L}\\p{N}_][\\p{L}\\p{M}\\p{N}._-]*$",
};
const path: JsonObject = { type: "string", minLength: 1 };

const titles: { readonly [Type in ComponentType]: string } = {
  orchestrator: "Where steps run.",
  "artifact-store": "Where artifacts, records and logs are kept.",
  "container-registry": "Where images are pushed to.",
  "image-builder": "What builds images with native packages.",
  "service-connector": "Where credentials come from; components name one with `connector`.",
};

/**
 * Draft-07. Names of components, stacks and connectors are plain texts, since a list of them would be out of date with the next
 * line that somebody writes; so would be one of flavors, which are offered and not enforced. `zenlite` itself checks all of them.
 */
export function configSchema(flavors: readonly FlavorDescription[]): JsonObject {
  return {
    $schema: draft7,
    title: "zenlite: stacks, components and flavors (.zenliterc)",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      $schema: { type: "string", description: "The JSON Schema that an editor checks this file by." },
      $import: {
        description:
          "Other configuration files that this one builds upon, from the folder of this file. What stands here wins.",
        anyOf: [path, { type: "array", items: path }],
      },
      flavors: {
        description: "Packages that bring flavors, by their full names, and modules of this project.",
        type: ["array", "null"],
        items: { anyOf: [{ type: "string", pattern: packageName.source }, moduleEntry] },
      },
      ...Object.fromEntries(componentTypes.map((type) => [type, componentsOf(type, flavors)])),
      stack: {
        description: "Named sets of components. `zenlite stack set <name>` makes one the active one.",
        type: ["object", "null"],
        propertyNames: name,
        additionalProperties: stackEntry(),
      },
    },
    patternProperties: Object.fromEntries(
      componentTypes.flatMap((type) => otherSpellings(type).map((key) => [exactly(key), componentsOf(type, flavors)])),
    ),
    definitions: Object.fromEntries(
      flavors.flatMap((flavor) => {
        const described = describeComponent(flavor);
        return described === undefined ? [] : [[keyOf(flavor), described]];
      }),
    ),
  };
}

const moduleEntry: JsonObject = {
  type: "object",
  required: ["type", "name", "module"],
  additionalProperties: false,
  properties: {
    type: {
      description: "The type of component.",
      enum: componentTypes.flatMap((type) => [type, ...otherSpellings(type)]),
    },
    name: { description: "The name by which components call it.", type: "string", ...name },
    module: {
      description: "Path of the module from the folder of this file. It ends in `export default defineFlavor({ … })`.",
      type: "string",
      pattern: modulePath.source,
    },
  },
};

function componentsOf(type: ComponentType, flavors: readonly FlavorDescription[]): JsonObject {
  const own = flavors.filter((flavor) => flavor.type === type);
  const known = own.filter((flavor) => flavor.config !== undefined);
  const meanings = own.map((flavor) => `${flavor.name}: ${flavor.description ?? "not loaded"}`);
  const text: JsonObject = { type: "string", minLength: 1 };
  const rules = known.map((flavor) => ({
    if: { required: ["flavor"], properties: { flavor: { const: flavor.name } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { $ref: referenceTo(flavor) },
  }));
  return {
    description: titles[type],
    type: ["object", "null"],
    propertyNames: name,
    additionalProperties: {
      type: "object",
      required: ["flavor"],
      properties: {
        flavor: {
          description: ["The implementation.", ...meanings].join("\n"),
          ...(own.length === 0 ? text : { anyOf: [{ enum: own.map((flavor) => flavor.name) }, text] }),
        },
        ...(type === "service-connector" ? {} : { connector }),
      },
      ...(rules.length === 0 ? {} : { allOf: rules }),
    },
  };
}

const connector: JsonObject = {
  description: "The service-connector that gives credentials; without one the vendor's own chain is asked.",
  type: "string",
  minLength: 1,
};

/** The flavor's own keys beside those that every component has. */
function describeComponent(flavor: FlavorDescription): JsonObject | undefined {
  if (flavor.config === undefined) return undefined;
  const shared: JsonObject = flavor.type === "service-connector" ? { flavor: true } : { flavor: true, connector };
  const withShared = (node: JsonObject): JsonObject => {
    const { anyOf } = node;
    if (Array.isArray(anyOf))
      return { ...node, anyOf: anyOf.map((branch: Json) => (isJsonObject(branch) ? withShared(branch) : branch)) };
    if (node["type"] !== "object") return node;
    return { ...node, properties: { ...shared, ...(isJsonObject(node["properties"]) ? node["properties"] : {}) } };
  };
  return withShared(describeKeys(flavor.config, { at: referenceTo(flavor), references: true }));
}

function stackEntry(): JsonObject {
  const either = (type: ComponentType): JsonObject => {
    const keys = [type, ...otherSpellings(type)].map((key) => ({ required: [key] }));
    return keys.length === 1 ? { required: [type] } : { anyOf: keys };
  };
  const part: JsonObject = { type: "string", minLength: 1 };
  return {
    type: "object",
    properties: Object.fromEntries(stackParts.map((type) => [type, { ...part, description: titles[type] }])),
    patternProperties: Object.fromEntries(
      stackParts.flatMap((type) => otherSpellings(type).map((key) => [exactly(key), part])),
    ),
    additionalProperties: false,
    allOf: (["orchestrator", "artifact-store"] as const).map(either),
  };
}

/** `artifact_store` and `artifactStore`, beside `artifact-store`. */
function otherSpellings(type: ComponentType): readonly string[] {
  const snake = type.replaceAll("-", "_");
  return [...new Set([snake, toCamel(snake)])].filter((spelling) => spelling !== type);
}

function keyOf({ type, name }: FlavorDescription): string {
  return `${type}.${name}`;
}

function referenceTo(flavor: FlavorDescription): string {
  return `#/definitions/${encodeURIComponent(keyOf(flavor))}`;
}
