// A file as an artifact: it is copied to the store as a stream, so its size does not matter.
import { fileSymbol } from "./symbols.ts";

/** A file on this machine. As an input of a step, `path` is a copy in the step's scratch folder. */
export interface ArtifactFile {
  readonly [fileSymbol]: true;
  readonly path: string;
}

/** Returned by a step, it stores the file at `path` (relative paths start at the working directory). */
export function file(path: string): ArtifactFile {
  return { [fileSymbol]: true, path };
}

export function isArtifactFile(value: unknown): value is ArtifactFile {
  return (
    typeof value === "object" &&
    value !== null &&
    fileSymbol in value &&
    "path" in value &&
    typeof value.path === "string"
  );
}
