// The cache: a step's key from everything that can change its outputs, and the runs that have them already.
import {
  ZenliteError,
  type ArtifactStore,
  type Call,
  type Digest,
  type Input,
  type Json,
  type JsonObject,
  type Manifest,
  type PlanStep,
} from "@zenlite/core";
import { canonicalJson } from "@zenlite/core";
import { digestOfJson } from "./digest.ts";
import { layout } from "./layout.ts";
import { readJson } from "./objects.ts";

/** What the key is made of, each part under its name, so that a difference can be told. */
export interface KeyParts {
  readonly step: string;
  readonly code: Digest;
  readonly files: Digest;
  readonly packages: readonly string[];
  readonly materializers: readonly string[];
  readonly image?: Digest;
  /** Literal inputs by name. */
  readonly parameters: JsonObject;
  /** Inputs from other steps by name: what their content is, not where it lies. */
  readonly inputs: JsonObject;
  readonly environment: { readonly [name: string]: string };
}

export interface CacheEntry {
  readonly format: 1;
  readonly run: string;
  readonly step: string;
  readonly key: Digest;
  readonly parts: KeyParts;
  readonly outputs: { readonly [output: string]: Manifest };
  readonly at: string;
}

/** `manifestOf` gives the stored outputs of the parents, which must be done. */
export function keyParts(step: PlanStep, manifestOf: (step: string, output: string) => Manifest): KeyParts {
  const parameters: Record<string, Json> = {};
  const inputs: Record<string, Json> = {};
  for (const [name, input] of Object.entries(step.inputs)) {
    if ("value" in input) parameters[name] = input.value;
    else inputs[name] = contentOf(input, manifestOf);
  }
  const { code, files, packages, materializers, image } = step.fingerprint;
  return {
    step: step.name,
    code,
    files,
    packages,
    materializers,
    ...(image === undefined ? {} : { image }),
    parameters,
    inputs,
    environment: step.environment,
  };
}

/** The same bytes read by another materializer are another value. */
function contentOf(input: Input, manifestOf: (step: string, output: string) => Manifest): Json {
  if ("value" in input) return { value: input.value };
  if ("list" in input) return input.list.map((item) => contentOf(item, manifestOf));
  const { digest, materializer, details } = manifestOf(input.step, input.output);
  return { digest, materializer, ...(details === undefined ? {} : { details }) };
}

export function cacheKey(parts: KeyParts): Digest {
  return digestOfJson(parts);
}

/** The newest run that has this key's outputs, all of them still there. An entry without its artifacts is a miss. */
export async function findCached(store: ArtifactStore, key: Digest, call: Call): Promise<CacheEntry | undefined> {
  const keys: string[] = [];
  for await (const { key: entry } of store.list(layout.cacheEntries(key), call)) keys.push(entry);
  // Names start with run ids, which sort by time.
  for (const name of keys.reverse()) {
    const entry = await readEntry(store, name, call);
    if (entry?.format === 1 && entry.key === key && (await isWhole(store, entry, call))) return entry;
  }
  return undefined;
}

/** `undefined` where the entry is gone or unreadable. */
export async function readEntry(store: ArtifactStore, name: string, call: Call): Promise<CacheEntry | undefined> {
  try {
    return await readJson<CacheEntry>(store, name, call);
  } catch (error) {
    // An unreadable entry is a miss; a store that does not answer is not.
    if (error instanceof ZenliteError && error.code === "ZENLITE_RECORD_CORRUPT") return undefined;
    throw error;
  }
}

async function isWhole(store: ArtifactStore, entry: CacheEntry, call: Call): Promise<boolean> {
  const found = await Promise.all(
    Object.values(entry.outputs).map(
      async (manifest) => (await store.stat(manifest.key, call))?.bytes === manifest.bytes,
    ),
  );
  return found.every(Boolean);
}

/** What differs, in words; empty where nothing does. */
export function explainMiss(now: KeyParts, before: KeyParts): string[] {
  const changes: string[] = [];
  if (now.step !== before.step) changes.push(`the step is called ${now.step}, it was ${before.step}`);
  if (now.code !== before.code) changes.push("code of the step changed");
  if (now.files !== before.files) changes.push("a file that the code carries changed");
  changes.push(...packageChanges(now.packages, before.packages));
  if (canonicalJson(now.materializers) !== canonicalJson(before.materializers))
    changes.push("its materializers changed");
  if (now.image !== before.image) changes.push("its image recipe changed");
  for (const [noun, left, right] of [
    ["parameter", now.parameters, before.parameters],
    ["input", now.inputs, before.inputs],
    ["environment variable", now.environment, before.environment],
  ] as const)
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [is, was] = [left[name], right[name]];
      if (canonicalJson(is) === canonicalJson(was)) continue;
      if (was === undefined) changes.push(`${noun} ${name} is new`);
      else if (is === undefined) changes.push(`${noun} ${name} is gone`);
      else
        changes.push(
          noun === "parameter" ? `parameter ${name} changed: ${brief(was)} → ${brief(is)}` : `${noun} ${name} changed`,
        );
    }
  return changes;
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function packageChanges(now: readonly string[], before: readonly string[]): string[] {
  const versions = (list: readonly string[]): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const item of list) {
      const at = item.lastIndexOf("@");
      found.set(item.slice(0, at), [...(found.get(item.slice(0, at)) ?? []), item.slice(at + 1)]);
    }
    return found;
  };
  const [is, was] = [versions(now), versions(before)];
  return [...new Set([...is.keys(), ...was.keys()])].sort().flatMap((name) => {
    const [left, right] = [was.get(name)?.join(", "), is.get(name)?.join(", ")];
    if (left === right) return [];
    if (left === undefined) return [`package ${name} ${right} is new`];
    return right === undefined ? [`package ${name} is gone`] : [`package ${name} ${left} → ${right}`];
  });
}
