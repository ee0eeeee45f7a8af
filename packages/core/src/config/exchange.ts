// A stack as a document of its own: with its components and what names their flavors, in the words of `.zenliterc`..
import { dirname, relative, sep } from "node:path";
import { ZenliteError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { readShape, type FlavorDeclaration } from "./shape.ts";
import { findSource } from "./sources.ts";
import { importYaml, type FileText } from "./text.ts";
import type { ComponentDeclaration, Config, StackDeclaration } from "./types.ts";

/** The version of the document that this package writes and reads. */
const exportFormat = 1;

/** What an exported stack consists of, with the places in the document. */
export interface StackExport {
  readonly stack: StackDeclaration;
  /** Without the `default` components that exist everywhere. */
  readonly components: readonly ComponentDeclaration[];
  readonly flavors: readonly FlavorDeclaration[];
}

/** The components that a stack names and the connectors behind them; without those that exist without configuration. */
function componentsOf(config: Config, stack: StackDeclaration): readonly ComponentDeclaration[] {
  const named = config.components.filter(
    ({ type, name }) => type !== "service-connector" && stack.components[type] === name,
  );
  const connectors = config.components.filter(
    ({ type, name }) => type === "service-connector" && named.some(({ connector }) => connector === name),
  );
  return [...named, ...connectors].filter(({ where }) => where !== undefined);
}

/** An entry of a component as a file holds it. */
export function componentEntry({ flavor, connector, config }: ComponentDeclaration): JsonObject {
  return { flavor, ...(connector === undefined ? {} : { connector }), ...config };
}

/** References stay as they are written, so the document holds no secret that the file does not hold. */
export function exportStack(config: Config, stack: StackDeclaration, version: string): JsonObject {
  const components = componentsOf(config, stack);
  const flavors = new Map(components.flatMap((component) => flavorEntry(config, component)));
  const types = [...new Set(components.map(({ type }) => type))];
  return {
    format: exportFormat,
    zenlite: version,
    ...(flavors.size === 0 ? {} : { flavors: [...flavors.values()] }),
    ...Object.fromEntries(
      types.map((type) => [
        type,
        Object.fromEntries(
          components
            .filter((component) => component.type === type)
            .map((component) => [component.name, componentEntry(component)]),
        ),
      ]),
    ),
    stack: { [stack.name]: stack.components },
  };
}

/** What `flavors` has to hold for a component, with a key that tells one from another; nothing for a builtin. */
function flavorEntry(config: Config, { type, flavor }: ComponentDeclaration): readonly (readonly [string, Json])[] {
  const source = findSource(config, type, flavor);
  if (source === undefined || source.builtin) return [];
  if (source.package !== undefined) return [[source.package, source.package]];
  const declaredIn = source.where?.file;
  // A path counts from the file that says it; in the document it counts from the file that holds the configuration.
  const module =
    config.file === undefined || declaredIn === undefined || dirname(declaredIn) === dirname(config.file)
      ? source.module
      : `./${relative(dirname(config.file), source.moduleFile()).replaceAll(sep, "/")}`.replace(/^\.\/\.\.\//u, "../");
  return [[`${type}/${flavor}`, { type, name: flavor, module }]];
}

/**
 * `config` is the one that the stack would be added to. Problems: ZENLITE_EXPORT_TOO_NEW, ZENLITE_EXPORT_INVALID, and those of a
 * configuration file with the same entries. Where there are any, there is no export.
 */
export function readStackExport(
  file: string,
  { value, locate, problems }: FileText,
  config: Config,
): { readonly exported?: StackExport; readonly problems: readonly ZenliteError[] } {
  if (problems.length > 0) return { problems };
  const fail = (message: string, path: readonly string[] = []): { readonly problems: readonly ZenliteError[] } => ({
    problems: [
      new ZenliteError("ZENLITE_EXPORT_INVALID", message, {
        where: locate(path),
        hint: "zenlite stack export <name> <file>, in the project that has the stack",
      }),
    ],
  });
  if (!isJsonObject(value)) return fail("This is no exported stack: it is no mapping.");
  const { format, zenlite, ...entries } = value;
  if (typeof format === "number" && format > exportFormat)
    return { problems: [tooNew(format, zenlite, locate(["format"]))] };
  if (format !== exportFormat)
    return fail(
      format === undefined
        ? 'This is no exported stack: "format" is missing.'
        : `format: expected ${exportFormat}, got ${JSON.stringify(format)}.`,
      format === undefined ? [] : ["format"],
    );
  const read = readShape({ file, value: entries, locate, style: "snake", problems: [] }, config);
  const [imported] = read.imports;
  if (imported !== undefined) return fail("An exported stack builds upon no other file.", ["$import"]);
  if (read.problems.length > 0) return { problems: read.problems };
  const [stack, ...others] = read.stacks;
  if (stack === undefined || others.length > 0)
    return fail(`Expected one stack, got ${read.stacks.length}.`, ["stack"]);
  const exported = { stack, components: read.components, flavors: read.flavors };
  const lacking = missingEntries(exported);
  return lacking.length > 0 ? { problems: lacking } : { exported, problems: [] };
}

function tooNew(format: number, version: Json | undefined, where: ZenliteError["where"]): ZenliteError {
  const by = typeof version === "string" ? ` (zenlite ${version})` : "";
  return new ZenliteError(
    "ZENLITE_EXPORT_TOO_NEW",
    `The stack was exported in format ${format}${by}; this zenlite reads format ${exportFormat}.`,
    { ...(where === undefined ? {} : { where }), hint: "npm install zenlite@latest" },
  );
}

/** What the document names and does not hold; only `default` is there without being declared. */
function missingEntries({ stack, components }: StackExport): readonly ZenliteError[] {
  const has = (type: string, name: string): boolean =>
    components.some((component) => component.type === type && component.name === name);
  const error = (type: string, name: string, where: ZenliteError["where"]): ZenliteError =>
    new ZenliteError("ZENLITE_EXPORT_INVALID", `The document names the ${type} "${name}" and does not hold it.`, {
      ...(where === undefined ? {} : { where }),
      hint: "zenlite stack export <name> <file>, in the project that has the stack",
    });
  return [
    ...Object.entries(stack.components)
      .filter(([type, name]) => !has(type, name) && name !== "default")
      .map(([type, name]) => error(type, name, stack.locate([type]))),
    ...components.flatMap(({ connector, locate }) =>
      connector === undefined || has("service-connector", connector)
        ? []
        : [error("service-connector", connector, locate(["connector"]))],
    ),
  ];
}

/** The document as text, for people to read and to keep in a repository. */
export async function exportText(stack: string, document: JsonObject): Promise<string> {
  const yaml = await importYaml();
  const written = new yaml.Document(document);
  written.commentBefore = ` The stack ${JSON.stringify(stack)} of a zenlite project. To use it in another one: zenlite stack import <this file>`;
  return written.toString({ lineWidth: 0 });
}
