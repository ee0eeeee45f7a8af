// `${env:NAME}`, `${env:NAME:-fallback}` and `${secret:name.key}` inside texts: found, checked and replaced.
import { isZenliteError, ZenliteError } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import { fieldOf, type FieldPath, type Locate } from "./position.ts";
import { listErrors, throwTogether } from "./problems.ts";
import type { Secrets } from "./secrets.ts";

export type Reference =
  | { readonly kind: "env"; readonly name: string; readonly fallback?: string }
  | { readonly kind: "secret"; readonly name: string };

const form = /^env:(?<variable>[A-Za-z_]\w*)(?::-(?<fallback>.*))?$|^secret:(?<secret>[\w-]+\.[\w-]+)$/su;

/** Plain texts and references, in order. `$${` is a plain `${`. Throws ZENLITE_REFERENCE_INVALID. */
function parseReferences(text: string): readonly (string | Reference)[] {
  const parts: (string | Reference)[] = [];
  let end = 0;
  for (const found of text.matchAll(/\$\$\{|\$\{[^}]*\}?/gu)) {
    parts.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    parts.push(found[0] === "$${" ? "${" : parseReference(found[0]));
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

function parseReference(text: string): Reference {
  const groups = text.endsWith("}") ? form.exec(text.slice(2, -1))?.groups : undefined;
  const secret = groups?.["secret"];
  if (secret !== undefined) return { kind: "secret", name: secret };
  const variable = groups?.["variable"];
  const fallback = groups?.["fallback"];
  if (variable !== undefined) return { kind: "env", name: variable, ...(fallback === undefined ? {} : { fallback }) };
  throw new ZenliteError("ZENLITE_REFERENCE_INVALID", `${JSON.stringify(text)} is no reference.`, {
    hint: "Write ${env:NAME}, ${env:NAME:-fallback} or ${secret:name.key}; $${ stands for a plain ${.",
  });
}

/** Every reference in the texts of a value, with where it stands. Texts that hold a wrong one are passed over. */
export function listReferences(
  value: Json,
  path: FieldPath = [],
): readonly { readonly path: FieldPath; readonly reference: Reference }[] {
  if (typeof value === "string") {
    if (!value.includes("${")) return [];
    try {
      return parseReferences(value).flatMap((part) => (typeof part === "string" ? [] : [{ path, reference: part }]));
    } catch (error) {
      if (!isZenliteError(error)) throw error;
      return [];
    }
  }
  if (isList(value)) return value.flatMap((item, index) => listReferences(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => listReferences(member, [...path, key]));
}

export interface Resolution {
  readonly value: Json;
  readonly problems: readonly { readonly path: FieldPath; readonly error: ZenliteError }[];
  /** Paths of texts that hold a reference, whether it could be resolved or not. */
  readonly references: readonly FieldPath[];
}

/** Replaces the references in every text of a value. A text with a problem stays as it is. */
export function resolveAll(value: Json, secrets: Secrets): Resolution {
  const problems: { path: FieldPath; error: ZenliteError }[] = [];
  const references: FieldPath[] = [];
  const resolve = (nested: Json, path: FieldPath): Json => {
    if (typeof nested === "string") {
      if (!nested.includes("${")) return nested;
      try {
        const parts = parseReferences(nested);
        if (parts.some((part) => typeof part !== "string")) references.push(path);
        return parts.map((part) => (typeof part === "string" ? part : lookUp(part, secrets))).join("");
      } catch (error) {
        if (!isZenliteError(error)) throw error;
        problems.push({ path, error });
        return nested;
      }
    }
    if (isList(nested)) return nested.map((item, index) => resolve(item, [...path, index]));
    if (!isJsonObject(nested)) return nested;
    return Object.fromEntries(Object.entries(nested).map(([key, member]) => [key, resolve(member, [...path, key])]));
  };
  return { value: resolve(value, []), problems, references };
}

/**
 * The value with its references replaced. Throws all problems together: ZENLITE_REFERENCE_INVALID,
 * ZENLITE_VARIABLE_MISSING, ZENLITE_SECRET_MISSING, ZENLITE_SECRETS_UNREADABLE.
 */
export function resolveReferences(value: Json, secrets: Secrets, locate?: Locate): Json {
  const resolution = resolveAll(value, secrets);
  throwTogether(resolution.problems.flatMap(({ path, error }) => place(error, path, locate)));
  return resolution.value;
}

/** The error with the place of the text that holds the reference. */
export function place(error: ZenliteError, path: FieldPath, locate?: Locate): readonly ZenliteError[] {
  const field = fieldOf(path);
  const where = locate?.(path) ?? (field === "" ? undefined : { field });
  return listErrors(error).map((alone) =>
    alone.where !== undefined || where === undefined
      ? alone
      : new ZenliteError(alone.code, alone.message, {
          ...(alone.hint === undefined ? {} : { hint: alone.hint }),
          ...(alone.cause === undefined ? {} : { cause: alone.cause }),
          fault: alone.fault,
          where,
        }),
  );
}

/** One reference, written `${secret:name.key}` or plainly `name.key`. Throws as `resolveReferences` does. */
export function readReference(reference: string, secrets: Secrets): string {
  const [only, ...more] = parseReferences(reference.startsWith("${") ? reference : `\${secret:${reference}}`);
  if (only === undefined || typeof only === "string" || more.length > 0)
    throw new ZenliteError("ZENLITE_REFERENCE_INVALID", `${JSON.stringify(reference)} is no single reference.`);
  return lookUp(only, secrets);
}

function lookUp(reference: Reference, secrets: Secrets): string {
  if (reference.kind === "secret") return secrets.secret(reference.name);
  const found = secrets.variable(reference.name);
  // As in a shell, `:-` stands in for an empty variable too.
  if (reference.fallback !== undefined) return found === undefined || found === "" ? reference.fallback : found;
  if (found !== undefined) return found;
  throw new ZenliteError("ZENLITE_VARIABLE_MISSING", `The environment variable ${reference.name} is not set.`, {
    hint: `export ${reference.name}=… (or give a fallback: \${env:${reference.name}:-value})`,
    fault: "environment",
  });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
