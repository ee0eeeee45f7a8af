// The nouns of a loaded configuration: what files declare, and what a stack is once it is resolved.
import type { Components, ComponentType, ConfigPlace, Supports } from "../components.ts";
import type { Place } from "../errors.ts";
import type { Flavor } from "../flavor.ts";
import type { JsonObject } from "../json.ts";
import type { KeyStyle } from "./keys.ts";
import type { Locate } from "./position.ts";
import type { Secrets } from "./secrets.ts";

/** `process.env`, or what stands for it in a test. */
export interface Environment {
  readonly [name: string]: string | undefined;
}

/** A flavor that ships with the program and needs no declaration. */
export interface Builtin {
  readonly type: ComponentType;
  readonly name: string;
  readonly packageName: string;
  /** Absolute; asked for only when the flavor is used, so it may be a getter. */
  readonly moduleFile: string;
  /** The module's default export. */
  load(): Promise<unknown>;
}

/** A flavor that components may name, known without importing it. */
export interface FlavorSource {
  readonly type: ComponentType;
  readonly name: string;
  /** Absent for a module of the project. */
  readonly package?: string;
  readonly version?: string | undefined;
  /** The package's export (`.`), or the path that the project declares, as it was written. */
  readonly module: string;
  readonly builtin: boolean;
  /** The entry under `flavors`; absent for a builtin. */
  readonly where?: Place;
  /** Absolute path of the module, for bundling. Throws ZENLITE_FLAVOR_BROKEN where the package does not export it. */
  moduleFile(): string;
  /** Imports and checks it. Throws ZENLITE_FLAVOR_BROKEN, ZENLITE_FLAVOR_INVALID, ZENLITE_CONTRACT_TOO_NEW. */
  load(): Promise<Flavor>;
}

/** One entry under a component type. */
export interface ComponentDeclaration {
  readonly type: ComponentType;
  readonly name: string;
  readonly flavor: string;
  readonly connector?: string;
  /** The other keys, as they were written. */
  readonly config: JsonObject;
  readonly place: ConfigPlace;
  readonly style: KeyStyle;
  /** Where the name stands; absent for the `default` components that exist without configuration. */
  readonly where?: Place;
  /** Where a key or value of this entry stands: paths start at the entry. */
  readonly locate: Locate;
}

/** The component types that a stack names. Connectors are named by components. */
export type StackPart = Exclude<ComponentType, "service-connector">;

export interface StackDeclaration {
  readonly name: string;
  readonly components: { readonly [Type in StackPart]?: string };
  /** Absent for the stack `default` that exists without configuration. */
  readonly where?: Place;
  /** Paths start at the stack's entry, with the component type in its canonical spelling. */
  readonly locate: Locate;
}

/** Everything that configuration says, checked as far as that needs no import. */
export interface Config {
  /** The file nearest to where the search began; absent where there is none and the defaults hold. */
  readonly file?: string;
  /** Absolute. */
  readonly projectFolder: string;
  /** `.zenlite`, absolute: beside the package.json or the configuration file, whichever is nearer. It may not exist yet. */
  readonly stateFolder: string;
  readonly flavors: readonly FlavorSource[];
  readonly components: readonly ComponentDeclaration[];
  readonly stacks: readonly StackDeclaration[];
  /** Environment variables and the secrets file: functions only, so that printing a config shows no value. */
  readonly secrets: Secrets;
}

export interface ResolvedComponent<Type extends ComponentType = ComponentType> {
  readonly type: Type;
  readonly name: string;
  readonly flavor: Flavor<Type>;
  readonly source: { readonly package?: string; readonly version?: string; readonly moduleFile: string };
  /** camelCase keys, references kept: what a plan may hold. */
  readonly raw: JsonObject;
  /** References resolved, checked, defaults filled in. May hold secrets. */
  readonly config: JsonObject;
  /** What the flavor can do with this config, before a step's settings. */
  readonly supports: Supports[Type];
  readonly place: ConfigPlace;
  readonly connector?: ResolvedComponent<"service-connector">;
  /** Set where the stack does not name the component and the one declared was taken: the sentence to say when it is used. */
  readonly assumed?: string;
  readonly secrets: Secrets;
}

export interface ResolvedStack {
  readonly name: string;
  readonly components: {
    readonly orchestrator: ResolvedComponent<"orchestrator">;
    readonly "artifact-store": ResolvedComponent<"artifact-store">;
    readonly "image-builder"?: ResolvedComponent<"image-builder">;
    readonly "container-registry"?: ResolvedComponent<"container-registry">;
  };
  /** For people, once a command. */
  readonly notices: readonly string[];
}

/** A component that was opened; disposing it also disposes its connector. */
export type Opened<Type extends ComponentType> = Components[Type] & AsyncDisposable;
