// Configuration is data: what JSON cannot hold is refused where it stands, so that nothing later has to ask.
import { ZenliteError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { FieldPath, Locate } from "./position.ts";

/** Deeper than any configuration, shallower than any stack. */
const maxDepth = 100;

/** A copy of the value as JSON data. `undefined` members are left out. Problems: ZENLITE_CONFIG_INVALID. */
export function toData(
  value: unknown,
  locate: Locate,
): { readonly value: Json; readonly problems: readonly ZenliteError[] } {
  const problems: ZenliteError[] = [];
  const refuse = (path: FieldPath, message: string): null => {
    problems.push(new ZenliteError("ZENLITE_CONFIG_INVALID", message, { where: locate(path) }));
    return null;
  };
  const copy = (nested: unknown, path: FieldPath, above: readonly object[]): Json => {
    if (nested === null || typeof nested === "string" || typeof nested === "boolean") return nested;
    if (typeof nested === "number")
      return Number.isFinite(nested) ? nested : refuse(path, `${nested} is no number that configuration can hold.`);
    if (typeof nested !== "object") return refuse(path, `Expected data, got ${typeof nested}.`);
    if (above.includes(nested)) return refuse(path, "The value contains itself.");
    if (path.length > maxDepth) return refuse(path, "The lists or mappings are nested too deeply.");
    const inside = [...above, nested];
    if (Array.isArray(nested)) return Array.from(nested, (item, index) => copy(item, [...path, index], inside));
    const prototype: unknown = Object.getPrototypeOf(nested);
    if (prototype !== Object.prototype && prototype !== null)
      return refuse(path, "Expected data, got an instance of a class.");
    const members: [string, Json][] = [];
    for (const [key, member] of Object.entries(nested))
      if (member !== undefined) members.push([key, copy(member, [...path, key], inside)]);
    // Makes own properties, even of a key "__proto__".
    return Object.fromEntries(members);
  };
  return { value: copy(value, [], []), problems };
}
