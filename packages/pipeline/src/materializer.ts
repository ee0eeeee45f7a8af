// How a value of one's own becomes bytes and back.
import { ZenliteError, type Json } from "@zenlite/core";

/** Where `save` writes. The bytes are digested on their way, so they are written once and in order. */
export interface ArtifactSink {
  /** Resolves when more can be taken: await it, and memory stays small. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Writes all of a stream: a web ReadableStream, a Node stream, an async generator of bytes. */
  stream(chunks: AsyncIterable<Uint8Array | string>): Promise<void>;
  /** Writes the bytes of a file. */
  file(path: string): Promise<void>;
}

/** What `load` reads. Throws ZENLITE_ARTIFACT_CORRUPT when the bytes are not those that were written. */
export interface ArtifactSource {
  /** What `save` returned. */
  readonly details: Json | undefined;
  /** Size of the artifact. */
  readonly size: number;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Errors at its end, when the bytes are not those that were written. */
  stream(): ReadableStream<Uint8Array>;
  /** Path of a copy in the step's scratch folder. */
  file(): Promise<string>;
}

export interface Materializer<T> {
  /** Stored with each artifact, as `name@version`: change the version when the format changes. */
  readonly name: string;
  /** Defaults to "1". Part of the cache key. */
  readonly version?: string;
  /** A readable type for people; defaults to the name of the value's class. */
  readonly type?: string;
  matches(value: unknown): value is T;
  /** May return JSON that `load` needs. */
  save(value: T, sink: ArtifactSink): Promise<Json | void> | Json | void;
  load(source: ArtifactSource): Promise<T> | T;
}

/** A materializer of whatever: its methods are called only with values that it matches. */
export type AnyMaterializer = Materializer<unknown>;

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Names of those that every step has; one's own are named otherwise. */
export const builtInMaterializers: readonly string[] = [
  "json",
  "structured",
  "bytes",
  "typed-array",
  "file",
  "stream",
  "void",
];

/**
 * Types and checks a materializer. Give it to the step that returns such values: `step(name, { materializers: [model] }, run)`.
 *
 * @example
 * const model = materializer({
 *   name: "model",
 *   matches: (value) => value instanceof Model,
 *   save: (value, sink) => sink.write(value.serialize()),
 *   load: async (source) => Model.parse(await source.text()),
 * });
 */
export function materializer<T>(definition: Materializer<T>): Materializer<T> {
  const problem = problemOf(definition);
  if (problem !== undefined)
    throw new ZenliteError(
      "ZENLITE_MATERIALIZER_INVALID",
      `materializer ${JSON.stringify(definition.name)}: ${problem}`,
      {
        hint: "materializer({ name, version?, type?, matches(value), save(value, sink), load(source) })",
      },
    );
  return definition;
}

function problemOf(definition: AnyMaterializer): string | undefined {
  if (typeof definition.name !== "string" || !namePattern.test(definition.name))
    return "a name has 1 to 64 characters A-Z a-z 0-9 _ - and starts with a letter.";
  if (builtInMaterializers.includes(definition.name)) return "this name belongs to a built-in materializer.";
  if (definition.version !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(definition.version))
    return `version ${JSON.stringify(definition.version)} is no text of 1 to 64 characters A-Z a-z 0-9 . _ -`;
  for (const method of ["matches", "save", "load"] as const)
    if (typeof definition[method] !== "function") return `${method} is missing or no function.`;
  return undefined;
}

/** `name@version`, as manifests and cache keys hold it. */
export function materializerId(definition: { readonly name: string; readonly version?: string }): string {
  return `${definition.name}@${definition.version ?? "1"}`;
}
