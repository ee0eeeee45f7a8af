// Edits as lines of TypeScript: for a configuration that is a program, which only its author can change.
import { ZenliteError, isJsonObject, type Json } from "@zenlite/core";
import { fieldOf, toCamel, type Edit, type FieldPath } from "@zenlite/core/config";

/** ZENLITE_CONFIG_NOT_EDITABLE, with what to type. */
export function notEditable(file: string, edits: readonly Edit[]): ZenliteError {
  return new ZenliteError("ZENLITE_CONFIG_NOT_EDITABLE", `${file} is a program, and zenlite changes no programs.`, {
    where: { file },
    hint: `change it by hand:\n${linesFor(edits).join("\n")}`,
  });
}

/** What to add, as it stands in the default export; what to remove, and what to rename, by its field. */
function linesFor(edits: readonly Edit[]): readonly string[] {
  let added: Json = null;
  const others: string[] = [];
  for (const edit of edits) {
    const path = camelPath(edit.at);
    if ("set" in edit) added = include(added, path, camelValue(edit.at, edit.set));
    else if ("append" in edit) added = include(added, path, [edit.append]);
    else if ("remove" in edit) others.push(`remove ${fieldOf(path)}`);
    else others.push(`rename ${fieldOf(path)} to ${memberName(edit.rename)}`);
  }
  const lines = isMapping(added) ? Object.entries(added).flatMap(([key, value]) => member(key, value, "  ")) : [];
  return [...others, ...(lines.length === 0 ? [] : ["add to the default export:", ...lines])];
}

/** Keys that are zenlite's own are spelled as TypeScript does; names, and what lies deeper, stay. */
function camelPath(path: FieldPath): FieldPath {
  return path.map((part, depth) => (typeof part === "number" ? part : camelKey(part, depth)));
}

function camelKey(key: string, depth: number): string {
  return depth === 0 || depth === 2 ? toCamel(key.replaceAll("-", "_")) : key;
}

function camelValue(path: FieldPath, value: Json): Json {
  if (!isMapping(value) || path.length > 2) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, nested]) => [camelKey(key, path.length), camelValue([...path, key], nested)]),
  );
}

/** Several edits of one mapping, or several items of one list, are shown together. */
function include(data: Json, [part, ...rest]: FieldPath, value: Json): Json {
  if (part === undefined) {
    if (isList(data) && isList(value)) return [...data, ...value];
    return isMapping(data) && isMapping(value) ? { ...data, ...value } : value;
  }
  const members = isMapping(data) ? data : {};
  return { ...members, [part]: include(Object.hasOwn(members, part) ? (members[part] ?? null) : null, rest, value) };
}

const longest = 90;

function member(key: string, value: Json, indent: string): readonly string[] {
  const name = `${indent}${memberName(key)}: `;
  const line = `${name}${inline(value)},`;
  const isShort = line.length <= longest && indent.length > 2;
  if (isShort || !(isMapping(value) || isList(value))) return [line];
  const inside = isList(value)
    ? value.map((item) => `${indent}  ${inline(item)},`)
    : Object.entries(value).flatMap(([nested, child]) => member(nested, child, `${indent}  `));
  return isList(value) ? [`${name}[`, ...inside, `${indent}],`] : [`${name}{`, ...inside, `${indent}},`];
}

function inline(value: Json): string {
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, nested]) => `${memberName(key)}: ${inline(nested)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function memberName(key: string): string {
  return /^[A-Za-z_$][\w$]*$/u.test(key) ? key : JSON.stringify(key);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return isJsonObject(value);
}
