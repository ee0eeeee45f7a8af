// One output to the store, and back.
import { join } from "node:path";
import { hasCode, messageOf, ZenliteError, type ArtifactStore, type Call, type Manifest } from "@zenlite/core";
import { materializerId, type AnyMaterializer } from "@zenlite/pipeline";
import { openUpload, sha256 } from "./upload.ts";
import { decoderOf, encode, type Encoded } from "./materializers/built-in.ts";
import { findMaterializer, loadWith, materializerFor, saveWith, typeWith } from "./materializers/custom.ts";
import { pathText, type Obstacle } from "./materializers/walk.ts";

export interface StoreTarget {
  readonly store: ArtifactStore;
  readonly call: Call;
  readonly step: string;
  readonly output: string;
  /** Where the data goes. */
  readonly key: string;
  readonly materializers: readonly AnyMaterializer[];
}

/** Stores a value. Throws ZENLITE_OUTPUT_NOT_SERIALISABLE, ZENLITE_OUTPUT_NOT_STORED, or what a user's own code threw. */
export async function storeArtifact(value: unknown, target: StoreTarget): Promise<Manifest> {
  const custom = materializerFor(value, target.materializers);
  if (custom !== undefined) return storeCustom(custom, value, target);
  const encoded = await encode(value);
  if ("todo" in encoded) throw notSerialisable(encoded, target);
  const { materializer, type, details, body } = encoded;
  const { bytes, digest } = await storeBody(body, target);
  return {
    format: 1,
    materializer,
    type,
    bytes,
    digest,
    key: target.key,
    ...(details === undefined ? {} : { details }),
  };
}

async function storeBody(body: Encoded["body"], target: StoreTarget): Promise<Pick<Manifest, "bytes" | "digest">> {
  const { store, key, call } = target;
  if (body instanceof Uint8Array) {
    await store.write(key, body, { ...call, if: "always" }).catch((cause: unknown) => {
      throw notStored(cause, target);
    });
    return { bytes: body.length, digest: sha256(body) };
  }
  const upload = openUpload(store, key, call);
  try {
    await ("file" in body ? upload.file(body.file) : upload.stream(body.pieces));
    return await upload.finish();
  } catch (cause) {
    await upload.fail(cause);
    throw notStored(cause, target);
  }
}

async function storeCustom(materializer: AnyMaterializer, value: unknown, target: StoreTarget): Promise<Manifest> {
  const upload = openUpload(target.store, target.key, target.call);
  try {
    const details = await saveWith(materializer, value, upload);
    const { bytes, digest } = await upload.finish();
    return {
      format: 1,
      materializer: materializerId(materializer),
      type: materializer.type ?? typeWith(value),
      bytes,
      digest,
      key: target.key,
      ...(details === undefined ? {} : { details }),
    };
  } catch (cause) {
    await upload.fail(cause);
    throw notStored(cause, target, ` by the materializer "${materializer.name}"`);
  }
}

function notSerialisable(obstacle: Obstacle, { step, output }: StoreTarget): ZenliteError {
  const where = pathText(output, obstacle.path);
  return new ZenliteError(
    "ZENLITE_OUTPUT_NOT_SERIALISABLE",
    `Step "${step}", output "${output}": ${where} is ${obstacle.what}, which cannot be stored.`,
    {
      hint: obstacle.todo,
      where: { field: where },
    },
  );
}

/** A full disk, a stream that fails, a materializer that throws: the cause's own words, with what was to be stored. */
function notStored(cause: unknown, { step, output, call }: StoreTarget, how = ""): unknown {
  if (call.signal.aborted) return cause;
  return new ZenliteError(
    "ZENLITE_OUTPUT_NOT_STORED",
    `Step "${step}", output "${output}": it could not be stored${how}: ${messageOf(cause)}`,
    {
      cause,
      fault: "run",
      ...(hasCode(cause, "ENOSPC") ? { hint: "The disk of the artifact store is full: zenlite clean" } : {}),
    },
  );
}

export interface LoadOptions {
  readonly store: ArtifactStore;
  readonly materializers: readonly AnyMaterializer[];
  readonly call: Call;
  /** Where files go. Made when it is needed. */
  readonly scratchFolder: string;
}

/**
 * Reads an artifact back and verifies its size and digest; a stream does so at its end.
 * Throws ZENLITE_ARTIFACT_CORRUPT, ZENLITE_NOT_FOUND, ZENLITE_MATERIALIZER_MISSING.
 */
export async function loadArtifact(manifest: Manifest, options: LoadOptions): Promise<unknown> {
  const stored = {
    store: options.store,
    manifest,
    call: options.call,
    folder: join(options.scratchFolder, folderOf(manifest)),
  };
  const builtIn = decoderOf(manifest.materializer);
  if (builtIn !== undefined) return builtIn(stored);
  const custom = findMaterializer(manifest.materializer, options.materializers);
  if (custom === undefined)
    throw new ZenliteError(
      "ZENLITE_MATERIALIZER_MISSING",
      `Artifact ${manifest.key} was written by the materializer ${manifest.materializer}, which is not here.`,
      {
        hint: "Give the step that made it this materializer again: step(name, { materializers: [...] }, run), and run it.",
      },
    );
  return loadWith(custom, stored);
}

/** A folder for each artifact: two inputs may be files of one name. */
function folderOf(manifest: Manifest): string {
  return `artifact-${sha256(Buffer.from(manifest.key)).slice("sha256:".length, "sha256:".length + 16)}`;
}
