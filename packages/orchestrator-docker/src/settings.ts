/** What a user may configure: the component in .zenliterc, and per pipeline or step under `settings.orchestrator`. */
import { defineSchema, isJsonObject, type SchemaIssue, type StandardSchema } from "@zenlite/core";
import { stringAt } from "./json.ts";
import { hostConfigNode, refused } from "./host-config.ts";

const baseImage = {
  type: "string",
  minLength: 1,
  description: "Image that steps start from; it needs `node` 24 or later on its PATH.",
  examples: ["node:24-slim"],
} as const;
const pullPolicy = {
  type: "string",
  enum: ["missing", "always", "never"],
  description: "When the image is pulled.",
} as const;
const lookAhead = {
  type: "integer",
  minimum: 0,
  maximum: 64,
  description: "How many containers of coming steps are started while their parents run.",
} as const;

const common = {
  network: {
    type: "string",
    minLength: 1,
    description: "Docker network of the steps: bridge, none, host, or one's own.",
  },
  environment: {
    type: "object",
    additionalProperties: { type: "string" },
    description: "Environment variables of every step. Not for secrets: `docker inspect` shows them.",
  },
  user: {
    type: "string",
    minLength: 1,
    description: "User (uid:gid) of the steps; the caller's where not given.",
    examples: ["1000:1000"],
  },
  platform: {
    type: "string",
    pattern: "^[a-z0-9]+/[a-z0-9_]+(/v[0-9]+)?$",
    description: "Platform of the image, where it is not the engine's own.",
    examples: ["linux/amd64"],
  },
  hostConfig: hostConfigNode,
  maxParallel: {
    type: "integer",
    minimum: 1,
    description: "How many steps run at once; this machine's CPUs (at least 2) where not given.",
  },
} as const;

const configSchema = defineSchema({
  baseImage: { ...baseImage, default: "node:24-slim" },
  pullPolicy: { ...pullPolicy, default: "missing" },
  lookAhead: { ...lookAhead, default: 4 },
  ...common,
  host: {
    type: "string",
    minLength: 1,
    description: "Address of the engine; DOCKER_HOST, the active Docker context or the usual socket where not given.",
    examples: ["unix:///var/run/docker.sock", "ssh://me@build-machine", "tcp://build-machine:2376"],
  },
});

// No defaults: a setting that is not there must not hide what the component's config says.
const settingsSchema = defineSchema({
  baseImage,
  pullPolicy,
  lookAhead,
  ...common,
  host: refused("all steps of a run use one engine; say host of the component in .zenliterc"),
});

type Output<Schema> = Schema extends StandardSchema<infer Value> ? Value : never;
export type DockerConfig = Output<typeof configSchema>;
export type DockerSettings = Output<typeof settingsSchema>;

export const config = explaining(configSchema);
export const settings = explaining(settingsSchema);

/** Settings over config; the two mappings are merged key by key. */
export function merge(config: DockerConfig, settings: DockerSettings | undefined): DockerConfig {
  if (settings === undefined) return config;
  return {
    ...config,
    ...settings,
    environment: { ...config.environment, ...settings.environment },
    hostConfig: { ...config.hostConfig, ...settings.hostConfig },
  };
}

/** Says of a refused key why, before the schema says only that no value fits it. */
function explaining<Value>(schema: StandardSchema<Value>): StandardSchema<Value> {
  const standard = schema["~standard"];
  const node = standard.jsonSchema.input({ target: "draft-2020-12" });
  return {
    "~standard": {
      ...standard,
      validate(value) {
        const issues = refusals(node, value, []);
        return issues.length > 0 ? { issues } : standard.validate(value);
      },
    },
  };
}

function refusals(node: unknown, value: unknown, path: readonly string[]): SchemaIssue[] {
  if (!isJsonObject(node) || !isJsonObject(value) || !isJsonObject(node["properties"])) return [];
  const { properties } = node;
  return Object.entries(value).flatMap(([key, nested]) => {
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const { enum: choices } = isJsonObject(child) ? child : {};
    if (Array.isArray(choices) && choices.length === 0)
      return [{ message: stringAt(child, "description") ?? "", path: [...path, key] }];
    return refusals(child, nested, [...path, key]);
  });
}
