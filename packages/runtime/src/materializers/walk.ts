// One walk over a value says how it is stored: as JSON, as structured data (Date, Map, NaN, cycles, …), or not at all, and then
// where inside it the trouble is and what to do about it.

/** What cannot be stored as data. */
export interface Obstacle {
  /** From the value to the trouble: keys and indices. */
  readonly path: readonly (string | number)[];
  /** "an instance of Model", "the function score". */
  readonly what: string;
  /** The class, where it is an instance of one. */
  readonly className?: string;
  readonly todo: string;
}

export type Walked = "json" | "structured" | Obstacle;

interface Walk {
  structured: boolean;
  readonly seen: Set<object>;
}

/** Found on the way back up, so that the walk itself need not keep a path. */
interface Found {
  readonly path: (string | number)[];
  readonly what: string;
  readonly className?: string;
  readonly todo: string;
}

/** Objects that structured data keeps, by prototype: a subclass would come back as something else. */
const structuredPrototypes: ReadonlyMap<unknown, "leaf" | "map" | "set"> = new Map<unknown, "leaf" | "map" | "set">([
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  ...[Date, RegExp, URL, URLSearchParams, ArrayBuffer, DataView, Number, String, Boolean, Buffer].map(
    (kind): [unknown, "leaf"] => [kind.prototype, "leaf"],
  ),
]);
const typedArrayPrototype: unknown = Object.getPrototypeOf(Uint8Array.prototype);

export function walk(value: unknown): Walked {
  const state: Walk = { structured: false, seen: new Set() };
  let found: Found | undefined;
  try {
    found = visit(value, state);
  } catch (error) {
    // The stack ran out: so it would in JSON.stringify.
    if (!(error instanceof RangeError)) throw error;
    found = {
      path: [],
      what: "data nested more deeply than can be written",
      todo: "Store it flat: a list of nodes that name each other by number.",
    };
  }
  if (found !== undefined) return { ...found, path: found.path.toReversed() };
  return state.structured ? "structured" : "json";
}

function visit(value: unknown, state: Walk): Found | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      if (!Number.isFinite(value) || Object.is(value, -0)) state.structured = true;
      return undefined;
    case "undefined":
    case "bigint":
      state.structured = true;
      return undefined;
    case "object":
      return value === null ? undefined : visitObject(value, state);
    case "function":
      return {
        path: [],
        what: `the function ${value.name || "(without a name)"}`,
        todo: "Return data only; import the function where it is used.",
      };
    case "symbol":
      return { path: [], what: "a symbol", todo: "Return a text instead." };
  }
}

function visitObject(object: object, state: Walk): Found | undefined {
  if (state.seen.has(object)) {
    // Shared or cyclic: JSON would write it twice, or never end.
    state.structured = true;
    return undefined;
  }
  state.seen.add(object);
  const prototype: unknown = Object.getPrototypeOf(object);
  if (Array.isArray(object) && prototype === Array.prototype) return visitList(object, state);
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null)
    return visitRecord(object, prototype, state);
  const kind = structuredPrototypes.get(prototype);
  if (kind === undefined && Object.getPrototypeOf(prototype) !== typedArrayPrototype && !isTemporal(object))
    return instance(object);
  state.structured = true;
  if (kind === "map") return visitMap(object as Map<unknown, unknown>, state);
  if (kind === "set") return visitSet(object as Set<unknown>, state);
  return undefined;
}

function visitList(list: readonly unknown[], state: Walk): Found | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    // The common case, matrices of numbers, without a call.
    if (typeof item === "number" && item - item === 0 && item !== 0) continue;
    const found = visit(item, state);
    if (found !== undefined) {
      found.path.push(index);
      return found;
    }
  }
  return undefined;
}

function visitRecord(record: object, prototype: unknown, state: Walk): Found | undefined {
  if (prototype === null) state.structured = true;
  if (Object.getOwnPropertySymbols(record).length > 0) return symbolKeys(record);
  for (const [key, nested] of Object.entries(record)) {
    const found = visit(nested, state);
    if (found !== undefined) {
      found.path.push(key);
      return found;
    }
  }
  return undefined;
}

function visitMap(map: Map<unknown, unknown>, state: Walk): Found | undefined {
  for (const [key, nested] of map) {
    const found = visit(key, state) ?? visit(nested, state);
    if (found !== undefined) {
      found.path.push(`get(${typeof key === "string" || typeof key === "number" ? key : "…"})`);
      return found;
    }
  }
  return undefined;
}

function visitSet(set: Set<unknown>, state: Walk): Found | undefined {
  let index = 0;
  for (const item of set) {
    const found = visit(item, state);
    if (found !== undefined) {
      found.path.push(index);
      return found;
    }
    index += 1;
  }
  return undefined;
}

function isTemporal(object: object): boolean {
  return Object.prototype.toString.call(object).startsWith("[object Temporal.");
}

function symbolKeys(record: object): Found {
  if (Symbol.for("zenlite.file") in record)
    return {
      path: [],
      what: "a file inside other data",
      todo: "Return it as an output of its own: return { report: file(path) }",
    };
  return { path: [], what: "an object with symbols as keys", todo: "Use texts as keys." };
}

function instance(object: object): Found {
  const className = classOf(object);
  if (object instanceof Promise || className === "Promise")
    return { path: [], what: "a promise", todo: "Await it before it is returned." };
  if (object instanceof ReadableStream || ("pipe" in object && typeof object.pipe === "function"))
    return {
      path: [],
      what: `a stream (${className}) inside other data`,
      todo: "Return it as an output of its own: return { rows: stream }",
    };
  return {
    path: [],
    what: `an instance of ${className}`,
    className,
    todo: `Return plain data (for example { ...${variable(className)} }), or give the step a materializer({ name, matches, save, load }) for ${className}, or write a file and return file(path).`,
  };
}

export function classOf(object: object): string {
  const name: unknown = object.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "a class without a name";
}

function variable(className: string): string {
  return /^[A-Z][A-Za-z]*$/u.test(className) ? className.slice(0, 1).toLowerCase() + className.slice(1) : "value";
}

/** `model.weights[3]`. */
export function pathText(root: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return /^[A-Za-z_$][\w$]*(?:\(.*\))?$/u.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, root);
}
