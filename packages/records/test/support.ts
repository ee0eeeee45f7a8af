// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
// A real store in a temporary folder, and runs written into it as client, driver and steps would.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactStore,
  canonicalJson,
  type Digest,
  type Manifest,
  type Plan,
  type PlanStep,
  type RunRequest,
  type StepOutcome,
} from "@zenlite/core";
// By path: this package is a dependency of the suite that the flavor is tested with, so it cannot depend on the flavor.
import local from "../../artifact-store-local/src/index.ts";
import {
  type CacheEntry,
  cacheKey,
  digestOf,
  digestOfJson,
  keyParts,
  layout,
  recordHead,
  writeOnce,
} from "../src/index.ts";

export const call = { signal: new AbortController().signal };

export async function openStore(folder: string): Promise<ArtifactStore> {
  return local.open(
    { path: folder },
    {
      where: "client",
      place: { projectFolder: folder, stateFolder: folder, configFolder: folder },
      signal: call.signal,
      log: { info: () => undefined, warn: () => undefined },
      secret: (reference) => Promise.reject(new Error(`no secret ${reference}`)),
    },
  );
}

export interface TestStore extends AsyncDisposable {
  readonly store: ArtifactStore;
  readonly folder: string;
}

export async function temporaryStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "zenlite-records-"));
  const dispose = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
  return { folder, store: await openStore(folder), [Symbol.asyncDispose]: dispose };
}

/** The store, counting its calls by kind. */
export function counted(store: ArtifactStore): ArtifactStore & { readonly calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const count = (kind: string): void => void calls.set(kind, (calls.get(kind) ?? 0) + 1);
  return {
    calls,
    read: (key, options) => (count("read"), store.read(key, options)),
    write: (key, body, options) => (count("write"), store.write(key, body, options)),
    stat: (key, options) => (count("stat"), store.stat(key, options)),
    list: (prefix, options) => (count("list"), store.list(prefix, options)),
    delete: (keys, options) => (count("delete"), store.delete(keys, options)),
  };
}

export async function keysOf(store: ArtifactStore, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, call)) keys.push(key);
  return keys;
}

const noDigest = digestOf("nothing");

export function planStep(id: string, more: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    name: id,
    export: `steps.ts#${id}`,
    fingerprint: { code: digestOf(id), files: noDigest, packages: ["left@1.0.0"], materializers: [] },
    inputs: {},
    after: [],
    resources: {},
    retry: { count: 0, delaySeconds: 0, backoff: 1, jitter: "none" },
    cache: true,
    settings: {},
    environment: {},
    secrets: {},
    ...more,
  };
}

export function makePlan(pipeline: string, steps: readonly PlanStep[], code = "code"): Plan {
  return {
    format: 1,
    pipeline,
    export: `pipeline.ts#${pipeline}`,
    parameters: {},
    code: { digest: digestOf(code), carried: digestOf(`${code} carried`) },
    runner: digestOf("runner"),
    stack: { name: "default", components: {} },
    mode: "fail_fast",
    steps,
    outputs: {},
  };
}

export function requestOf(run: string, plan: Plan): RunRequest {
  return {
    id: run,
    pipeline: plan.pipeline,
    stack: plan.stack.name,
    plan: digestOfJson(plan),
    parameters: {},
    images: {},
    deployment: null,
    provenance: { git: null, lock: null, versions: {} },
    force: [],
  };
}

/** The id of a run made so many days before `now`. */
export function runIdAt(now: Date, daysAgo: number, suffix: string): string {
  const digits = new Date(now.getTime() - daysAgo * 86_400_000).toISOString().replaceAll(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}-${suffix}`;
}

/** Writes what a client publishes before a run: archives and the plan. */
export async function publish(store: ArtifactStore, plan: Plan): Promise<Digest> {
  const digest = digestOfJson(plan);
  const archives = [layout.code(plan.code.digest), layout.runner(plan.runner)];
  if (plan.code.carried !== undefined) archives.push(layout.carried(plan.code.carried));
  for (const key of archives) await store.write(key, Buffer.from(`tar of ${key}`), { ...call, if: "absent" });
  await store.write(layout.plan(digest), Buffer.from(canonicalJson(plan)), { ...call, if: "absent" });
  return digest;
}

export async function create(store: ArtifactStore, run: string, plan: Plan): Promise<void> {
  await publish(store, plan);
  await writeOnce(
    store,
    layout.created(run),
    { ...recordHead(run, "client"), kind: "run.created", request: requestOf(run, plan) },
    call,
  );
}

/** Writes the artifact `out` of an attempt. */
export async function storeArtifact(
  store: ArtifactStore,
  run: string,
  step: string,
  attempt: string,
  text: string,
): Promise<Manifest> {
  const key = layout.artifact(run, step, attempt, "out");
  await store.write(key, Buffer.from(text), { ...call, if: "always" });
  const bytes = Buffer.byteLength(text);
  return { format: 1, materializer: "json@1", type: "string", bytes, digest: digestOf(text), key };
}

export async function start(store: ArtifactStore, run: string, step: string, attempt: string): Promise<void> {
  const record = { ...recordHead(run, "driver"), kind: "attempt.started", step, attempt, epoch: 1 };
  await writeOnce(store, layout.started(run, step, attempt), record, call);
}

export async function conclude(
  store: ArtifactStore,
  run: string,
  outcome: Pick<StepOutcome, "step" | "status" | "outputs"> & Partial<StepOutcome>,
): Promise<void> {
  await writeOnce(
    store,
    layout.outcome(run, outcome.step),
    { ...recordHead(run, "step"), kind: "step.outcome", ...outcome },
    call,
  );
}

export async function finish(store: ArtifactStore, run: string, status: string): Promise<void> {
  await writeOnce(
    store,
    layout.finished(run),
    { ...recordHead(run, "driver"), kind: "run.finished", status, by: "driver" },
    call,
  );
}

export async function enterCache(
  store: ArtifactStore,
  run: string,
  step: PlanStep,
  outputs: { readonly [name: string]: Manifest },
): Promise<Digest> {
  const parts = keyParts(step, () => {
    throw new Error("a step without inputs");
  });
  const key = cacheKey(parts);
  const entry: CacheEntry = { format: 1, run, step: step.id, key, parts, outputs, at: new Date(0).toISOString() };
  await writeOnce(store, layout.cacheEntry(key, run, step.id), entry, call);
  return key;
}
