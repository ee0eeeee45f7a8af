// The keys that a run configuration may hold, as data.
import { defineSchema, isJsonObject, type Json, type JsonObject, type SchemaNode } from "@zenlite/core";
import { readKeys, type FieldPath } from "@zenlite/core/config";
import type { Problems } from "./problems.ts";

type Properties = { readonly [key: string]: SchemaNode };

const anything: SchemaNode = {};
const mapping: SchemaNode = { type: "object", additionalProperties: anything };

const retry: Properties = {
  max_retries: { type: "integer", minimum: 0, maximum: 1000 },
  delay: anything,
  backoff: { type: "number", exclusiveMinimum: 0 },
  jitter: { type: "string", enum: ["none", "full"] },
};

const resources: Properties = {
  cpu_count: { type: "number", exclusiveMinimum: 0 },
  memory: anything,
};

const shared: Properties = {
  enable_cache: { type: "boolean" },
  retry: { type: "object", properties: retry },
  timeout: anything,
  resources: { type: "object", properties: resources },
  environment: mapping,
  secrets: mapping,
  settings: mapping,
};

const step: Properties = { ...shared, parameters: mapping };

const top: Properties = {
  ...shared,
  parameters: mapping,
  execution_mode: { type: "string", enum: ["fail_fast", "stop_on_failure", "continue_on_failure"] },
  max_parallel: { type: "integer", minimum: 1 },
  strict_resources: { type: "boolean" },
  steps: { type: "object", additionalProperties: { type: "object", properties: step } },
};

/** Keys of the whole file. */
export const runConfigNode: SchemaNode = { type: "object", properties: top };
/** Keys under `steps.<id>`, and what the options of `step()` become. */
export const stepNode: SchemaNode = { type: "object", properties: step };
/** Keys under `settings.resources`. */
export const resourcesNode: SchemaNode = { type: "object", properties: resources };
/** Keys under `settings.docker`. */
export const dockerNode: SchemaNode = {
  type: "object",
  properties: {
    requirements: { type: "array", items: { type: "string", minLength: 1 } },
    required_integrations: { type: "array", items: { type: "string", minLength: 1 } },
    parent_image: { type: "string", minLength: 1 },
    environment: mapping,
  },
};

/** Keys in snake_case, the user's own map keys untouched. Where something is wrong it is reported and `{}` given. */
export function readByNode(node: SchemaNode, value: Json, path: FieldPath, problems: Problems): JsonObject {
  const before = problems.errors.length;
  // The nodes are JSON Schema, which is JSON.
  const reading = readKeys(node as JsonObject, value, "snake");
  for (const problem of reading.problems)
    if (problem.kind === "unknown") problems.unknownKey([...path, ...problem.path], problem.known);
    else problems.invalid([...path, ...problem.path], problem.message, undefined, "key");
  const result = defineSchema(node.properties ?? {})["~standard"].validate(reading.value);
  if (result instanceof Promise) throw new TypeError("defineSchema validates synchronously.");
  for (const issue of result.issues ?? []) {
    const at = (issue.path ?? []).map((part) =>
      typeof part === "number" ? part : String(typeof part === "object" ? part.key : part),
    );
    problems.invalid([...path, ...reading.written(at)], issue.message);
  }
  return problems.errors.length === before && isJsonObject(reading.value) ? reading.value : {};
}
