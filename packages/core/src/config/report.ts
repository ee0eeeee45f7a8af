// Collects what is wrong with one file, each problem with its place and in the same words.
import { ZenliteError, type Place } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import { suggestion } from "../nearest.ts";
import type { ConfigFile } from "./file.ts";
import { nameMistake, shown } from "./names.ts";
import { fieldOf, type FieldPath } from "./position.ts";

export interface Report {
  readonly problems: readonly ZenliteError[];
  /** The field and a message, at the value unless it is the key that is wrong. */
  invalid(path: FieldPath, message: string, part?: "key" | "value", hint?: string): undefined;
  unknownKey(path: FieldPath, known: readonly string[]): undefined;
  /** A mapping's members. An empty value is an empty mapping, as where all its lines are commented out. */
  members(path: FieldPath, value: Json, expected: string): readonly (readonly [string, Json])[];
  text(path: FieldPath, value: Json | undefined, expected: string): string | undefined;
  name(path: FieldPath, name: string, part: "key" | "value", what: string): boolean;
}

export function openReport(file: ConfigFile): Report {
  const problems: ZenliteError[] = [...file.problems];
  const report: Report = {
    problems,
    invalid(path, message, part, hint) {
      const details = { where: file.locate(path, part), ...(hint === undefined ? {} : { hint }) };
      problems.push(new ZenliteError("ZENLITE_CONFIG_INVALID", `${fieldOf(path)}: ${message}`, details));
    },
    unknownKey(path, known) {
      problems.push(unknownKeyError(String(path.at(-1)), fieldOf(path.slice(0, -1)), known, file.locate(path, "key")));
    },
    members(path, value, expected) {
      if (value === null) return [];
      if (isJsonObject(value)) return Object.entries(value);
      report.invalid(path, `expected ${expected}, got ${kindOf(value)}.`);
      return [];
    },
    text(path, value, expected) {
      if (typeof value === "string" && value !== "") return value;
      return report.invalid(path, `expected ${expected}, got ${kindOf(value ?? null)}.`);
    },
    name(path, name, part, what) {
      const mistake = nameMistake(name);
      if (mistake === undefined) return true;
      const where = file.locate(path, part);
      problems.push(
        new ZenliteError("ZENLITE_CONFIG_NAME", `${shown(name)} cannot name ${what}: ${mistake}.`, { where }),
      );
      return false;
    },
  };
  return report;
}

/** `inside` is the field of the mapping, `known` is spelled as the file would spell it. */
export function unknownKeyError(
  key: string,
  inside: string,
  known: readonly string[],
  where: Place,
  details: { readonly hint?: string } = {},
): ZenliteError {
  const holder = inside === "" ? "" : ` in ${inside}`;
  return new ZenliteError(
    "ZENLITE_CONFIG_UNKNOWN_KEY",
    `Unknown key ${shown(key)}${holder}.${suggestion(key, known)}`,
    { where, ...details },
  );
}

/** A value in a sentence: "nothing", "a list", "a mapping", or the value itself. */
export function kindOf(value: Json): string {
  if (value === null) return "nothing";
  if (isList(value)) return "a list";
  if (isJsonObject(value)) return "a mapping";
  return typeof value === "string" ? shown(value) : String(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
