// One file's data → what it declares. Pure; every problem is collected with its place.
import { dirname } from "node:path";
import { componentTypes, type ComponentType, type ConfigPlace } from "../components.ts";
import type { ZenliteError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { nearest, suggestion } from "../nearest.ts";
import type { ConfigFile } from "./file.ts";
import { componentTypeOf, isStackPart, shown, stackParts } from "./names.ts";
import { within, type FieldPath, type Locate } from "./position.ts";
import { isList, kindOf, openReport, type Report } from "./report.ts";
import type { ComponentDeclaration, StackDeclaration, StackPart } from "./types.ts";

/** An entry under `flavors`: a package by its full name, or a module of the project. */
export type FlavorDeclaration = { readonly file: ConfigFile; readonly path: FieldPath } & (
  | { readonly package: string }
  | { readonly type: ComponentType; readonly name: string; readonly module: string }
);

/** The folders that are the same for every file of a project. */
export type ProjectFolders = Pick<ConfigPlace, "projectFolder" | "stateFolder">;

export interface Declarations {
  /** `$import`: paths of base files, as they were written. */
  readonly imports: readonly { readonly base: string; readonly path: FieldPath }[];
  readonly flavors: readonly FlavorDeclaration[];
  readonly components: readonly ComponentDeclaration[];
  readonly stacks: readonly StackDeclaration[];
  readonly problems: readonly ZenliteError[];
  /** `type/name` of every component that the file names, also of those that could not be read. */
  readonly componentNames: readonly string[];
  /** False where the file, or an entry under `flavors`, could not be read: what it would have brought is not known. */
  readonly complete: boolean;
}

const topKeys = ["flavors", ...componentTypes, "stack"];
export const packageName = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/u;
export const modulePath = /^(?:\.{1,2}\/|\/|[A-Za-z]:[\\/])/u;

export function readShape(file: ConfigFile, folders: ProjectFolders): Declarations {
  const report = openReport(file);
  const imports: { base: string; path: FieldPath }[] = [];
  const flavors: FlavorDeclaration[] = [];
  const components: ComponentDeclaration[] = [];
  const stacks: StackDeclaration[] = [];
  const componentNames: string[] = [];
  const keys = new Map<ComponentType, string>();
  let complete = file.problems.length === 0;
  for (const [key, value] of Object.entries(file.value)) {
    const type = componentTypeOf(key);
    const before = type === undefined ? undefined : keys.get(type);
    // Where an editor looks for a schema of a JSON file; a comment does it in YAML.
    if (key === "$schema") report.text([key], value, "the address of a JSON Schema");
    else if (key === "$import") imports.push(...readImports(report, value));
    else if (key === "flavors") {
      const before = report.problems.length;
      flavors.push(...readFlavors(file, report, value));
      complete &&= report.problems.length === before;
    } else if (key === "stack") stacks.push(...readStacks(file, report, value));
    else if (type === undefined) report.unknownKey([key], topKeys);
    else if (before !== undefined) report.invalid([key], `"${before}" and "${key}" are one key, written twice.`, "key");
    else {
      keys.set(type, key);
      componentNames.push(...(isJsonObject(value) ? Object.keys(value) : []).map((name) => `${type}/${name}`));
      components.push(...readComponents(file, report, folders, type, key, value));
    }
  }
  return { imports, flavors, components, stacks, problems: report.problems, componentNames, complete };
}

function readImports(report: Report, value: Json): readonly { readonly base: string; readonly path: FieldPath }[] {
  const entries: readonly (readonly [FieldPath, Json])[] = isList(value)
    ? value.map((entry, index) => [["$import", index], entry])
    : [[["$import"], value]];
  return entries.flatMap(([path, entry]) => {
    const base = report.text(path, entry, "the path of a configuration file");
    return base === undefined ? [] : [{ base, path }];
  });
}

function readFlavors(file: ConfigFile, report: Report, value: Json): readonly FlavorDeclaration[] {
  if (value === null) return [];
  if (!isList(value)) {
    report.invalid(["flavors"], `expected a list of packages, got ${kindOf(value)}.`);
    return [];
  }
  return value.flatMap((entry, index): readonly FlavorDeclaration[] => {
    const path: FieldPath = ["flavors", index];
    if (isJsonObject(entry)) {
      const module = readModule(report, entry, path);
      return module === undefined ? [] : [{ file, path, ...module }];
    }
    if (typeof entry === "string" && packageName.test(entry)) return [{ file, path, package: entry }];
    const hint = 'A module of your own is declared as { type: orchestrator, name: mine, module: "./flavors/mine.ts" }.';
    report.invalid(path, `expected the full name of a package, got ${kindOf(entry)}.`, "value", hint);
    return [];
  });
}

function readModule(
  report: Report,
  entry: JsonObject,
  path: FieldPath,
): { readonly type: ComponentType; readonly name: string; readonly module: string } | undefined {
  const known = ["type", "name", "module"];
  for (const key of Object.keys(entry)) if (!known.includes(key)) report.unknownKey([...path, key], known);
  const read = (key: string, expected: string): string | undefined => {
    if (!Object.hasOwn(entry, key)) return report.invalid(path, `"${key}" is missing.`);
    return report.text([...path, key], entry[key], expected);
  };
  const typeText = read("type", "a component type");
  const name = read("name", "a name");
  const module = read("module", "the path of a module");
  const type = typeText === undefined ? undefined : componentTypeOf(typeText);
  if (typeText !== undefined && type === undefined) {
    const near = suggestion(typeText, componentTypes);
    report.invalid([...path, "type"], `${shown(typeText)} is no component type.${near}`);
  }
  const named = name !== undefined && report.name([...path, "name"], name, "value", "a flavor");
  if (module !== undefined && !modulePath.test(module))
    return report.invalid([...path, "module"], `a path starts with "./", write ${shown(`./${module}`)}.`);
  return type === undefined || !named || module === undefined ? undefined : { type, name, module };
}

function readComponents(
  file: ConfigFile,
  report: Report,
  folders: ProjectFolders,
  type: ComponentType,
  key: string,
  value: Json,
): readonly ComponentDeclaration[] {
  const entries = report.members([key], value, `a mapping from names to ${type} components`);
  return entries.flatMap(([name, entry]): readonly ComponentDeclaration[] => {
    const path = [key, name];
    if (!report.name(path, name, "key", "a component")) return [];
    if (!isJsonObject(entry)) {
      report.invalid(path, `expected a mapping with "flavor", got ${kindOf(entry)}.`, entry === null ? "key" : "value");
      return [];
    }
    const { flavor, connector, ...config } = entry;
    if (flavor === undefined) {
      const meant = nearest("flavor", Object.keys(config));
      if (meant === undefined) report.invalid(path, '"flavor" is missing.', "key");
      else report.unknownKey([...path, meant], ["flavor"]);
      return [];
    }
    const flavorName = report.text([...path, "flavor"], flavor, "the name of a flavor");
    if (connector !== undefined && type === "service-connector")
      report.invalid([...path, "connector"], "a service-connector has no connector of its own.", "key");
    const connectorName =
      connector === undefined
        ? undefined
        : report.text([...path, "connector"], connector, "the name of a service-connector");
    if (flavorName === undefined) return [];
    return [
      {
        type,
        name,
        flavor: flavorName,
        ...(connectorName === undefined ? {} : { connector: connectorName }),
        config,
        place: { ...folders, configFolder: dirname(file.file) },
        style: file.style,
        where: file.locate(path, "key"),
        locate: within(file.locate, path),
      },
    ];
  });
}

function readStacks(file: ConfigFile, report: Report, value: Json): readonly StackDeclaration[] {
  return report.members(["stack"], value, "a mapping from names to stacks").flatMap(([name, entry]) => {
    const path = ["stack", name];
    if (!report.name(path, name, "key", "a stack")) return [];
    if (!isJsonObject(entry)) {
      const example = "{ orchestrator: default, artifact-store: default }";
      report.invalid(
        path,
        `expected a mapping such as ${example}, got ${kindOf(entry)}.`,
        entry === null ? "key" : "value",
      );
      return [];
    }
    const parts = readParts(report, entry, path);
    for (const part of ["orchestrator", "artifact-store"] as const)
      if (!parts.has(part)) report.invalid(path, `"${part}" is missing (for example ${part}: default).`, "key");
    const named = [...parts].flatMap(([part, { component }]) => (component === undefined ? [] : [[part, component]]));
    const locate: Locate = ([part, ...rest], side) => {
      const written = [...parts].find(([type]) => type === part)?.[1].key ?? part;
      return file.locate([...path, ...(written === undefined ? [] : [written]), ...rest], side);
    };
    return [{ name, components: Object.fromEntries(named), where: file.locate(path, "key"), locate }];
  });
}

interface WrittenPart {
  readonly key: string;
  /** `undefined` where the name is wrong, so that the part is not called missing too. */
  readonly component: string | undefined;
}

function readParts(report: Report, entry: JsonObject, path: FieldPath): ReadonlyMap<StackPart, WrittenPart> {
  const parts = new Map<StackPart, WrittenPart>();
  for (const [key, component] of Object.entries(entry)) {
    const at = [...path, key];
    const type = componentTypeOf(key);
    if (type === undefined) report.unknownKey(at, stackParts);
    else if (!isStackPart(type))
      report.invalid(at, "a stack names no connector; the components that use one do (connector: name).", "key");
    else if (parts.has(type)) report.invalid(at, `the ${type} is named twice.`, "key");
    else parts.set(type, { key, component: report.text(at, component, "the name of a component") });
  }
  return parts;
}
