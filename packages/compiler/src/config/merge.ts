// What holds for a step when every source has spoken. Pure.
import { isJsonObject, type ExecutionMode, type JsonObject, type Resources, type Retry } from "@zenlite/core";
import type { Layer } from "./layer.ts";

/** A layer whose component settings were checked by the active orchestrator's flavor. */
export type ReadyLayer = Omit<Layer, "components" | "requirements" | "integrations"> & {
  readonly settings?: JsonObject;
};

export interface Merged {
  readonly cache: boolean;
  readonly retry: Retry;
  readonly timeoutSeconds?: number;
  readonly resources: Resources;
  readonly environment: { readonly [name: string]: string };
  readonly secrets: { readonly [name: string]: string };
  readonly parentImage?: string;
  readonly settings: JsonObject;
  readonly mode?: ExecutionMode;
  readonly maxParallel?: number;
  readonly strictResources: boolean;
}

/** From low to high: what comes later wins, mappings key by key. */
export function mergeLayers(layers: readonly ReadyLayer[]): Merged {
  let merged: ReadyLayer = {};
  for (const layer of layers) merged = mergeTwo(merged, layer);
  const { cache, retry, resources, environment, secrets, settings, strictResources, ...optional } = merged;
  return {
    ...optional,
    cache: cache ?? true,
    // Whoever writes `retry` without a count wants one.
    retry: { count: retry === undefined ? 0 : 1, delaySeconds: 0, backoff: 2, jitter: "none", ...retry },
    resources: resources ?? {},
    environment: environment ?? {},
    secrets: secrets ?? {},
    settings: settings ?? {},
    strictResources: strictResources ?? false,
  };
}

/** Associative, with `{}` as its neutral element: layers may be merged in groups. */
export function mergeTwo(low: ReadyLayer, high: ReadyLayer): ReadyLayer {
  const both = <Value extends object>(left: Value | undefined, right: Value | undefined): Value | undefined =>
    left === undefined || right === undefined ? (right ?? left) : { ...left, ...right };
  const retry = both(low.retry, high.retry);
  const resources = both(low.resources, high.resources);
  const environment = both(low.environment, high.environment);
  const secrets = both(low.secrets, high.secrets);
  const settings =
    low.settings === undefined || high.settings === undefined
      ? (high.settings ?? low.settings)
      : mergeDeep(low.settings, high.settings);
  return {
    ...low,
    ...high,
    ...(retry === undefined ? {} : { retry }),
    ...(resources === undefined ? {} : { resources }),
    ...(environment === undefined ? {} : { environment }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(settings === undefined ? {} : { settings }),
  };
}

function mergeDeep(low: JsonObject, high: JsonObject): JsonObject {
  const result: Record<string, JsonObject[string]> = { ...low };
  for (const [key, value] of Object.entries(high)) {
    const below = Object.hasOwn(low, key) ? low[key] : undefined;
    Object.defineProperty(result, key, {
      value: isJsonObject(below) && isJsonObject(value) ? mergeDeep(below, value) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}
