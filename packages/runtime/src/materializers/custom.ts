// Materializers of the user's own: offered a sink to write to and a source to read from.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, ZenliteError, type Json } from "@zenlite/core";
import {
  materializerId,
  stepOf,
  type AnyMaterializer,
  type ArtifactSink,
  type ArtifactSource,
} from "@zenlite/pipeline";
import { readAll, readToFile, readVerified } from "../download.ts";
import type { Upload } from "../upload.ts";
import type { Stored } from "./built-in.ts";
import { classOf, walk } from "./walk.ts";

/** The first that takes the value. */
export function materializerFor(
  value: unknown,
  materializers: readonly AnyMaterializer[],
): AnyMaterializer | undefined {
  return materializers.find((candidate) => candidate.matches(value));
}

/** Writes through a user's materializer; gives what `load` will need. */
export async function saveWith(
  materializer: AnyMaterializer,
  value: unknown,
  upload: Upload,
): Promise<Json | undefined> {
  const sink: ArtifactSink = {
    // Copied: the caller may fill its buffer again while this piece is still on its way.
    write: (bytes) => upload.write(typeof bytes === "string" ? bytes : Uint8Array.from(bytes)),
    stream: (chunks) => upload.stream(chunks),
    file: (path) => upload.file(path),
  };
  const details = await materializer.save(value, sink);
  if (details === undefined) return undefined;
  if (walk(details) !== "json")
    throw new ZenliteError(
      "ZENLITE_MATERIALIZER_INVALID",
      `materializer "${materializer.name}": save() returned something else than JSON.`,
      {
        hint: "Return nothing, or JSON that load() finds in source.details.",
      },
    );
  return details;
}

export function typeWith(value: unknown): string {
  return typeof value === "object" && value !== null ? classOf(value) : typeof value;
}

export async function loadWith(
  materializer: AnyMaterializer,
  { store, manifest, call, folder }: Stored,
): Promise<unknown> {
  const source: ArtifactSource = {
    details: manifest.details,
    size: manifest.bytes,
    bytes: () => readAll(store, manifest, call),
    text: async () => Buffer.from(await readAll(store, manifest, call)).toString(),
    stream: () => lateStream(() => readVerified(store, manifest, call)),
    async file() {
      await mkdir(folder, { recursive: true });
      const path = join(folder, "artifact");
      await readToFile(store, manifest, path, call);
      return path;
    },
  };
  return materializer.load(source);
}

/** A stream that can be handed out before its source is open. */
function lateStream(open: () => Promise<ReadableStream<Uint8Array>>): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream({
    async pull(controller) {
      reader ??= (await open()).getReader();
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}

/** All materializers that the steps of a code bundle bring: an artifact may come from any of them. */
export function materializersOf(code: { readonly [name: string]: unknown }): AnyMaterializer[] {
  const steps = code["steps"];
  return isJsonObject(steps) ? Object.values(steps).flatMap((step: unknown) => stepOf(step)?.materializers ?? []) : [];
}

export function findMaterializer(id: string, materializers: readonly AnyMaterializer[]): AnyMaterializer | undefined {
  return materializers.find((candidate) => materializerId(candidate) === id);
}
