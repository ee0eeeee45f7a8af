// `zenlite orchestrator explain docker` and its like: which keys a flavor has, from its schema.
import { isJsonObject, type ComponentType, type Flavor, type Json, type StandardSchema } from "@zenlite/core";
import { checkValue, throwTogether, toSnake } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson } from "../../scope.ts";
import { originText, sourceNamed } from "../flavors/shared.ts";
import { openConfig, type JsonFlag } from "../stacks/shared.ts";
import { valueText } from "./describe.ts";
import {
  below,
  branches,
  branchOf,
  isRefused,
  kindsOf,
  propertiesOf,
  schemaPart,
  type SchemaPart,
} from "./schema-node.ts";

export interface KeyRow {
  /** As a file spells it; below a mapping with a dot: `host_config.dns`. */
  readonly key: string;
  readonly type: string;
  readonly default?: Json;
  readonly required: boolean;
  readonly meaning: string;
}

export async function explainVerb(type: ComponentType, name: string, flags: JsonFlag): Promise<number> {
  const config = await openConfig();
  const source = sourceNamed(config, type, name);
  const flavor = await source.load();
  await refuseSilent(flavor);
  const keys = keyRows(flavor.config);
  const settings = flavor.settings === undefined ? undefined : keyRows(flavor.settings);
  const { description } = flavor;
  if (flags.json === true) {
    const about = description === undefined ? {} : { description };
    printJson({
      type,
      name,
      origin: originText(source),
      ...about,
      config: keys,
      ...(settings === undefined ? {} : { settings }),
    });
    return exitCodes.done;
  }
  print(`${type} flavor ${name} (${originText(source)})${description === undefined ? "" : `\n${description}`}\n`);
  print(keys.length === 0 ? "It has no configuration." : keyTable(keys));
  if (settings === undefined) return exitCodes.done;
  const sameAs = JSON.stringify(settings) === JSON.stringify(keys);
  const heading = `\nIn a run configuration, under settings.${type} or settings.${type}.${name}`;
  print(sameAs ? `${heading}: the same keys.` : `${heading}:\n\n${keyTable(settings)}`);
  return exitCodes.done;
}

/** A schema that cannot describe itself would look like one without keys. */
async function refuseSilent(flavor: Flavor): Promise<void> {
  const context = {
    locate: () => ({}),
    style: "snake",
    title: `${flavor.type} flavor "${flavor.name}"`,
    lenient: true,
  } as const;
  for (const schema of [flavor.config, ...(flavor.settings === undefined ? [] : [flavor.settings])])
    throwTogether(
      (await checkValue(schema, {}, context)).problems.filter(({ code }) => code === "ZENLITE_FLAVOR_INVALID"),
    );
}

const deepest = 4;

/** Keys that exist only to be refused are left out. */
export function keyRows(schema: StandardSchema): readonly KeyRow[] {
  return rowsOf(schemaPart(schema), "", 0);
}

function rowsOf(part: SchemaPart, prefix: string, depth: number): readonly KeyRow[] {
  const required = branches(part).flatMap(({ node }) => (Array.isArray(node["required"]) ? node["required"] : []));
  return Object.entries(propertiesOf(part)).flatMap(([name, child]): readonly KeyRow[] => {
    const own = below(part, child);
    if (isRefused(own)) return [];
    const key = `${prefix}${toSnake(name)}`;
    const standard = isJsonObject(child) && "default" in child ? child["default"] : own.node["default"];
    const row = {
      key,
      type: typeText(own),
      ...(standard === undefined ? {} : { default: standard }),
      required: required.includes(name),
      meaning: meaningOf(own, child),
    };
    return [row, ...(depth < deepest ? rowsOf(own, `${key}.`, depth + 1) : [])];
  });
}

function typeText(part: SchemaPart, depth = 0): string {
  const choices = part.node["enum"];
  if (Array.isArray(choices)) return choices.map((choice: Json) => valueText(choice)).join(" | ");
  const kinds = [...kindsOf(part)].filter((kind) => kind !== "null");
  if (kinds.length === 0) return "any";
  const inner = (child: Json | undefined, word: string): string =>
    isJsonObject(child) && depth < deepest ? `${word} of ${typeText(below(part, child), depth + 1)}` : word;
  return kinds
    .map((kind) => {
      if (kind === "array") return inner(branchOf(part, "array")?.node["items"], "list");
      return kind === "object" ? inner(branchOf(part, "object")?.node["additionalProperties"], "mapping") : kind;
    })
    .join(" | ");
}

function meaningOf({ node }: SchemaPart, child: Json | undefined): string {
  const described = (isJsonObject(child) ? child["description"] : undefined) ?? node["description"];
  const text = typeof described === "string" ? described.replaceAll(/\s+/gu, " ").trim() : "";
  const limits = [
    ...limitOf(node["minimum"], "from"),
    ...limitOf(node["exclusiveMinimum"], "more than"),
    ...limitOf(node["maximum"], "to"),
  ].join(" ");
  const [example] = Array.isArray(node["examples"]) ? node["examples"] : [];
  return [
    text,
    ...(limits === "" ? [] : [`(${limits})`]),
    ...(example === undefined ? [] : [`Example: ${valueText(example)}`]),
  ]
    .filter((each) => each !== "")
    .join(" ");
}

function limitOf(value: Json | undefined, word: string): readonly string[] {
  return typeof value === "number" ? [`${word} ${value}`] : [];
}

/** Narrower than this, meanings stand beneath the keys instead of beside them. */
const narrowest = 40;
const indent = "    ";

function keyTable(rows: readonly KeyRow[]): string {
  const columns = process.stdout.isTTY ? process.stdout.columns : Infinity;
  const cells = rows.map((row) => [
    row.key,
    row.type,
    row.default === undefined ? "" : valueText(row.default),
    row.required ? "yes" : "",
  ]);
  const [heading = "", ...lines] = table(["KEY", "TYPE", "DEFAULT", "REQUIRED"], cells).split("\n");
  const width = Math.max(...[heading, ...lines].map((line) => line.length));
  const room = columns - width - 2;
  if (room < narrowest)
    return [
      heading,
      ...rows.flatMap((row, index) => [
        lines[index]?.trimEnd() ?? "",
        ...wrap(row.meaning, columns - indent.length).map((line) => `${indent}${line}`),
      ]),
    ].join("\n");
  return [
    `${heading.padEnd(width)}  MEANING`,
    ...rows.flatMap((row, index) => {
      const [first = "", ...more] = wrap(row.meaning, room);
      return [
        `${(lines[index] ?? "").padEnd(width)}  ${first}`.trimEnd(),
        ...more.map((line) => `${" ".repeat(width)}  ${line}`),
      ];
    }),
  ].join("\n");
}

/** A meaning is read to its end: it goes on in further lines instead of being cut. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").filter((each) => each !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
