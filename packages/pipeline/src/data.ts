// A literal input or a parameter becomes part of the plan and of the cache key, so it must be JSON. What is not is named with
// its path and with what to write instead.
import { ZenliteError, type Json } from "@zenlite/core";
import { isReference, originOf } from "./references.ts";

/** Anything but data inside a value: where it is, what it is, what to do. */
interface Problem {
  readonly path: string;
  readonly what: string;
  readonly todo: string;
}

/** A deep copy of JSON data. Throws ZENLITE_PARAMETER_NOT_DATA; `owner` ("Step x, input") and `name` start the message. */
export function toData(value: unknown, name: string, owner: string): Json {
  const path: (string | number)[] = [];
  const ancestors = new Set<object>();

  function fail(problem: Omit<Problem, "path">): never {
    const where = path.reduce<string>((text, part) => text + segment(part), name);
    throw new ZenliteError(
      "ZENLITE_PARAMETER_NOT_DATA",
      `${owner} ${where} is ${problem.what}, which is no JSON data.`,
      {
        hint: problem.todo,
        where: { field: where },
      },
    );
  }

  function copy(nested: unknown): Json {
    if (typeof nested === "string" || typeof nested === "boolean" || nested === null) return nested;
    if (typeof nested === "number" && Number.isFinite(nested)) return nested === 0 ? 0 : nested;
    if (typeof nested !== "object" || originOf(nested) !== undefined) return fail(notData(nested));
    if (ancestors.has(nested))
      return fail({ what: "a reference back to an object around it", todo: "Give data without cycles." });
    ancestors.add(nested);
    const result = Array.isArray(nested) ? copyList(nested) : copyObject(nested);
    ancestors.delete(nested);
    return result;
  }

  function copyList(list: readonly unknown[]): Json {
    // By index: map() would skip the holes of a sparse list.
    return Array.from({ length: list.length }, (_, index) => {
      path.push(index);
      const item = copy(list[index]);
      path.pop();
      return item;
    });
  }

  function copyObject(object: object): Json {
    if (!isPlain(object) || Object.getOwnPropertySymbols(object).length > 0) return fail(notData(object));
    const result: Record<string, Json> = {};
    for (const [key, nested] of Object.entries(object)) {
      path.push(key);
      // Own data property even for "__proto__".
      Object.defineProperty(result, key, { value: copy(nested), enumerable: true, writable: true, configurable: true });
      path.pop();
    }
    return result;
  }

  return copy(value);
}

/** An object literal: of this realm, of another, or without a prototype. */
export function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function segment(part: string | number): string {
  if (typeof part === "number") return `[${part}]`;
  return /^[A-Za-z_$][\w$]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
}

const makeInside = "Make it inside the step, from data given as an input.";

function notData(value: unknown): Omit<Problem, "path"> {
  if (typeof value === "object" && value !== null) return ofObject(value);
  if (value === undefined) return { what: "undefined", todo: "Leave the key out, or give null." };
  if (typeof value === "number")
    return { what: String(value), todo: "Give null or a text, and turn it back inside the step." };
  if (typeof value === "bigint")
    return { what: "a bigint", todo: "Give String(value), and call BigInt() inside the step." };
  if (typeof value !== "function") return { what: `a ${typeof value}`, todo: makeInside };
  return {
    what: `the function ${value.name || "(without a name)"}`,
    todo: "Import the function in the step's module; give only data as inputs.",
  };
}

function ofObject(value: object): Omit<Problem, "path"> {
  const origin = originOf(value);
  if (origin !== undefined)
    return {
      what: `${isReference(value) ? `output "${value.output}"` : "the whole result"} of step "${origin.step}" inside an object`,
      todo: "Only inputs themselves, and lists of them, are read at run time: make it an input of its own.",
    };
  if (value instanceof Date)
    return { what: "a Date", todo: "Give date.toISOString(), and call new Date() inside the step." };
  if (value instanceof Map) return { what: "a Map", todo: "Give Object.fromEntries(map), or [...map]." };
  if (value instanceof Set) return { what: "a Set", todo: "Give [...set]." };
  if (value instanceof Promise)
    return { what: "a promise", todo: "Await it inside a step: a pipeline's body is synchronous." };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return {
      what: `a ${value.constructor.name}`,
      todo: "Let a step make or read it and return it: data of any size passes from step to step.",
    };
  if (isPlain(value)) return { what: "an object with symbols as keys", todo: "Use texts as keys." };
  const name = value.constructor?.name ?? "";
  return { what: name === "" ? "an instance of a class" : `an instance of ${name}`, todo: makeInside };
}
