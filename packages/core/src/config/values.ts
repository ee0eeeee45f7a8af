// A mapping of a file against a flavor's schema: keys read in either spelling, references resolved, the value checked.
import { messageOf, ZenliteError } from "../errors.ts";
import type { ComponentType } from "../components.ts";
import type { Flavor } from "../flavor.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { SchemaIssue, StandardSchema } from "../schema.ts";
import { readKeys, type KeyReading, type KeyStyle } from "./keys.ts";
import { fieldOf, type FieldPath, type Locate } from "./position.ts";
import { throwTogether } from "./problems.ts";
import { place, resolveAll, type Resolution } from "./references.ts";
import { unknownKeyError } from "./report.ts";
import { retype } from "./retype.ts";
import type { Secrets } from "./secrets.ts";

export interface CheckedValue {
  /** The schema's spelling of keys, references kept. */
  readonly raw: JsonObject;
  /** What the schema returned: references resolved, defaults filled in. Empty where there are problems. */
  readonly value: JsonObject;
  /** False where a reference could not be replaced, so that `value` is not what it will be. */
  readonly complete: boolean;
  readonly problems: readonly ZenliteError[];
}

export interface ValueContext {
  readonly locate: Locate;
  readonly style: KeyStyle;
  /** Names the flavor in errors about its schema. */
  readonly title: string;
  /** Absent: references are plain texts. */
  readonly secrets?: Secrets;
  /** True: what a variable or secret is missing for is not checked. */
  readonly lenient?: boolean;
  /** The command that mends what is wrong at a path of the mapping, or that says which keys there are. */
  remedy?(path: FieldPath, kind: "unknown" | "invalid"): string;
}

/** Problems: ZENLITE_CONFIG_UNKNOWN_KEY, ZENLITE_CONFIG_INVALID, ZENLITE_FLAVOR_INVALID, and those of `resolveReferences`. */
export async function checkValue(
  schema: StandardSchema,
  written: JsonObject,
  context: ValueContext,
): Promise<CheckedValue> {
  const { locate, secrets } = context;
  const fieldAt = (path: FieldPath): string => locate(path).field ?? fieldOf(path);
  const hint = (path: FieldPath, kind: "unknown" | "invalid" = "invalid"): { readonly hint?: string } => {
    const text = context.remedy?.(path, kind);
    return text === undefined ? {} : { hint: text };
  };
  const invalid = (path: FieldPath, message: string, part?: "key" | "value"): ZenliteError => {
    const field = fieldAt(path);
    const sentence = `${field === "" ? "" : `${field}: `}${message}${/[.?!]$/u.test(message) ? "" : "."}`;
    return new ZenliteError("ZENLITE_CONFIG_INVALID", sentence, { where: locate(path, part), ...hint(path) });
  };
  try {
    const description: Record<string, unknown> = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    const node = isJsonObject(description) ? description : {};
    const reading = readKeys(node, written, context.style);
    const resolution: Resolution =
      secrets === undefined
        ? { value: reading.value, problems: [], references: [] }
        : resolveAll(reading.value, secrets);
    const result = await schema["~standard"].validate(retype(node, resolution));
    const problems = [
      ...reading.problems.map((problem) =>
        problem.kind === "unknown"
          ? unknownKeyError(
              String(problem.path.at(-1)),
              fieldAt(problem.path.slice(0, -1)),
              problem.known,
              locate(problem.path, "key"),
              hint(problem.path, "unknown"),
            )
          : problem.kind === "twice"
            ? new ZenliteError("ZENLITE_CONFIG_INVALID", problem.message, { where: locate(problem.path, "key") })
            : invalid(problem.path, problem.message, "key"),
      ),
      ...(secrets === undefined ? [] : plainSecrets(node, reading, resolution)).map((path) =>
        invalid(reading.written(path), "it is a secret, so its place is not here: write ${secret:name.key}"),
      ),
      ...resolution.problems
        .filter(({ error }) => context.lenient !== true || error.code === "ZENLITE_REFERENCE_INVALID")
        .flatMap(({ path, error }) => place(error, reading.written(path), locate)),
      ...(result.issues ?? []).flatMap((issue) => {
        const found = describeIssue(issue, reading, resolution);
        return found === undefined ? [] : [invalid(reading.written(found.path), found.message)];
      }),
    ];
    const raw = isJsonObject(reading.value) ? reading.value : {};
    const complete = resolution.problems.length === 0;
    if (problems.length > 0 || result.issues !== undefined) return { raw, value: {}, complete, problems };
    if (isJsonObject(result.value)) return { raw, value: result.value, complete, problems };
    return { raw, value: {}, complete, problems: [schemaError(context, "the schema does not return a mapping")] };
  } catch (cause) {
    return { raw: {}, value: {}, complete: false, problems: [schemaError(context, messageOf(cause), cause)] };
  }
}

/** Secrets that stand there as themselves. `writeOnly` is JSON Schema's word for them. */
function plainSecrets(node: JsonObject, reading: KeyReading, { references }: Resolution): readonly FieldPath[] {
  const { properties } = node;
  const written = reading.value;
  if (!isJsonObject(properties) || !isJsonObject(written)) return [];
  return Object.entries(properties)
    .filter(([key, part]) => {
      const isReference = references.some((path) => path.length === 1 && path[0] === key);
      return isJsonObject(part) && part["writeOnly"] === true && written[key] !== undefined && !isReference;
    })
    .map(([key]) => [key]);
}

/** `undefined` for an issue that another problem already tells. */
function describeIssue(
  issue: SchemaIssue,
  reading: KeyReading,
  resolution: Resolution,
): { readonly path: FieldPath; readonly message: string } | undefined {
  const path = (issue.path ?? []).map((part) => {
    const key = typeof part === "object" ? part.key : part;
    return typeof key === "number" ? key : String(key);
  });
  const isAt = (other: FieldPath): boolean =>
    other.length === path.length && other.every((part, index) => part === path[index]);
  if (reading.missing.some(isAt) || resolution.problems.some((problem) => isAt(problem.path))) return undefined;
  // The library's message may quote the value, and the value may be a secret.
  if (resolution.references.some(isAt)) return { path, message: "what the reference stands for does not fit" };
  return { path, message: issue.message };
}

function schemaError(context: ValueContext, message: string, cause?: unknown): ZenliteError {
  return new ZenliteError("ZENLITE_FLAVOR_INVALID", `${context.title}: its schema cannot be used: ${message}`, {
    where: { ...context.locate([], "key"), package: context.title },
    hint: "A config schema is a Standard Schema with JSON Schema whose input JSON Schema can express (no Date, no transform at the input).",
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Checks a mapping of settings in snake_case or camelCase; returns it in camelCase as the flavor's schema does. `locate`
 * says where its keys stand, with paths that start at the mapping. Throws all problems together:
 * ZENLITE_CONFIG_UNKNOWN_KEY, ZENLITE_CONFIG_INVALID, ZENLITE_FLAVOR_INVALID.
 */
export async function validateSettings(
  flavor: Pick<Flavor<ComponentType>, "type" | "name" | "settings">,
  value: Json,
  locate: Locate,
  style: KeyStyle = "snake",
): Promise<JsonObject> {
  const title = `${flavor.type} "${flavor.name}"`;
  if (!isJsonObject(value))
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", `The settings of ${title} are no mapping.`, { where: locate([]) });
  if (flavor.settings === undefined) {
    throwTogether(
      Object.keys(value).map((key) =>
        unknownKeyError(key, `the settings of ${title}, which has none`, [], locate([key], "key")),
      ),
    );
    return {};
  }
  const checked = await checkValue(flavor.settings, value, { locate, style, title });
  throwTogether(checked.problems);
  return checked.value;
}
