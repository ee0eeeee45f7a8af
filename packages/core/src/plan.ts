import type { Digest, Json, JsonObject } from "./json.ts";
import type { ComponentType } from "./components.ts";

/** What happens to the other steps when one fails for good. */
export type ExecutionMode = "fail_fast" | "stop_on_failure" | "continue_on_failure";

/** Where a step's input comes from: an output of a step, a literal, or a list of either (fan-in). */
export type Input =
  | { readonly step: string; readonly output: string }
  | { readonly value: Json }
  | { readonly list: readonly Input[] };

/** `count` further attempts after the first; the n-th waits `delaySeconds × backoff^(n-1)`, drawn from 0 to that where `jitter` is `full`. */
export interface Retry {
  readonly count: number;
  readonly delaySeconds: number;
  readonly backoff: number;
  readonly jitter: "none" | "full";
}

export interface Resources {
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
}

/** What the traced pipeline says of one call of a step, before configuration is merged in. */
export interface GraphStep {
  /** The name of the call: `trainer`, then `trainer_2`. */
  readonly id: string;
  /** The name given to `step()`. */
  readonly name: string;
  /** `<project-relative module>#<export>`. */
  readonly export: string;
  readonly inputs: { readonly [name: string]: Input };
  readonly after: readonly string[];
  /** What `step(name, options, …)` was given, except materializers. */
  readonly options: StepOptions;
  /** `name@version` of the materializers that the step brings. */
  readonly materializers: readonly string[];
}

/** Options of a step that are data; written in TypeScript at `step()` or in a run configuration under `steps.<id>`. */
export interface StepOptions {
  readonly cache?: boolean;
  readonly retry?: Partial<Retry>;
  readonly timeoutSeconds?: number;
  readonly resources?: { readonly cpuCount?: number; readonly memory?: string | number };
  /** `NAME: "${secret:name.key}"` or `"${env:NAME}"`; resolved at launch, never stored. */
  readonly secrets?: { readonly [name: string]: string };
  readonly environment?: { readonly [name: string]: string };
  readonly settings?: JsonObject;
}

export interface Graph {
  readonly pipeline: string;
  readonly export: string;
  readonly parameters: JsonObject;
  readonly steps: readonly GraphStep[];
  readonly outputs: GraphOutputs;
  readonly options: PipelineOptions;
}

/** The pipeline's returned structure: each leaf names an output of a step. */
export interface GraphOutputs {
  readonly [name: string]: { readonly step: string; readonly output: string } | GraphOutputs;
}

export interface PipelineOptions {
  readonly cache?: boolean;
  readonly mode?: ExecutionMode;
  readonly maxParallel?: number;
  readonly retry?: Partial<Retry>;
  readonly timeoutSeconds?: number;
  readonly resources?: { readonly cpuCount?: number; readonly memory?: string | number };
  readonly secrets?: { readonly [name: string]: string };
  readonly environment?: { readonly [name: string]: string };
  readonly settings?: JsonObject;
}

/** The user's modules as content: a bundle (with map and asset files), and the packages that travel beside it. */
export interface CodeReference {
  readonly digest: Digest;
  /** Digest of the carried packages, where there are any. */
  readonly carried?: Digest;
}

/** A component of the stack as a plan keeps it: references such as `${secret:…}` stay references. */
export interface PlanComponent {
  readonly name: string;
  readonly flavor: string;
  readonly config: JsonObject;
}

export interface PlanStack {
  readonly name: string;
  readonly components: { readonly [Type in ComponentType]?: PlanComponent };
}

/** A resolved pipeline: plain JSON, the same bytes for the same sources, holding no secret and no image digest. */
export interface Plan {
  readonly format: 1;
  readonly pipeline: string;
  readonly export: string;
  readonly parameters: JsonObject;
  readonly code: CodeReference;
  readonly runner: Digest;
  readonly stack: PlanStack;
  readonly mode: ExecutionMode;
  readonly maxParallel?: number;
  /** In an order in which parents come before their children. */
  readonly steps: readonly PlanStep[];
  readonly outputs: GraphOutputs;
}

export interface PlanStep {
  readonly id: string;
  readonly name: string;
  readonly export: string;
  /** The parts of the cache key that are known before the run. */
  readonly fingerprint: Fingerprint;
  readonly inputs: { readonly [name: string]: Input };
  readonly after: readonly string[];
  /** Absent where the orchestrator starts no image. */
  readonly image?: StepImage;
  readonly resources: Resources;
  readonly retry: Retry;
  readonly timeoutSeconds?: number;
  readonly cache: boolean;
  /** The orchestrator's settings for this step, as its schema returned them. */
  readonly settings: JsonObject;
  readonly environment: { readonly [name: string]: string };
  /** References, never values. */
  readonly secrets: { readonly [name: string]: string };
}

/** Each part has a name, so that `runs explain` can say which one changed. */
export interface Fingerprint {
  /** Digest of the step's own tree-shaken code with the user's modules it reaches. */
  readonly code: Digest;
  /** Digest of the asset files that code carries. */
  readonly files: Digest;
  /** `name@version` with the closure of each package that the code imports. */
  readonly packages: readonly string[];
  readonly materializers: readonly string[];
  /** Digest of the image recipe; absent where no image is built. */
  readonly image?: Digest;
}

/** The image a step starts from: a base, or a base with native packages put in. */
export interface StepImage {
  readonly base: string;
  readonly recipe?: ImageRecipe;
}

/** What an image builder builds; its digest names the image, so the same recipe is built once. */
export interface ImageRecipe {
  readonly base: string;
  readonly platform?: string;
  /** Native packages and what they depend on, each at one version. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** The project's lock cut down to these packages (package-lock.json, version 3), where there is one. */
  readonly lock?: JsonObject;
  /** Packages whose install scripts may run. */
  readonly allowScripts: readonly string[];
}
