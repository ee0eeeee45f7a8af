// Names that people give, and how component types are spelled.
import { componentTypes, type ComponentType } from "../components.ts";
import { toCamel } from "./keys.ts";
import type { StackPart } from "./types.ts";

const longestName = 100;

export const stackParts: readonly StackPart[] = componentTypes.filter(isStackPart);

/** Why a name of a component, stack or flavor cannot be used; `undefined` where it can. */
export function nameMistake(name: string): string | undefined {
  if (name === "") return "a name cannot be empty";
  if (name.length > longestName) return `a name has at most ${longestName} characters, this one has ${name.length}`;
  // Every JavaScript object already has these: somewhere they would be found where nothing was declared.
  if (name in {}) return "this name is reserved";
  // The first pattern alone would do for most, and a Unicode class takes milliseconds to compile.
  if (!/^\w[\w.-]*$/u.test(name) && !/^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u.test(name))
    return 'a name has letters, digits, "_", "-" and ".", and starts with a letter, digit or "_"';
  return undefined;
}

/** The type that is meant by `artifact-store`, `artifact_store` or `artifactStore`. */
export function componentTypeOf(key: string): ComponentType | undefined {
  return componentTypes.find(
    (type) => key === type || key === type.replaceAll("-", "_") || key === toCamel(type.replaceAll("-", "_")),
  );
}

export function isStackPart(type: ComponentType): type is StackPart {
  return type !== "service-connector";
}

/** Long values are cut, so that a message stays readable. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
