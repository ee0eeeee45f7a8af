// Reads a run configuration: the tutorial's YAML, every key checked, every mistake with its place.
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ZenliteError, isJsonObject, messageOf, type Json, type JsonObject } from "@zenlite/core";
import { readText, throwTogether, type FileText, type Locate } from "@zenlite/core/config";
import { readLayer, type Layer } from "./layer.ts";
import { openProblems } from "./problems.ts";
import { readByNode, runConfigNode } from "./run-config-schema.ts";

export interface RunConfig {
  readonly pipeline: Layer;
  readonly parameters: JsonObject;
  readonly steps: ReadonlyMap<string, Layer & { readonly parameters: JsonObject }>;
  /** Where a key stands, for mistakes that only the graph or a flavor can show. */
  readonly locate: Locate;
}

/**
 * `file` is absolute or relative to the working directory. Throws every problem together: ZENLITE_CONFIG_SYNTAX,
 * ZENLITE_CONFIG_UNKNOWN_KEY, ZENLITE_CONFIG_INVALID.
 */
export async function readRunConfig(file: string, projectFolder: string): Promise<RunConfig> {
  const absolute = resolve(file);
  const inside = relative(projectFolder, absolute);
  const shown = inside.startsWith("..") ? absolute : inside;
  let text: string;
  try {
    text = await readFile(absolute, "utf8");
  } catch (cause) {
    throw new ZenliteError(
      "ZENLITE_CONFIG_MISSING",
      `The run configuration ${file} cannot be read: ${messageOf(cause)}.`,
      {
        where: { file: shown },
        hint: "zenlite run <module> --config configs/run.yaml",
        cause,
      },
    );
  }
  return checkRunConfig(await readText(shown, text));
}

/** The checks, apart from the file. */
export function checkRunConfig(text: FileText): RunConfig {
  throwTogether(text.problems);
  const problems = openProblems(text.locate);
  const value = readByNode(runConfigNode, emptied(text.value), [], problems);
  const pipeline = readLayer(value, [], problems);
  const steps = new Map<string, Layer & { readonly parameters: JsonObject }>();
  for (const [id, step] of Object.entries(mappingOf(value["steps"])))
    if (isJsonObject(step))
      steps.set(id, { ...readLayer(step, ["steps", id], problems), parameters: mappingOf(step["parameters"]) });
  throwTogether(problems.errors);
  return { pipeline, parameters: mappingOf(value["parameters"]), steps, locate: text.locate };
}

/** A key with nothing after it is an empty mapping, as where all its lines are commented out. */
function emptied(value: Json): Json {
  if (value === null) return {};
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, nested]) => {
      if (!mappings.includes(key)) return [key, nested];
      const full = nested ?? {};
      return [key, key === "steps" && isJsonObject(full) ? mapValues(full, emptied) : full];
    }),
  );
}

const mappings = ["parameters", "resources", "retry", "environment", "secrets", "settings", "steps"];

function mapValues(mapping: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value)]));
}

function mappingOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
