// What the client asks of the compiler, and what it gets.
import type { ArtifactStore, Call, Digest, Plan } from "@zenlite/core";
import type { FlavorSource, ResolvedStack } from "@zenlite/core/config";
import type { Override } from "./config/parameters.ts";

export interface CompileRequest {
  /** Path of the module that holds the pipeline; absolute, or relative to the working directory. */
  readonly module: string;
  /** The exported name; needed only where the module has several pipelines. */
  readonly export?: string;
  /** The name given to `pipeline()`, where the export is not known: of `pipeline.run()`. */
  readonly pipeline?: string;
  readonly projectFolder: string;
  readonly stateFolder: string;
  readonly stack: ResolvedStack;
  /** Flavors that may be named under `settings`, besides the stack's own. */
  readonly flavors?: readonly FlavorSource[];
  /** Path of a run configuration; absolute, or relative to the working directory. */
  readonly runConfig?: string;
  /** Of `pipeline.run({ parameters })`: over the run configuration, under `overrides`. */
  readonly parameters?: { readonly [name: string]: unknown };
  /** `--set name=value`, `--set step.name=value`, in their order. */
  readonly overrides?: readonly Override[];
  /** `false`: no step takes anything from the cache. */
  readonly cache?: false;
  /** Export conditions for bundling besides `zenlite-step`; by default those that this process runs with. */
  readonly conditions?: readonly string[];
  /** The module of `@zenlite/compiler/trace-worker`; needed only where this package is inside another bundle. */
  readonly traceWorker?: URL;
  /** How long loading the module and tracing the pipeline may take each; 30 by default. */
  readonly traceSeconds?: number;
  /** Gets what the user's module prints while it is traced; by default it goes to standard error. */
  readonly print?: (text: string) => void;
}

export interface Compiled {
  readonly plan: Plan;
  /** The plan's name in the artifact store. */
  readonly digest: Digest;
  /** Holds `code.mjs`, its map, `files/` and carried packages; absolute. */
  readonly codeFolder: string;
  /** Holds `supervisor.mjs`, `entrypoint.mjs` and `store.mjs`; absolute. */
  readonly runnerFolder: string;
  /** For people, once. */
  readonly notices: readonly string[];
  /** Refuse what the launcher would cap. */
  readonly strictResources: boolean;
  /** Code, carried packages, runner and plan into the store, where they are not there yet. */
  publish(store: ArtifactStore, call: Call): Promise<void>;
}
