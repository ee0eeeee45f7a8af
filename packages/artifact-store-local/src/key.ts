import { ZenliteError } from "@zenlite/core";

/** Where unfinished writes lie, beside the keys. No key may start with it. */
export const temporaryFolder = ".tmp";

/** S3 takes no longer key; a store that is copied there must still fit. */
const longestKey = 1024;
/** A file name has 255 bytes at most, and a version's number is put behind the last part. */
const longestPart = 200;

/** Throws ZENLITE_KEY_INVALID unless the key is one that every store and file system can hold. */
export function checkKey(key: string): void {
  checkParts(key.split("/"), key);
  if (key.split("/", 1)[0] === temporaryFolder) refuse(key, `"${temporaryFolder}" is reserved for unfinished writes`);
}

/** A prefix may end in the middle of a part; the parts before must be those of a key. */
export function checkPrefix(prefix: string): void {
  const parts = prefix.split("/");
  const started = parts.pop() ?? "";
  checkParts(parts, prefix);
  checkText(started, prefix);
}

function checkParts(parts: readonly string[], key: string): void {
  for (const part of parts) {
    if (part === "")
      refuse(key, key === "" ? "it is empty" : "it has an empty part (it starts or ends with / or has two together)");
    if (part === "." || part === "..") refuse(key, `"${part}" is no name`);
    checkText(part, key);
    if (/@\d+$/.test(part)) refuse(key, `a part may not end in @ and digits ("${part}"): versions are stored so`);
    if (Buffer.byteLength(part) > longestPart) refuse(key, `a part has more than ${longestPart} bytes`);
  }
  if (Buffer.byteLength(key) > longestKey) refuse(key, `it has more than ${longestKey} bytes`);
}

function checkText(part: string, key: string): void {
  if (part.includes("\\")) refuse(key, "it holds a backslash");
  if (part.includes("\0")) refuse(key, "it holds a NUL character");
  if (!part.isWellFormed()) refuse(key, "it holds half a character (a lone surrogate)");
}

export function refuse(key: string, why: string, cause?: unknown): never {
  const shown = JSON.stringify(key.length > 300 ? `${key.slice(0, 297)}...` : key);
  throw new ZenliteError("ZENLITE_KEY_INVALID", `The artifact store has no place for the key ${shown}: ${why}.`, {
    hint: "Give the step or output another name: letters, digits, - and _ are always right.",
    cause,
  });
}

/** `lease@12` → `lease` and 12; any other file name is its own object. */
export function parseVersion(name: string): { readonly name: string; readonly version: number } | undefined {
  const match = /^(.+)@([1-9]\d{0,14})$/.exec(name);
  return match?.[1] === undefined ? undefined : { name: match[1], version: Number(match[2]) };
}

/** The order of the keys' UTF-8 bytes, as S3 lists them. `<` compares UTF-16, which differs beyond U+FFFF. */
export function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters beyond U+FFFF, so they come after everything else. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
