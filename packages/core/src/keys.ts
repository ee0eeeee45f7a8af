// The keys of an artifact store: what each store takes and refuses alike, so that one can be copied into another.
import { ZenliteError } from "./errors.ts";

/** Where a store keeps, or lists, unfinished writes. No key may lie in it. */
export const temporaryFolder = ".tmp";

/** S3 takes no longer key, in bytes. */
export const longestKey = 1024;
/** A file name has 255 bytes at most, and a local store puts a version's number behind the last part. */
const longestPart = 200;

/** Throws ZENLITE_KEY_INVALID unless the key is one that every store and file system can hold. */
export function checkKey(key: string): void {
  checkParts(key.split("/"), key);
  if (key.split("/", 1)[0] === temporaryFolder)
    refuseKey(key, `"${temporaryFolder}" is reserved for unfinished writes`);
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
      refuseKey(
        key,
        key === "" ? "it is empty" : "it has an empty part (it starts or ends with / or has two together)",
      );
    if (part === "." || part === "..") refuseKey(key, `"${part}" is no name`);
    checkText(part, key);
    if (/@\d+$/.test(part)) refuseKey(key, `a part may not end in @ and digits ("${part}"): versions are stored so`);
    if (Buffer.byteLength(part) > longestPart) refuseKey(key, `a part has more than ${longestPart} bytes`);
  }
  if (Buffer.byteLength(key) > longestKey) refuseKey(key, `it has more than ${longestKey} bytes`);
}

function checkText(part: string, key: string): void {
  if (part.includes("\\")) refuseKey(key, "it holds a backslash");
  if (part.includes("\0")) refuseKey(key, "it holds a NUL character");
  if (!part.isWellFormed()) refuseKey(key, "it holds half a character (a lone surrogate)");
}

/** Throws ZENLITE_KEY_INVALID with the reason, for what only one store cannot hold. */
export function refuseKey(key: string, why: string, cause?: unknown): never {
  const shown = JSON.stringify(key.length > 300 ? `${key.slice(0, 297)}...` : key);
  throw new ZenliteError("ZENLITE_KEY_INVALID", `The artifact store has no place for the key ${shown}: ${why}.`, {
    hint: "Give the step or output another name: letters, digits, - and _ are always right.",
    cause,
  });
}
