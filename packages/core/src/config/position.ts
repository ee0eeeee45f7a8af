// Where something stands in a file: paths of keys, and the places they become in errors.
import type { Place } from "../errors.ts";

/** Keys and list indexes from the top of a file, as they were written. */
export type FieldPath = readonly (string | number)[];

/** The place of a key or of its value. Where the path leads nowhere, the nearest thing above it that is there. */
export type Locate = (path: FieldPath, part?: "key" | "value") => Place;

/** `orchestrator.containers.environment["a.b"]`, `flavors[1]`. */
export function fieldOf(path: FieldPath): string {
  let field = "";
  for (const part of path)
    if (typeof part === "number") field += `[${part}]`;
    else if (/^[\w$-]+$/u.test(part)) field += field === "" ? part : `.${part}`;
    else field += `[${JSON.stringify(part)}]`;
  return field;
}

/** The same file, with paths that start further inside. */
export function within(locate: Locate, prefix: FieldPath): Locate {
  return (path, part) => locate([...prefix, ...path], part);
}

/** Line and column from 1 of an offset into a text. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
