// The keys that a run configuration may hold, as data.
import { defineSchema, isJsonObject, type Json, type JsonObject, type SchemaNode } from "@zenlite/core";
import { readKeys, type FieldPath } from "@zenlite/core/config";
import type { Problems } from "./problems.ts";

type Properties = { readonly [key: string]: SchemaNode };

const mapping: SchemaNode = { type: "object", additionalProperties: {} };

// Amounts and texts are read by functions that say more about a mistake than a type could: see `layer.ts`, and `schema.ts` for editors.
export const memoryNode: SchemaNode = {
  description: "Bytes, or text with a unit: 4GB is 4 × 10^9 bytes, 4GiB is 4 × 2^30.",
  examples: ["4GB"],
};
export const delayNode: SchemaNode = {
  description: "Before the first further attempt: seconds, or text with a unit: ms, s, m, h, d.",
  examples: ["2s"],
};
export const timeoutNode: SchemaNode = {
  description: "The longest that one attempt may take: seconds, or text with a unit: ms, s, m, h, d.",
  examples: ["15m"],
};
export const environmentNode: SchemaNode = {
  ...mapping,
  description: "Environment variables of the steps. Part of what a cached result depends on.",
};
export const secretsNode: SchemaNode = {
  ...mapping,
  description:
    'Environment variables that are secret: references only, such as "${secret:openai.key}" or "${env:OPENAI_KEY}".',
};
export const settingsNode: SchemaNode = { ...mapping };

const retry: Properties = {
  max_retries: { type: "integer", minimum: 0, maximum: 1000, description: "Further attempts after the first." },
  delay: delayNode,
  backoff: { type: "number", exclusiveMinimum: 0, description: "Each further delay is the one before times this." },
  jitter: { type: "string", enum: ["none", "full"], description: "full: wait for a random part of the delay." },
};

const resources: Properties = {
  cpu_count: { type: "number", exclusiveMinimum: 0, description: "CPUs of one step." },
  memory: memoryNode,
};

const shared: Properties = {
  enable_cache: { type: "boolean", description: "false: outputs are never taken from an earlier run." },
  retry: { type: "object", properties: retry, description: "What happens when an attempt fails." },
  timeout: timeoutNode,
  resources: {
    type: "object",
    properties: resources,
    description: "What a step gets, where the orchestrator enforces it.",
  },
  environment: environmentNode,
  secrets: secretsNode,
  settings: settingsNode,
};

const step: Properties = {
  ...shared,
  parameters: { ...mapping, description: "Literal inputs of this step, by their names in its call." },
};

const top: Properties = {
  ...shared,
  parameters: { ...mapping, description: "Parameters of the pipeline." },
  execution_mode: {
    type: "string",
    enum: ["fail_fast", "stop_on_failure", "continue_on_failure"],
    description: "What happens to the other steps when one has failed for good.",
  },
  max_parallel: { type: "integer", minimum: 1, description: "How many steps run at once." },
  strict_resources: { type: "boolean", description: "true: refuse what cannot be enforced instead of capping it." },
  steps: {
    type: "object",
    additionalProperties: { type: "object", properties: step },
    description: "By the name of a call: trainer, then trainer_2. What stands here wins over what stands above.",
  },
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
    requirements: {
      type: "array",
      items: { type: "string", minLength: 1 },
      description: "Packages that travel with the code; each is in the project's own package.json.",
    },
    required_integrations: {
      type: "array",
      items: { type: "string", minLength: 1 },
      description: "Integrations whose packages must be installed: the names that `zenlite integration install` takes.",
    },
    parent_image: { type: "string", minLength: 1, description: "The image that steps start from." },
    environment: environmentNode,
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
