// A readable name of a value's type, for people who look at records.
import { classOf } from "./walk.ts";

/** `number`, `number[][]`, `Map`, `object`. Lists are judged by their first item. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) {
    const [first] = value;
    return value.length === 0 ? "list" : `${typeOf(first)}[]`;
  }
  if (typeof value !== "object") return typeof value;
  const name = classOf(value);
  return name === "Object" || Object.getPrototypeOf(value) === null ? "object" : name;
}
