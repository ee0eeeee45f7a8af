// The components that a command line names for a stack: found, or refused with what is near. Pure.
import { combineErrors, nearest, ZenliteError } from "@zenlite/core";
import {
  nameMistake,
  shown,
  stackOptions,
  stackParts,
  type Config,
  type Mend,
  type StackPart,
} from "@zenlite/core/config";

export interface PartFlags {
  readonly orchestrator?: string;
  readonly artifactStore?: string;
  readonly containerRegistry?: string;
  readonly imageBuilder?: string;
}

export type Parts = { readonly [Type in StackPart]?: string };

/** Every stack has these. */
const necessary: readonly StackPart[] = ["orchestrator", "artifact-store"];

export function partsOf(flags: PartFlags): Parts {
  return onlyNamed({
    orchestrator: flags.orchestrator,
    "artifact-store": flags.artifactStore,
    "container-registry": flags.containerRegistry,
    "image-builder": flags.imageBuilder,
  });
}

export function onlyNamed(parts: { readonly [Type in StackPart]?: string | undefined }): Parts {
  return Object.fromEntries(stackParts.flatMap((type) => (parts[type] === undefined ? [] : [[type, parts[type]]])));
}

/** ` -o containers -a default`. */
export function optionsText(parts: Parts): string {
  return stackParts.map((type) => (parts[type] === undefined ? "" : ` ${stackOptions[type]} ${parts[type]}`)).join("");
}

/** How to type the command again with another component: `zenlite stack register s -o a -a default -c r`. */
export function retype(command: string, parts: Parts): Mend {
  return (type, name) => `${command}${optionsText({ ...parts, [type]: name })}`;
}

export interface Filled {
  readonly parts: Parts;
  /** What was taken because nothing else could have been meant. */
  readonly filled: readonly { readonly type: StackPart; readonly name: string }[];
}

/**
 * The parts, and in place of those that every stack has and nobody named, the only candidates. Throws, all together:
 * ZENLITE_COMPONENT_UNKNOWN; ZENLITE_COMPONENT_AMBIGUOUS where there are several candidates.
 */
export function completeParts(config: Config, parts: Parts, mend: Mend): Filled {
  const unknown = stackParts.flatMap((type) => {
    const name = parts[type];
    return name === undefined || candidates(config, type).includes(name)
      ? []
      : [unknownComponent(config, type, name, mend)];
  });
  const filled: { readonly type: StackPart; readonly name: string }[] = [];
  const ambiguous = necessary.flatMap((type) => {
    if (parts[type] !== undefined) return [];
    const [only, ...others] = candidates(config, type);
    if (only === undefined) return [];
    if (others.length > 0) return [ambiguousPart(type, [only, ...others], mend)];
    filled.push({ type, name: only });
    return [];
  });
  const [first, ...rest] = [...unknown, ...ambiguous];
  if (first !== undefined) throw combineErrors([first, ...rest]);
  return { parts: withFilled(parts, filled), filled };
}

/** As `completeParts`, for parts that a flavor requires. One with several candidates, or none, is left out. */
export function fillMissing(config: Config, { parts, filled }: Filled, missing: readonly StackPart[]): Filled {
  const found = missing.flatMap((type) => {
    const [only, ...others] = candidates(config, type);
    return only === undefined || others.length > 0 ? [] : [{ type, name: only }];
  });
  return { parts: withFilled(parts, found), filled: [...filled, ...found] };
}

/** `No artifact-store named; the only one is taken: default.` */
export function filledText({ type, name }: Filled["filled"][number]): string {
  return `No ${type} named; the only one is taken: ${name}.`;
}

function withFilled(parts: Parts, filled: Filled["filled"]): Parts {
  return onlyNamed({ ...parts, ...Object.fromEntries(filled.map(({ type, name }) => [type, name])) });
}

function candidates(config: Config, type: StackPart): readonly string[] {
  return config.components.filter((component) => component.type === type).map(({ name }) => name);
}

function unknownComponent(config: Config, type: StackPart, name: string, mend: Mend): ZenliteError {
  const known = candidates(config, type);
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const list = known.length === 0 ? ` No ${type} is registered.` : ` Known: ${listText(known)}.`;
  const register = `zenlite ${type} register ${nameMistake(name) === undefined ? name : "<name>"} -f <flavor>`;
  return new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `There is no ${type} ${shown(name)}.${meant}${list}`, {
    hint: near === undefined ? register : `${mend(type, near)}\nor: ${register}`,
  });
}

function ambiguousPart(type: StackPart, names: readonly string[], mend: Mend): ZenliteError {
  return new ZenliteError(
    "ZENLITE_COMPONENT_AMBIGUOUS",
    `No ${type} is named, and there are several: ${listText(names)}.`,
    { hint: mend(type, `<${type}>`) },
  );
}

const longestList = 20;

function listText(names: readonly string[]): string {
  return `${names.slice(0, longestList).join(", ")}${names.length > longestList ? ", …" : ""}`;
}
