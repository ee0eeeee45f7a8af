// SHA-256 of bytes, texts and data.
import { hash } from "node:crypto";
import { canonicalJson, type Digest } from "@zenlite/core";

export function digestOf(data: Uint8Array | string): Digest {
  return `sha256:${hash("sha256", data, "hex")}`;
}

/** Equal data has an equal digest, in whatever order its keys stand. */
export function digestOfJson(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}

/** The digest without its `sha256:`. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
