// What a run configuration may say, as a JSON Schema (draft-07) for editors. Pure.
import type { JsonObject, SchemaNode } from "@zenlite/core";
import { draft7, exactly, spellingsOf, toCamel, type FlavorDescription } from "@zenlite/core/config";
import {
  dockerNode,
  delayNode,
  environmentNode,
  memoryNode,
  resourcesNode,
  runConfigNode,
  secretsNode,
  settingsNode,
  timeoutNode,
} from "./run-config-schema.ts";
import { describeSettings, settingsDefinitions } from "./schema-settings.ts";

type Described = readonly (readonly [key: string, node: JsonObject])[];

const isMapping: JsonObject = { type: ["object", "null"] };
const variableNames: JsonObject = { pattern: "^[^=\\0]+$" };
const seconds = "^\\s*\\d+(?:\\.\\d+)?\\s*(?:[Mm][Ss]|[SsMmHhDd])?\\s*$";
const bytes = "^\\s*\\d+(?:\\.\\d+)?\\s*(?:(?:[KkMmGgTtPp][Ii]?)?[Bb])?\\s*$";

/** What the reader leaves to functions of its own, said in the words of JSON Schema. */
const said = new Map<SchemaNode, JsonObject>([
  [memoryNode, { type: ["number", "string"], minimum: 1, pattern: bytes }],
  [delayNode, { type: ["number", "string"], minimum: 0, pattern: seconds }],
  [timeoutNode, { type: ["number", "string"], exclusiveMinimum: 0, pattern: seconds }],
  [
    environmentNode,
    { ...isMapping, propertyNames: variableNames, additionalProperties: { type: ["string", "number", "boolean"] } },
  ],
  [
    secretsNode,
    {
      ...isMapping,
      propertyNames: variableNames,
      additionalProperties: { type: "string", pattern: "\\$\\{(?:secret|env):[^}]+\\}" },
    },
  ],
  [settingsNode, { $ref: "#/definitions/settings" }],
]);

/** `flavors`: all that are declared, so that settings for each of them are known whichever stack is active. */
export function runConfigurationSchema(flavors: readonly FlavorDescription[]): JsonObject {
  return {
    $schema: draft7,
    title: "zenlite: run configuration (zenlite run --config)",
    ...describe(runConfigNode),
    definitions: {
      settings: describeSettings(flavors, {
        docker: { ...describe(dockerNode), description: "Packages and the image of steps that run in containers." },
        resources: describe(resourcesNode),
      }),
      ...settingsDefinitions(flavors),
    },
  };
}

function describe(node: SchemaNode): JsonObject {
  const special = said.get(node);
  const { description, examples } = node;
  const head = {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
  };
  if (special !== undefined) return { ...head, ...special };
  if (node.properties !== undefined)
    return { ...head, ...mapping(Object.entries(node.properties).map(([key, child]) => [key, describe(child)])) };
  if (node.type === "object")
    return {
      ...head,
      ...isMapping,
      ...(typeof node.additionalProperties === "object"
        ? { additionalProperties: describe(node.additionalProperties) }
        : {}),
    };
  // What is left is plain JSON Schema, which is JSON.
  return node as JsonObject;
}

/** Closed; keys in camelCase are let in and not offered. A key with nothing after it is an empty mapping. */
function mapping(entries: Described): JsonObject {
  const others = entries.flatMap(([key, node]) =>
    [...new Set([toCamel(key), ...spellingsOf(toCamel(key))])]
      .filter((spelling) => spelling !== key)
      .map((spelling) => [exactly(spelling), node] as const),
  );
  return {
    ...isMapping,
    properties: Object.fromEntries(entries),
    ...(others.length === 0 ? {} : { patternProperties: Object.fromEntries(others) }),
    additionalProperties: false,
  };
}
