// `settings` of a run configuration, as a JSON Schema for editors: what the declared flavors say. Pure.
import { componentTypes, isJsonObject, type ComponentType, type Json, type JsonObject } from "@zenlite/core";
import { describeKeys, exactly, publishedFlavors, toCamel, type FlavorDescription } from "@zenlite/core/config";

type Described = readonly (readonly [key: string, node: JsonObject])[];

/** The schema of each flavor's settings, by the names that the others refer to. */
export function settingsDefinitions(flavors: readonly FlavorDescription[]): JsonObject {
  return Object.fromEntries(
    flavors.flatMap((flavor) =>
      flavor.settings === undefined ? [] : [[keyOf(flavor), describeFlavor(flavor, flavor.settings)]],
    ),
  );
}

/** `fixed`: the keys beside component types. */
export function describeSettings(flavors: readonly FlavorDescription[], fixed: JsonObject): JsonObject {
  const types = componentTypes.map((type) => ({ type, node: settingsOf(type, flavors) }));
  const dotted = componentTypes.flatMap((type) =>
    flavorNames(type, flavors).map((name) => ({
      type,
      name,
      node: { anyOf: [{ type: "null" }, flavorSettings(type, name, flavors)] },
    })),
  );
  return {
    description: "Of single components (orchestrator, or orchestrator.docker), of docker images, and resources.",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      ...fixed,
      ...Object.fromEntries(types.map(({ type, node }) => [inSnake(type), node])),
      ...Object.fromEntries(dotted.map(({ type, name, node }) => [`${inSnake(type)}.${name}`, node])),
    },
    patternProperties: {
      ...Object.fromEntries(
        types
          .filter(({ type }) => typeSpellings(type).length > 1)
          .map(({ type, node }) => [exactly(...typeSpellings(type).slice(1)), node]),
      ),
      ...Object.fromEntries(
        dotted.map(({ type, name, node }) => {
          const spellings = typeSpellings(type).flatMap((first) =>
            nameSpellings(name).map((second) => `${first}.${second}`),
          );
          return [exactly(...spellings), node];
        }),
      ),
    },
  };
}

/** The keys of whichever flavor is active, and mappings of them under a flavor's name. */
function settingsOf(type: ComponentType, flavors: readonly FlavorDescription[]): JsonObject {
  const own = flavors.filter((flavor) => flavor.type === type);
  const described = own.flatMap((flavor) =>
    flavor.settings === undefined ? [] : [describeFlavor(flavor, flavor.settings)],
  );
  // One that could not be loaded, or whose keys are not simply listed, may have any key.
  const open = own.some((flavor) => flavor.config === undefined) || described.some((node) => node["type"] !== "object");
  const named: Described = flavorNames(type, flavors).map((name) => [name, flavorSettings(type, name, flavors)]);
  const otherNames: Described = named.flatMap(([name, node]) =>
    nameSpellings(name)
      .slice(1)
      .map((spelling) => [exactly(spelling), node] as const),
  );
  const parts = (member: "properties" | "patternProperties"): Described =>
    described.flatMap((node) =>
      isJsonObject(node[member])
        ? Object.entries(node[member]).map(([key, value]) => [key, asNode(value)] as const)
        : [],
    );
  return {
    description: `For the active ${type}, whichever it is; or under the name of a flavor, for that flavor only.`,
    type: ["object", "null"],
    properties: union([...parts("properties"), ...named]),
    patternProperties: union([...parts("patternProperties"), ...otherNames]),
    ...(open ? {} : { additionalProperties: false }),
  };
}

/** Where several say something of one key, any of them may be meant. */
function union(entries: Described): JsonObject {
  const byKey = new Map<string, JsonObject[]>();
  for (const [key, node] of entries) byKey.set(key, [...(byKey.get(key) ?? []), node]);
  return Object.fromEntries(
    [...byKey].map(([key, nodes]) => [key, nodes.length === 1 ? (nodes[0] ?? {}) : { anyOf: nodes }]),
  );
}

/** A flavor that exists and is not declared here may be named: nothing is known of its settings. */
function flavorNames(type: ComponentType, flavors: readonly FlavorDescription[]): readonly string[] {
  const declared = flavors.filter((flavor) => flavor.type === type).map(({ name }) => name);
  return [...new Set([...declared, ...publishedFlavors(type)])];
}

function flavorSettings(type: ComponentType, name: string, flavors: readonly FlavorDescription[]): JsonObject {
  const flavor = flavors.find((each) => each.type === type && each.name === name);
  if (flavor?.settings !== undefined) return { $ref: referenceTo(flavor) };
  return flavor?.config === undefined ? { type: "object" } : { type: "object", maxProperties: 0 };
}

function asNode(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function inSnake(type: ComponentType): string {
  return type.replaceAll("-", "_");
}

/** As this file offers it, then the other ways. */
function typeSpellings(type: ComponentType): readonly string[] {
  return [...new Set([inSnake(type), type, toCamel(inSnake(type))])];
}

function nameSpellings(name: string): readonly string[] {
  const snake = name.replaceAll("-", "_");
  return [...new Set([name, snake, toCamel(snake)])];
}

function describeFlavor(flavor: FlavorDescription, settings: JsonObject): JsonObject {
  return describeKeys(settings, { at: referenceTo(flavor), references: false });
}

function keyOf({ type, name }: FlavorDescription): string {
  return `settings.${type}.${name}`;
}

function referenceTo(flavor: FlavorDescription): string {
  return `#/definitions/${encodeURIComponent(keyOf(flavor))}`;
}
