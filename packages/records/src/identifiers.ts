// Names for what is made anew: runs, attempts, writers.
import { randomBytes } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

function random(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join("");
}

/** 12 characters (60 bits): attempts and writers have one of their own. */
export function newNonce(): string {
  return random(12);
}

/** `20261121-182401-123-k3f9x2` (UTC): sorts by time to the millisecond, 26 characters. */
export function newRunId(now: Date): string {
  return `${runStamp(now)}-${random(6)}`;
}

/** How the ids of runs made at this time start. */
export function runStamp(now: Date): string {
  const digits = now.toISOString().replaceAll(/\D/gu, "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}`;
}
