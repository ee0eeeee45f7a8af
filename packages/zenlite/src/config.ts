// `defineConfig`: the types of `zenlite.config.ts`, the configuration of a project that is written as a program.

/** Plain data: what JSON can hold. A text may hold `${env:NAME}` or `${secret:name.key}`, which stay unresolved until they are used. */
export type ConfigValue =
  | null
  | boolean
  | number
  | string
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue | undefined };

/** A component: a flavor with its configuration. Which keys it takes says `zenlite <type> explain <flavor>`; here they are camelCase. */
export interface ComponentConfig {
  /** The name of an implementation: `local`, or what a package under `flavors` brings. */
  readonly flavor: string;
  /** The service connector that gives credentials; without one the vendor's own chain is asked. */
  readonly connector?: string;
  readonly [key: string]: ConfigValue | undefined;
}

/** Like every component, but without a connector of its own. */
export interface ConnectorConfig {
  /** The name of an implementation, such as `aws`. */
  readonly flavor: string;
  readonly connector?: never;
  readonly [key: string]: ConfigValue | undefined;
}

/** A module of the project that is a flavor: it ends in `export default defineFlavor({ … })`. */
export interface FlavorModule {
  readonly type: "orchestrator" | "artifact-store" | "container-registry" | "image-builder" | "service-connector";
  /** The name by which components call it. */
  readonly name: string;
  /** From the folder of this file: `./flavors/mine.ts`. */
  readonly module: `./${string}` | `../${string}` | `/${string}`;
}

/** Components of one type, by their names. */
export interface Declared<Component = ComponentConfig> {
  readonly [name: string]: Component;
}

/** The names that a stack may use: those declared here; with `$import` any, since a base may declare it. */
type NamesOf<Components, Import, Undeclared extends string = never> = [Import] extends [never]
  ? ([Components] extends [never] ? never : keyof Components & string) | Undeclared
  : string;

/** A named set of components; `zenlite stack set <name>` makes it the active one. */
export interface StackConfig<Orchestrators, Stores, Registries, Builders, Import> {
  /** Where steps run. */
  readonly orchestrator: NamesOf<Orchestrators, Import, "default">;
  /** Where artifacts, records and logs are kept. */
  readonly artifactStore: NamesOf<Stores, Import, "default">;
  /** Where images are pushed to. */
  readonly containerRegistry?: NamesOf<Registries, Import>;
  /** What builds images with native packages. Left out, the one that is declared is taken. */
  readonly imageBuilder?: NamesOf<Builders, Import>;
}

export interface ZenliteConfig<
  Orchestrators = Declared,
  Stores = Declared,
  Registries = Declared,
  Builders = Declared,
  Import = never,
> {
  /** Other configuration files that this one builds upon, from the folder of this file. What stands here wins. */
  readonly $import?: Import;
  /** npm packages in full (`@zenlite/orchestrator-docker`), and modules of this project. */
  readonly flavors?: readonly (string | FlavorModule)[];
  /** Where steps run. */
  readonly orchestrator?: Orchestrators;
  /** Where artifacts, records and logs are kept. */
  readonly artifactStore?: Stores;
  /** Where images are pushed to. */
  readonly containerRegistry?: Registries;
  /** What builds images with native packages. */
  readonly imageBuilder?: Builders;
  /** Where credentials come from; components name one with `connector`. */
  readonly serviceConnector?: Declared<ConnectorConfig>;
  /** Stacks by their names. A component that is not declared here is a compile error. */
  readonly stack?: {
    readonly [name: string]: NoInfer<StackConfig<Orchestrators, Stores, Registries, Builders, Import>>;
  };
}

/**
 * Types the configuration in `zenlite.config.ts`; gives it back as it is. Keys are camelCase.
 *
 * @example
 * export default defineConfig({
 *   flavors: ["@zenlite/orchestrator-docker"],
 *   orchestrator: { containers: { flavor: "docker", baseImage: "node:24-slim" } },
 *   stack: { docker: { orchestrator: "containers", artifactStore: "default" } },
 * });
 */
export function defineConfig<
  const Orchestrators extends Declared = never,
  const Stores extends Declared = never,
  const Registries extends Declared = never,
  const Builders extends Declared = never,
  const Import extends string | readonly string[] = never,
>(
  config: ZenliteConfig<Orchestrators, Stores, Registries, Builders, Import>,
): ZenliteConfig<Orchestrators, Stores, Registries, Builders, Import> {
  return config;
}
