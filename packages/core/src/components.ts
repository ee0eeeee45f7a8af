import type { LogLine, RunEvent } from "./events.ts";
import type { Digest, Json, JsonObject } from "./json.ts";
import type { ExecutionMode, ImageRecipe, Plan, Resources, Retry } from "./plan.ts";
import type { RunRequest, RunStatus, StepExit } from "./records.ts";

/** Aborting stops the waiting; only `cancel` and `stop` stop compute. */
export interface Call {
  readonly signal: AbortSignal;
}

export type Bytes = ReadableStream<Uint8Array>;

export interface Components {
  readonly orchestrator: Orchestrator | StepLauncher;
  readonly "artifact-store": ArtifactStore;
  readonly "container-registry": ContainerRegistry;
  readonly "image-builder": ImageBuilder;
  readonly "service-connector": ServiceConnector;
}

export type ComponentType = keyof Components;

export const componentTypes: readonly ComponentType[] = [
  "orchestrator",
  "artifact-store",
  "container-registry",
  "image-builder",
  "service-connector",
];

/** What a flavor can do with a given configuration: plain data, known before `open`, read by planner and conformance suites. */
export interface Supports {
  readonly orchestrator: {
    readonly modes: readonly ExecutionMode[];
    readonly timeout: boolean;
    readonly retry: boolean;
    /** Which of a step's resources become real limits. */
    readonly resources: readonly (keyof Resources)[];
    readonly maxParallel: boolean;
    readonly resume: boolean;
    readonly schedules: boolean;
    /** The image that steps start from; absent where steps run without one. */
    readonly image?: { readonly base: string; readonly platform?: string };
    /** Where the orchestrator itself says how many steps may run at once, and how many may wait started. */
    readonly parallel?: { readonly max?: number; readonly lookAhead?: number };
    /** True where a step's process can reach a folder of this host: a local artifact store works. */
    readonly hostFolders: boolean;
  };
  readonly "artifact-store":
    | { readonly local: false }
    | { readonly local: true; /** Absolute. */ readonly folder: string };
  readonly "container-registry": { readonly [key: string]: never };
  readonly "image-builder": { readonly platforms: readonly string[] };
  /** `credentials`: kinds that it gives. `resources`: kinds that it can list, for `list-resources`. */
  readonly "service-connector": { readonly credentials: readonly string[]; readonly resources?: readonly string[] };
}

/** Where a configuration stands, for defaults that depend on it. */
export interface ConfigPlace {
  /** The project's folder (that of its package.json), absolute. */
  readonly projectFolder: string;
  /** The project's `.zenlite` folder, absolute. */
  readonly stateFolder: string;
  /** The folder of the file that declares the component: relative paths start here. */
  readonly configFolder: string;
}

export interface Logger {
  info(message: string): void;
  warn(message: string): void;
}

export interface ComponentContext {
  readonly where: "client" | "step";
  readonly place: ConfigPlace;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** In a container: the folder where the launcher put a local store. */
  readonly mountedAt?: string;
  /** Absent: the vendor's default chain. Asked again before expiry. */
  credentials?(wanted: { readonly kind: string; readonly resource?: string } & Call): Promise<Credentials>;
  secret(reference: string, call: Call): Promise<string>;
}

/** `kind: "aws"`: value `{ accessKeyId, secretAccessKey, sessionToken? }`. */
export interface Credentials {
  readonly kind: string;
  readonly value: { readonly [name: string]: string };
  /** ISO 8601. Absent: they do not expire. */
  readonly expiresAt?: string;
}

/** What a launcher is told of one attempt. `word` holds secrets: it goes to the supervisor's standard input and nowhere else. */
export interface StepLaunch {
  /** The nonce of the artifact store's project: a label, so that compute is found again. */
  readonly project: string;
  readonly run: string;
  readonly pipeline: string;
  readonly step: string;
  readonly attempt: string;
  /** Reference to start from; absent where the flavor names no image. */
  readonly image?: string;
  /** Folder of this host with `supervisor.mjs`, `entrypoint.mjs` and `store.mjs`: run `node <runner>/supervisor.mjs`. */
  readonly runner: string;
  /** Folder of this host with `code.mjs`, its map, carried packages and asset files. Told as ZENLITE_CODE. */
  readonly code: string;
  /** Folder of this host that holds the store, where that is local. Told as ZENLITE_STORE when it is mounted elsewhere. */
  readonly store?: string;
  /** The driver's own store, for launchers that run steps in the driver's process. */
  readonly artifactStore: ArtifactStore;
  /** One line of JSON for the supervisor's standard input, closed by a newline. Empty while `prepare` is called. */
  readonly word: string;
  readonly resources: Resources;
  readonly environment: { readonly [name: string]: string };
  /** As the flavor's settings schema returned it, over its config. */
  readonly settings: JsonObject;
  readonly retry: Retry;
  readonly timeoutSeconds?: number;
}

/** Compute found again by any process: plain JSON. */
export interface StepHandle {
  readonly run: string;
  readonly step: string;
  readonly attempt: string;
  readonly ref: Json;
}

/** Local, docker, a Kubernetes Job: our scheduler drives, the flavor launches. */
export interface StepLauncher {
  readonly drives: "steps";
  /** Before anything is written: is the engine there, are the images, what will be capped? Returns notices, throws what stops the run. */
  check?(steps: readonly StepCheck[], call: Call): Promise<readonly string[]>;
  /** Started ahead, waiting for its word; exits by itself when its driver goes. */
  prepare?(step: StepLaunch, call: Call): Promise<Json>;
  /** Idempotent by `step.attempt`. */
  launch(step: StepLaunch, prepared: Json | undefined, call: Call): Promise<StepHandle>;
  /** From any process. */
  wait(handle: StepHandle, call: Call): Promise<StepExit>;
  /** Resolves when the compute is gone; also takes away what `prepare` made. Stopping what is gone is no error. */
  stop(handle: StepHandle, call: Call & { readonly graceSeconds?: number }): Promise<void>;
  /**
   * Writes one more line to the supervisor's standard input of an attempt that this process has launched: renewed credentials. What is gone or
   * was launched by another process is no error. Absent: long steps lose their credentials when these expire.
   */
  tell?(handle: StepHandle, line: string, call: Call): Promise<void>;
  /** The live view; the whole log is in the store. Ends with the attempt. */
  tail?(handle: StepHandle, call: Call): AsyncIterable<string>;
  /** By label: adoption and cleaning. */
  find(filter: { readonly project: string; readonly run?: string }, call: Call): AsyncIterable<StepHandle>;
}

export interface StepCheck {
  readonly step: string;
  readonly image?: string;
  /** True where the image is still to be built: it is not looked for. */
  readonly built: boolean;
  /** Folder of this host that holds the store, where that is local: the step must reach it. */
  readonly store?: string;
  readonly resources: Resources;
  readonly settings: JsonObject;
  readonly environment: { readonly [name: string]: string };
  readonly retry: Retry;
  readonly timeoutSeconds?: number;
  /** True: refuse what cannot be enforced instead of capping it. */
  readonly strict: boolean;
}

/** Step Functions, Argo: takes the whole plan. */
export interface Orchestrator {
  readonly drives: "platform";
  /** Pure and offline. */
  compile?(plan: Plan): { readonly files: { readonly [path: string]: string }; readonly report: Json };
  /** `images`: step → reference@digest. Idempotent. The result goes into `RunRequest.deployment`. */
  deploy(plan: Plan, images: { readonly [step: string]: string }, call: Call): Promise<Json>;
  /** Idempotent by `run.id`; gives the handle. */
  submit(run: RunRequest, call: Call): Promise<Json>;
  attach(handle: Json): AttachedRun;
}

export interface AttachedRun {
  status(call: Call): Promise<RunStatus>;
  /** Resumable, ends with the run. */
  events(from: Call & { readonly after?: string }): AsyncIterable<RunEvent & { readonly cursor: string }>;
  logs(
    from: Call & { readonly step: string; readonly after?: string; readonly follow?: boolean },
  ): AsyncIterable<LogLine>;
  /** Resolves when the compute is gone; idempotent. */
  cancel(call: Call): Promise<void>;
  resume?(call: Call): Promise<Json>;
}

/** `absent`: only where the key holds nothing. `{ etag }`: only over that version, `null` for none; for the few keys that change. */
export type WriteCondition = "absent" | "always" | { readonly etag: string | null };

/** Keys are relative, separated by `/`, without empty, `.` or `..` parts. */
export interface ArtifactStore {
  /** From byte `from` on. Throws ZENLITE_NOT_FOUND. */
  read(key: string, call: Call & { readonly from?: number }): Promise<Bytes>;
  /** Atomic and durable; an abort leaves nothing. A key changed by `{ etag }` is never written otherwise. */
  write(
    key: string,
    body: Bytes | Uint8Array,
    call: Call & { readonly if: WriteCondition },
  ): Promise<{ readonly etag: string } | "conflict">;
  stat(key: string, call: Call): Promise<{ readonly bytes: number; readonly etag: string } | undefined>;
  /** Keys that start with `prefix`, in byte order, after `after`; what was written is seen. */
  list(
    prefix: string,
    call: Call & { readonly after?: string },
  ): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
  /** Deleting what is not there is no error. */
  delete(keys: readonly string[], call: Call): Promise<void>;
  /**
   * On the client: what a step's process needs to open this store (its `context.credentials` answers with it). The driver hands it over on the
   * supervisor's standard input and asks again before `expiresAt`. Absent where a step needs none.
   */
  credentials?(call: Call): Promise<Credentials>;
}

export interface ContainerRegistry {
  reference(repository: string): string;
  ensure(repository: string, call: Call): Promise<void>;
  digest(reference: string, call: Call): Promise<Digest | undefined>;
  login(
    repository: string,
    call: Call,
  ): Promise<{ readonly username: string; readonly password: string; readonly expiresAt?: string }>;
}

export interface ImageBuilder {
  /** Builds where no image with the recipe's digest is there yet. `reference` is what a launcher starts. */
  build(
    recipe: ImageRecipe,
    call: Call & { readonly push?: ContainerRegistry; progress(line: string): void },
  ): Promise<{ readonly reference: string; readonly digest: Digest }>;
  /** Without building: the reference of an image that is there already. */
  find(recipe: ImageRecipe, call: Call): Promise<{ readonly reference: string; readonly digest: Digest } | undefined>;
}

export interface ServiceConnector {
  /** Signs in; with a resource (a kind and id of `resources`) it also looks at that very one, and throws where it may not. */
  verify(
    call: Call & { readonly resource?: { readonly kind: string; readonly id: string } },
  ): Promise<{ readonly identity: string }>;
  resources(kind: string, call: Call): AsyncIterable<{ readonly kind: string; readonly id: string }>;
  credentials(wanted: { readonly kind: string; readonly resource?: string }, call: Call): Promise<Credentials>;
}

/** Starts the last line of a supervisor's standard output; the rest of the line is a StepExit in JSON. */
export const exitFrame = "\u0000zenlite-exit ";

/** Where a container's parts are mounted. */
export const containerLayout = {
  runner: "/zenlite/runner",
  code: "/zenlite/app",
  store: "/zenlite/store",
} as const;
