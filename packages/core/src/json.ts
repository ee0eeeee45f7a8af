/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface JsonObject {
  readonly [key: string]: Json;
}

/** A content digest as OCI writes it: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** True for a mapping: neither null, nor a list, nor a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * JSON with sorted keys and no white space, so that equal data has equal text (and so equal digests) on any machine.
 * Properties that are `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, nested: unknown) => {
    if (!isJsonObject(nested)) return nested;
    const sorted: Record<string, unknown> = {};
    // Own data property even for "__proto__": plain assignment would set the prototype.
    for (const key of Object.keys(nested).sort())
      Object.defineProperty(sorted, key, { value: nested[key], enumerable: true });
    return sorted;
  });
}
