// Declared components: found by name, and who uses them.
import { nearest, ZenliteError, type ComponentType } from "@zenlite/core";
import { shown, type ComponentDeclaration, type Config, type StackDeclaration } from "@zenlite/core/config";

/** `an orchestrator`. */
export function withArticle(type: ComponentType): string {
  return `${/^[aeiou]/u.test(type) ? "an" : "a"} ${type}`;
}

export function componentsOf(config: Config, type: ComponentType): readonly ComponentDeclaration[] {
  return config.components.filter((component) => component.type === type);
}

/** Throws ZENLITE_COMPONENT_UNKNOWN with the nearest name and the known ones. */
export function componentNamed(config: Config, type: ComponentType, name: string): ComponentDeclaration {
  const known = componentsOf(config, type);
  const found = known.find((component) => component.name === name);
  if (found !== undefined) return found;
  throw unknownComponent(
    type,
    name,
    known.map((component) => component.name),
  );
}

const longestList = 20;

function unknownComponent(type: ComponentType, name: string, known: readonly string[]): ZenliteError {
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const more = known.length > longestList ? ", …" : "";
  const list =
    known.length === 0 ? ` No ${type} is registered.` : ` Known: ${known.slice(0, longestList).join(", ")}${more}.`;
  return new ZenliteError("ZENLITE_COMPONENT_UNKNOWN", `There is no ${type} ${shown(name)}.${meant}${list}`, {
    hint: known.length === 0 ? `zenlite ${type} register <name> -f <flavor>` : `zenlite ${type} list`,
  });
}

export interface Users {
  readonly stacks: readonly StackDeclaration[];
  /** Those that name a service-connector. */
  readonly components: readonly ComponentDeclaration[];
}

export function usersOf(config: Config, { type, name }: Pick<ComponentDeclaration, "type" | "name">): Users {
  if (type === "service-connector")
    return { stacks: [], components: config.components.filter(({ connector }) => connector === name) };
  return { stacks: config.stacks.filter(({ components }) => components[type] === name), components: [] };
}
