// Where everything lies in an artifact store: one writer for each key, nothing else builds keys.
import { ZenliteError, type Digest } from "@zenlite/core";
import { digestOf, hexOf } from "./digest.ts";

/** One part of a key. Throws ZENLITE_KEY_INVALID for what no store can hold or what would leave its folder. */
export function checkKeyPart(part: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const named = part !== "" && part !== "." && part !== ".." && !/[/\\\u0000-\u001f\u007f]/u.test(part);
  // What a local store refuses: versions end in @ and digits, and a file's name has a length in bytes.
  if (named && part.isWellFormed() && !/@\d+$/u.test(part) && Buffer.byteLength(part) <= 200) return part;
  throw new ZenliteError(
    "ZENLITE_KEY_INVALID",
    `${JSON.stringify(part.slice(0, 80))} cannot be part of a key in an artifact store.`,
    {
      hint: 'Use 1 to 200 bytes without "/", "\\" and control characters, not ending in @ and digits; "." and ".." mean folders.',
    },
  );
}

const run = (id: string): string => `runs/${checkKeyPart(id)}/`;
const step = (id: string, name: string): string => `${run(id)}steps/${checkKeyPart(name)}/`;
const attempt = (id: string, name: string, nonce: string): string =>
  `${step(id, name)}attempts/${checkKeyPart(nonce)}/`;
const logs = (id: string, name: string, nonce: string): string => `${attempt(id, name, nonce)}log/`;
const cacheEntries = (key: Digest): string => `cache/${hexOf(key)}/`;
/** Beside a run's id a long name would not fit into one part; the entry itself holds the whole name. */
const shortened = (name: string): string =>
  Buffer.byteLength(name) <= 100 ? name : hexOf(digestOf(name)).slice(0, 32);

export const layout = {
  project: "project.json",
  runs: "runs/",
  cache: "cache/",
  code: (digest: Digest): string => `code/${hexOf(digest)}.tar`,
  carried: (digest: Digest): string => `carried/${hexOf(digest)}.tar`,
  runner: (digest: Digest): string => `runner/${hexOf(digest)}.tar`,
  plan: (digest: Digest): string => `plans/${hexOf(digest)}.json`,
  /** Prefix of all that belongs to a run. */
  run,
  created: (id: string): string => `${run(id)}created.json`,
  submitted: (id: string): string => `${run(id)}submitted.json`,
  cancelled: (id: string): string => `${run(id)}cancel.json`,
  finished: (id: string): string => `${run(id)}finished.json`,
  /** The one key that changes. */
  lease: (id: string): string => `${run(id)}lease`,
  outcome: (id: string, name: string): string => `${step(id, name)}outcome.json`,
  started: (id: string, name: string, nonce: string): string => `${attempt(id, name, nonce)}started.json`,
  ended: (id: string, name: string, nonce: string): string => `${attempt(id, name, nonce)}ended.json`,
  /** Prefix of an attempt's log. */
  logs,
  log: (id: string, name: string, nonce: string, chunk: number): string =>
    `${logs(id, name, nonce)}${String(chunk).padStart(6, "0")}`,
  artifact: (id: string, name: string, nonce: string, output: string): string =>
    `${attempt(id, name, nonce)}artifacts/${checkKeyPart(output)}`,
  /** Prefix of the entries of one cache key. */
  cacheEntries,
  cacheEntry: (key: Digest, id: string, name: string): string =>
    `${cacheEntries(key)}${checkKeyPart(id)}-${shortened(checkKeyPart(name))}.json`,
} as const;
