// What `flavor list` prints: nothing is imported for it.
import type { ComponentType } from "../components.ts";
import type { Place } from "../errors.ts";
import type { Config } from "./types.ts";

export interface FlavorListing {
  readonly type: ComponentType;
  readonly name: string;
  readonly package?: string;
  readonly version?: string;
  /** The package's export, or the path that the project declares. */
  readonly module: string;
  readonly builtin: boolean;
  /** The entry that declares it; absent for a builtin. */
  readonly where?: Place;
}

/** By type, then name. */
export function listFlavors(config: Config): readonly FlavorListing[] {
  return config.flavors
    .map(({ type, name, package: packageName, version, module, builtin, where }) => ({
      type,
      name,
      ...(packageName === undefined ? {} : { package: packageName }),
      ...(version === undefined ? {} : { version }),
      module,
      builtin,
      ...(where === undefined ? {} : { where }),
    }))
    .sort((left, right) => left.type.localeCompare(right.type) || left.name.localeCompare(right.name));
}
