// Stacks as the resolver gives them, of flavors that are made for a test.
import { join } from "node:path";
import { defineFlavor, defineSchema, type Flavor, type JsonObject, type Supports } from "@zenlite/core";
import type { ResolvedComponent, ResolvedStack } from "@zenlite/core/config";

export interface StackOptions {
  /** The project's: its `store.ts` is the artifact store's module. */
  readonly folder: string;
  readonly supports?: Partial<Supports["orchestrator"]>;
  readonly name?: string;
  readonly raw?: JsonObject;
}

const capable: Supports["orchestrator"] = {
  modes: ["fail_fast", "stop_on_failure", "continue_on_failure"],
  timeout: true,
  retry: true,
  resources: ["cpuCount", "memoryBytes"],
  maxParallel: true,
  resume: true,
  schedules: false,
  hostFolders: true,
};

/** An orchestrator with the settings `baseImage`, `maxParallel` and `labels`, of the flavor `fake`. */
export function stackOf(options: StackOptions): ResolvedStack {
  const orchestrator = defineFlavor({
    type: "orchestrator",
    name: options.name ?? "fake",
    config: defineSchema({}),
    settings: defineSchema({
      baseImage: { type: "string" },
      maxParallel: { type: "integer", minimum: 1 },
      labels: { type: "object", additionalProperties: { type: "string" } },
      pull: { enum: ["always", "never"], default: "always" },
    }),
    supports: (_config, _place, settings) => ({
      ...capable,
      ...options.supports,
      ...(options.supports?.image === undefined
        ? {}
        : { image: { ...options.supports.image, base: settings?.baseImage ?? options.supports.image.base } }),
      parallel: { max: settings?.maxParallel ?? 64 },
    }),
    open: () => Promise.reject(new Error("A compiler opens nothing.")),
  });
  const store = defineFlavor({
    type: "artifact-store",
    name: "memory",
    config: defineSchema({}),
    supports: () => ({ local: false }),
    open: () => Promise.reject(new Error("A compiler opens nothing.")),
  });
  return {
    name: "test",
    components: {
      orchestrator: component("orchestrator", orchestrator, options),
      "artifact-store": component("artifact-store", store, options),
    },
    notices: [],
  };
}

function component<Type extends "orchestrator" | "artifact-store">(
  type: Type,
  flavor: unknown,
  options: StackOptions,
): ResolvedComponent<Type> {
  const place = { projectFolder: "/", stateFolder: "/", configFolder: "/" };
  // The flavors above are typed by their schemas, components by JSON objects.
  const erased = flavor as Flavor<Type>;
  return {
    type,
    name: "default",
    flavor: erased,
    source: { moduleFile: join(options.folder, storeFile) },
    raw: type === "orchestrator" ? (options.raw ?? {}) : {},
    config: {},
    supports: erased.supports({}, place),
    place,
    secrets: { variable: () => undefined, secret: () => "" },
  };
}

const storeFile = "store.ts";
/** A store flavor's module that bundles at once. */
export const storeSource = 'export default { contract: 1, type: "artifact-store", name: "memory" as string };\n';
