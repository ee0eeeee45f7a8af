// JSON of unknown shape: what the engine answers, what the docker command keeps.
import { readFileSync } from "node:fs";
import { isJsonObject } from "@zenlite/core";

/** The text at a path of keys in data of unknown shape. */
export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  let current = value;
  for (const key of path) current = isJsonObject(current) ? current[key] : undefined;
  return typeof current === "string" ? current : undefined;
}

export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // No such file, or one that docker itself would complain about: then there is no context to follow.
    return undefined;
  }
}
