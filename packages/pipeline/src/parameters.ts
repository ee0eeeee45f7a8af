// A pipeline's parameters: concrete values while it is traced, each checked against the declared defaults, or, where none are
// declared, against the names that the body reads.
import { suggestion, ZenliteError, type Json, type JsonObject } from "@zenlite/core";
import { toData } from "./data.ts";
import type { PipelineDefinition } from "./types.ts";

export interface Parameters {
  /** What the body gets. */
  readonly given: object;
  /** What the plan says. */
  readonly values: JsonObject;
  /** To be called after the body: throws ZENLITE_PARAMETER_UNKNOWN for a value that it never asked for. */
  checkRead(): void;
}

/** Throws ZENLITE_PARAMETER_UNKNOWN, ZENLITE_PARAMETER_TYPE, ZENLITE_PARAMETER_NOT_DATA. */
export function readParameters(
  definition: PipelineDefinition,
  parameters: { readonly [name: string]: unknown },
): Parameters {
  const owner = `Pipeline "${definition.name}"`;
  const defaults = definition.parameters;
  const values: Record<string, Json> = {};
  for (const [name, value] of Object.entries(defaults ?? {}))
    values[name] = toData(value, name, `${owner}, default of parameter`);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const given = toData(value, name, `${owner}, parameter`);
    if (defaults !== undefined) {
      const standard = Object.hasOwn(values, name) ? values[name] : undefined;
      if (standard === undefined) throw unknownParameter(definition.name, name, Object.keys(defaults));
      if (standard !== null && kindOf(standard) !== kindOf(given))
        throw wrongType(definition.name, name, standard, given);
    }
    values[name] = given;
  }
  if (defaults !== undefined) return { given: Object.freeze({ ...values }), values, checkRead() {} };

  const read = new Set<string>();
  const given = new Proxy(values, {
    get(target, key) {
      if (typeof key === "symbol") return undefined;
      read.add(key);
      return Object.hasOwn(target, key) ? target[key] : undefined;
    },
    has(target, key) {
      if (typeof key === "string") read.add(key);
      return Object.hasOwn(target, key);
    },
    ownKeys(target) {
      for (const key of Object.keys(target)) read.add(key);
      return Object.keys(target);
    },
    set: () => false,
  });
  return {
    given,
    values,
    checkRead() {
      const unread = Object.keys(values).find((name) => !read.has(name));
      if (unread !== undefined) throw unknownParameter(definition.name, unread, [...read]);
    },
  };
}

function unknownParameter(pipeline: string, name: string, known: readonly string[]): ZenliteError {
  const has = known.length === 0 ? " It takes none." : suggestion(name, known);
  return new ZenliteError("ZENLITE_PARAMETER_UNKNOWN", `Pipeline "${pipeline}" has no parameter "${name}".${has}`, {
    where: { field: name },
    hint: known.length === 0 ? "Leave it out." : `Known parameters: ${known.join(", ")}`,
  });
}

function wrongType(pipeline: string, name: string, standard: Json, given: Json): ZenliteError {
  return new ZenliteError(
    "ZENLITE_PARAMETER_TYPE",
    `Parameter "${name}" of pipeline "${pipeline}" is ${inWords(given)}, expected ${kindOf(standard)} as its default ${short(standard)} is.`,
    { where: { field: name }, hint: `--set ${name}=${short(standard)}` },
  );
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return Array.isArray(value) ? "a list" : "an object";
}

function inWords(value: Json): string {
  return typeof value === "string"
    ? `the text ${short(value)}`
    : typeof value === "object"
      ? kindOf(value)
      : short(value);
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
