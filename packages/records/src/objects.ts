// Small objects in an artifact store: read whole, written once.
import { hasCode, isJsonObject, ZenliteError, type ArtifactStore, type Call, type RecordHead } from "@zenlite/core";
import { newNonce } from "./identifiers.ts";
import { layout } from "./layout.ts";

/** `undefined` where there is nothing under the key. */
export async function readBytes(store: ArtifactStore, key: string, call: Call): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of await store.read(key, call)) parts.push(part);
  } catch (error) {
    if (hasCode(error, "ZENLITE_NOT_FOUND")) return undefined;
    throw error;
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

export async function readText(store: ArtifactStore, key: string, call: Call): Promise<string | undefined> {
  const bytes = await readBytes(store, key, call);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Throws ZENLITE_RECORD_CORRUPT where the key holds no JSON object. */
export async function readJson<T extends object>(
  store: ArtifactStore,
  key: string,
  call: Call,
): Promise<T | undefined> {
  const text = await readText(store, key, call);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(key, cause);
  }
  if (!isJsonObject(value)) throw corrupt(key, undefined);
  // Written by a zenlite of the same format: `format` is checked by those who know which one they want.
  return value as unknown as T;
}

function corrupt(key: string, cause: unknown): ZenliteError {
  return new ZenliteError(
    "ZENLITE_RECORD_CORRUPT",
    `"${key}" in the artifact store is no JSON object: something else wrote or cut it.`,
    {
      ...(cause === undefined ? {} : { cause }),
      fault: "environment",
      hint: "Remove that object, or the run it belongs to, from the store.",
    },
  );
}

const encoder = new TextEncoder();

/** Writes where nothing is yet. `false`: somebody was first, and theirs stays. */
export async function writeOnce(store: ArtifactStore, key: string, value: object, call: Call): Promise<boolean> {
  return (
    (await store.write(key, encoder.encode(`${JSON.stringify(value)}\n`), { ...call, if: "absent" })) !== "conflict"
  );
}

/** What every record starts with. */
export function recordHead(run: string, writer: string, now: Date = new Date()): RecordHead {
  return { format: 1, run, writer, at: now.toISOString() };
}

/** The nonce of the project that owns the store: made at the first write, the same for everybody afterwards. */
export async function ensureProject(store: ArtifactStore, call: Call): Promise<string> {
  const read = async (): Promise<string | undefined> =>
    (await readJson<{ readonly project?: string }>(store, layout.project, call))?.project;
  const known = await read();
  if (known !== undefined) return known;
  await writeOnce(store, layout.project, { format: 1, project: newNonce() }, call);
  const winner = await read();
  if (winner === undefined) throw corrupt(layout.project, undefined);
  return winner;
}
