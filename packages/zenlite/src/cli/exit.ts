// Exit codes, as the README promises them.
import { isZenliteError } from "@zenlite/core";

export const exitCodes = { done: 0, failed: 1, user: 2, environment: 3, interrupted: 130 } as const;

/** 2: the user's mistake. 3: the environment (no engine, no credentials, a full disk). 1: everything else. */
export function exitCodeOf(error: unknown): number {
  if (!isZenliteError(error)) return exitCodes.failed;
  if (error.fault === "user") return exitCodes.user;
  return error.fault === "environment" ? exitCodes.environment : exitCodes.failed;
}
