// The layout read backwards: what lies under a key.
import type { Digest } from "@zenlite/core";
import { layout } from "./layout.ts";

/** Prefix of what dead writers left, where a store can tell: such keys are only listed and deleted. */
export const leftovers = ".tmp/";

/** What a key of the layout names. */
export type Place =
  | { readonly kind: "project" }
  | { readonly kind: "code" | "carried" | "runner" | "plan"; readonly digest: Digest }
  | { readonly kind: "cache"; readonly digest: Digest }
  | { readonly kind: "leftover" }
  | { readonly kind: RunPlace; readonly run: string }
  | { readonly kind: "outcome"; readonly run: string; readonly step: string }
  | { readonly kind: AttemptPlace; readonly run: string; readonly step: string; readonly attempt: string };

type RunPlace = "created" | "submitted" | "cancel" | "finished" | "lease" | "other";
type AttemptPlace = "started" | "ended" | "log" | "artifact";

const runPlaces: { readonly [name: string]: RunPlace } = {
  "created.json": "created",
  "submitted.json": "submitted",
  "cancel.json": "cancel",
  "finished.json": "finished",
  lease: "lease",
};
const attemptPlaces: { readonly [name: string]: AttemptPlace } = {
  "started.json": "started",
  "ended.json": "ended",
  log: "log",
  artifacts: "artifact",
};
const contents = { code: "code", carried: "carried", runner: "runner", plans: "plan" } as const;

/** The layout read backwards; undefined for a key that is none of ours. */
export function placeOf(key: string): Place | undefined {
  if (key === layout.project) return { kind: "project" };
  if (key.startsWith(leftovers)) return { kind: "leftover" };
  const content = /^(code|carried|runner|plans)\/([0-9a-f]{64})\.(tar|json)$/.exec(key);
  if (content !== null) {
    const [, folder, hex] = content;
    return { kind: contents[folder as keyof typeof contents], digest: `sha256:${hex}` };
  }
  const entry = /^cache\/([0-9a-f]{64})\/[^/]+\.json$/.exec(key);
  if (entry !== null) return { kind: "cache", digest: `sha256:${entry[1]}` };
  const [runs, run, ...rest] = key.split("/");
  return runs === "runs" && run !== undefined && rest.length > 0 ? placeInRun(run, rest) : undefined;
}

function placeInRun(run: string, [first = "", step = "", third, attempt = "", name = ""]: readonly string[]): Place {
  if (step === "") return { kind: Object.hasOwn(runPlaces, first) ? (runPlaces[first] ?? "other") : "other", run };
  if (first === "steps" && third === "outcome.json") return { kind: "outcome", run, step };
  const kind = Object.hasOwn(attemptPlaces, name) ? attemptPlaces[name] : undefined;
  return first === "steps" && third === "attempts" && kind !== undefined
    ? { kind, run, step, attempt }
    : { kind: "other", run };
}
