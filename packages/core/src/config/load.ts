// Files → Config: bases are merged, flavors looked up, and everything that needs no import is checked.
import type { ZenliteError } from "../errors.ts";
import { readWithBases, type Reading } from "./bases.ts";
import { checkComponents } from "./check.ts";
import { fileReader, type Overlay } from "./file.ts";
import { findFolders } from "./folders.ts";
import { checkLinks } from "./links.ts";
import { sortErrors, throwTogether } from "./problems.ts";
import { openSecrets } from "./secrets.ts";
import { readSources } from "./sources.ts";
import type { Builtin, ComponentDeclaration, Config, Environment, StackDeclaration } from "./types.ts";

export interface LoadOptions {
  readonly builtins: readonly Builtin[];
  readonly environment: Environment;
  /** A text in place of a file's own, to learn what it would say. */
  readonly overlay?: Overlay;
}

/** What could be read, and what is wrong with it. */
export interface ConfigReading {
  readonly config: Config;
  readonly problems: readonly ZenliteError[];
  /** False where a file or an entry of one cannot be understood: the config lacks what it would have said. */
  readonly complete: boolean;
  /** The nearest file first: the order in which problems are told. */
  readonly files: readonly string[];
}

/**
 * Reads the configuration that holds for a folder. Without any file the defaults exist: a component `default` for each
 * builtin orchestrator and artifact-store, and the stack `default` of the two.
 *
 * Throws every problem of all files as one error (`others`), in the order of the text: ZENLITE_CONFIG_SYNTAX, _UNKNOWN_KEY,
 * _INVALID, _NAME, _BROKEN, _UNREADABLE, _CYCLE; ZENLITE_COMPONENT_UNKNOWN; ZENLITE_FLAVOR_UNKNOWN, _NOT_INSTALLED,
 * _NOT_FOUND, _MANIFEST, _DUPLICATE; ZENLITE_CONTRACT_TOO_NEW; and with any of them also what `checkConfig` finds.
 */
export async function loadConfig(from: string, options: LoadOptions): Promise<Config> {
  const { config, problems, files } = await readConfig(from, options);
  // Importing flavors takes time, so a sound file is not made to wait; a wrong one is told everything at once.
  throwTogether(problems.length > 0 ? [...problems, ...(await checkComponents(config))] : [], files);
  return config;
}

/** As `loadConfig`, with the problems beside what could be read in spite of them. */
export async function readConfig(from: string, options: LoadOptions): Promise<ConfigReading> {
  const reader = fileReader(options.overlay);
  const nearestFile = await reader.find(from);
  const folders = findFolders(from, nearestFile?.file);
  const reading: Reading =
    nearestFile === undefined
      ? { declarations: [], problems: [], files: [] }
      : await readWithBases(nearestFile, reader, folders);
  const flavors = readSources(
    reading.declarations.flatMap((declarations) => declarations.flavors),
    options.builtins,
  );
  const components = mergeByName(
    reading.declarations.flatMap((declarations) => declarations.components),
    ({ type, name }) => `${type}/${name}`,
  );
  const stacks = mergeByName(
    reading.declarations.flatMap((declarations) => declarations.stacks),
    ({ name }) => name,
  );
  const config: Config = {
    ...(nearestFile === undefined ? {} : { file: nearestFile.file }),
    ...folders,
    flavors: flavors.sources,
    ...withDefaults(components, stacks, options.builtins, { ...folders, configFolder: folders.projectFolder }),
    secrets: openSecrets(options.environment),
  };
  const problems = [...reading.problems, ...flavors.problems];
  if (reading.declarations.every((declarations) => declarations.complete)) {
    const componentNames = reading.declarations.flatMap((declarations) => declarations.componentNames);
    problems.push(...checkLinks(config, { flavors: flavors.failed, componentNames }));
  }
  const complete = reading.problems.length === 0;
  return { config, problems: sortErrors(problems, reading.files), complete, files: reading.files };
}

/** Of entries with one name the last stays, at the place of the first. */
function mergeByName<Entry>(entries: readonly Entry[], nameOf: (entry: Entry) => string): readonly Entry[] {
  return [...new Map(entries.map((entry) => [nameOf(entry), entry])).values()];
}

/** The stack `default` and its components, where they are not declared. */
function withDefaults(
  declared: readonly ComponentDeclaration[],
  stacks: readonly StackDeclaration[],
  builtins: readonly Builtin[],
  place: ComponentDeclaration["place"],
): Pick<Config, "components" | "stacks"> {
  const locate = (): Record<string, never> => ({});
  const isDefault = (type: string) => (component: ComponentDeclaration) =>
    component.type === type && component.name === "default";
  const parts = ["orchestrator", "artifact-store"] as const;
  const added = parts.flatMap((type): readonly ComponentDeclaration[] => {
    const builtin = builtins.find((candidate) => candidate.type === type);
    if (builtin === undefined || declared.some(isDefault(type))) return [];
    return [{ type, name: "default", flavor: builtin.name, config: {}, place, style: "snake", locate }];
  });
  const components = [...added, ...declared];
  if (stacks.some(({ name }) => name === "default") || !parts.every((type) => components.some(isDefault(type))))
    return { components, stacks };
  const standard = { name: "default", components: { orchestrator: "default", "artifact-store": "default" }, locate };
  return { components, stacks: [standard, ...stacks] };
}
