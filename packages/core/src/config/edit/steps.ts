// An edit, seen against the data it changes → single steps whose paths are exact. Pure.
import { ZenliteError } from "../../errors.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { toCamel, toSnake } from "../keys.ts";
import { componentTypeOf } from "../names.ts";
import { fieldOf, type FieldPath, type Locate } from "../position.ts";
import { isList, kindOf } from "../report.ts";
import type { Edit } from "./edit.ts";

/** Paths are as the file writes them, and lead to something that is there. */
export type Step =
  | { readonly kind: "put"; readonly path: FieldPath; readonly value: Json }
  /** New keys in the mapping at `path`, which may be empty (`null`). */
  | { readonly kind: "add"; readonly path: FieldPath; readonly members: JsonObject }
  /** A new item in the list at `path`, which may be empty (`null`). */
  | { readonly kind: "push"; readonly path: FieldPath; readonly value: Json }
  /** `from` is what was to go; `path` leads to the outermost mapping or list that it leaves empty. */
  | { readonly kind: "cut"; readonly path: FieldPath; readonly from: FieldPath }
  | { readonly kind: "rename"; readonly path: FieldPath; readonly name: string };

/** No step where the data says it already. Throws ZENLITE_CONFIG_INVALID where the path leads through something that has no keys. */
export function stepsFor(data: Json, edit: Edit, locate: Locate): readonly Step[] {
  if ("set" in edit) return stepsToSet(data, edit.at, edit.set, locate);
  const found = follow(data, edit.at, locate);
  if ("remove" in edit)
    return found.rest.length > 0 ? [] : [{ kind: "cut", path: hoist(data, found.path), from: found.path }];
  if ("append" in edit) {
    if (found.rest.length > 0) return stepsToSet(data, edit.at, [edit.append], locate);
    if (found.value !== null && !isList(found.value)) throw wrongKind(found.path, "a list", found.value, locate);
    return [{ kind: "push", path: found.path, value: edit.append }];
  }
  const parent = valueAt(data, found.path.slice(0, -1));
  if (found.rest.length > 0 || !isJsonObject(parent))
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", `There is no ${fieldOf(edit.at)} to rename.`, {
      where: locate(found.path),
    });
  if (found.path.at(-1) === edit.rename) return [];
  if (Object.hasOwn(parent, edit.rename)) {
    const taken = [...found.path.slice(0, -1), edit.rename];
    throw new ZenliteError("ZENLITE_CONFIG_INVALID", `${fieldOf(taken)} is there already.`, {
      where: locate(taken, "key"),
    });
  }
  return [{ kind: "rename", path: found.path, name: edit.rename }];
}

function stepsToSet(data: Json, at: FieldPath, value: Json, locate: Locate): readonly Step[] {
  const { path, rest, value: old } = follow(data, at, locate);
  const [key, ...deeper] = rest;
  if (key === undefined) return stepsToReplace(path, old, value);
  const wrapped = deeper.reduceRight<Json>(
    (inner, part) => (typeof part === "number" ? [inner] : { [part]: inner }),
    value,
  );
  if (typeof key === "string") return [{ kind: "add", path, members: { [key]: wrapped } }];
  return [{ kind: "push", path, value: wrapped }];
}

/** A mapping over a mapping changes key by key, so that what stays the same keeps its comments. */
function stepsToReplace(path: FieldPath, old: Json, value: Json): readonly Step[] {
  if (canonicalJson(old) === canonicalJson(value)) return [];
  if (!isMapping(old) || !isMapping(value)) return [{ kind: "put", path, value }];
  const written = new Map(Object.keys(value).map((key) => [writtenKey(old, key, path) ?? key, key]));
  const gone = Object.keys(old).filter((key) => !written.has(key));
  if (gone.length === Object.keys(old).length) return [{ kind: "put", path, value }];
  const changed = [...written].flatMap(([key, given]) => {
    const before = Object.hasOwn(old, key) ? old[key] : undefined;
    return before === undefined ? [] : stepsToReplace([...path, key], before, value[given] ?? null);
  });
  const added = [...written].filter(([key]) => !Object.hasOwn(old, key));
  const members = added.map(([key, given]) => [key, value[given] ?? null] as const);
  // Sections each have their place; elsewhere what is new stands together at the end.
  const groups = path.length === 0 ? members.map((member) => [member]) : members.length === 0 ? [] : [members];
  return [
    ...changed,
    ...groups.map((group): Step => ({ kind: "add", path, members: Object.fromEntries(group) })),
    ...gone.map((key): Step => ({ kind: "cut", path: [...path, key], from: [...path, key] })),
  ];
}

interface Found {
  /** What is there, as it is written. */
  readonly path: FieldPath;
  /** What is not there. */
  readonly rest: FieldPath;
  /** The value at `path`. */
  readonly value: Json;
}

function follow(data: Json, at: FieldPath, locate: Locate): Found {
  let value = data;
  const path: (string | number)[] = [];
  for (const [index, part] of at.entries()) {
    const rest = at.slice(index);
    if (value === null) return { path, rest, value };
    if (typeof part === "number") {
      if (!isList(value)) throw wrongKind(path, "a list", value, locate);
      const item = value[part];
      if (item === undefined) return { path, rest, value };
      value = item;
      path.push(part);
    } else {
      if (!isMapping(value)) throw wrongKind(path, "a mapping", value, locate);
      const key = writtenKey(value, part, path);
      const member = key === undefined ? undefined : value[key];
      if (key === undefined || member === undefined) return { path, rest, value };
      value = member;
      path.push(key);
    }
  }
  return { path, rest: [], value };
}

/**
 * The key as the file spells it. Component types and the keys of a component are read in either spelling; names are exact,
 * and so is what lies deeper, which may be a mapping of the user's own.
 */
function writtenKey(mapping: JsonObject, key: string, path: FieldPath): string | undefined {
  if (Object.hasOwn(mapping, key)) return key;
  const keys = Object.keys(mapping);
  const type = componentTypeOf(key);
  const inStack = path.length === 2 && path[0] === "stack";
  if (path.length === 0 || inStack)
    return type === undefined ? undefined : keys.find((candidate) => componentTypeOf(candidate) === type);
  const inComponent = path.length === 2 && typeof path[0] === "string" && componentTypeOf(path[0]) !== undefined;
  if (!inComponent) return undefined;
  return keys.find((candidate) => toSnake(candidate) === toSnake(key) || toCamel(candidate) === toCamel(key));
}

/** The outermost mapping or list that holds nothing else, or the path itself. */
function hoist(data: Json, path: FieldPath): FieldPath {
  const above = path.slice(0, -1);
  if (above.length === 0) return path;
  const holder = valueAt(data, above);
  const size = isList(holder) ? holder.length : Object.keys(holder ?? {}).length;
  return size === 1 ? hoist(data, above) : path;
}

function valueAt(data: Json, path: FieldPath): Json {
  let value = data;
  for (const part of path) {
    if (isList(value) && typeof part === "number") value = value[part] ?? null;
    else if (isMapping(value)) value = value[part] ?? null;
    else return null;
  }
  return value;
}

/** What the data should be after a step. */
export function applyStep(data: Json, step: Step): Json {
  if (step.kind === "add")
    return change(data, step.path, (old) => Object.fromEntries([...members(old), ...Object.entries(step.members)]));
  if (step.kind === "push") return change(data, step.path, (old) => [...(isList(old) ? old : []), step.value]);
  if (step.kind === "put") return change(data, step.path, () => step.value);
  const key = step.path.at(-1);
  return change(data, step.path.slice(0, -1), (old) => {
    if (isList(old)) return old.filter((_item, index) => index !== key);
    if (step.kind === "cut") return Object.fromEntries(members(old).filter(([name]) => name !== key));
    return Object.fromEntries(members(old).map(([name, value]) => [name === key ? step.name : name, value]));
  });
}

function change(data: Json, path: FieldPath, to: (old: Json) => Json): Json {
  const [part, ...rest] = path;
  if (part === undefined) return to(data);
  if (isList(data)) return data.map((item, index) => (index === part ? change(item, rest, to) : item));
  return Object.fromEntries(members(data).map(([key, value]) => [key, key === part ? change(value, rest, to) : value]));
}

function members(value: Json): readonly (readonly [string, Json])[] {
  return isMapping(value) ? Object.entries(value) : [];
}

function isMapping(value: Json): value is JsonObject {
  return isJsonObject(value);
}

function wrongKind(path: FieldPath, expected: string, value: Json, locate: Locate): ZenliteError {
  const field = path.length === 0 ? "The file" : fieldOf(path);
  return new ZenliteError("ZENLITE_CONFIG_INVALID", `${field}: expected ${expected}, got ${kindOf(value)}.`, {
    where: locate(path),
  });
}
