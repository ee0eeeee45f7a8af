/** Where a mistake stands. Lines and columns count from 1. */
export interface Place {
  readonly package?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The path of keys inside the file, as the user wrote them. */
  readonly field?: string;
}

/**
 * Whose turn it is to act.
 * `user`: a mistake in code, configuration or a command line. `environment`: no engine, no credentials, a full disk.
 * `run`: a step of the run failed. `internal`: zenlite itself is wrong.
 */
export type Fault = "user" | "environment" | "run" | "internal";

export interface ErrorDetails {
  /** What to do, best as a command to type. */
  readonly hint?: string;
  readonly where?: Place;
  readonly cause?: unknown;
  /** Defaults to `user`. */
  readonly fault?: Fault;
  /** Further problems found in the same pass. */
  readonly others?: readonly ZenliteError[];
}

/** The one error class of zenlite: a stable code, a message that names place and value, and the next thing to type. */
export class ZenliteError extends Error {
  override readonly name = "ZenliteError";
  readonly code: `ZENLITE_${string}`;
  readonly hint: string | undefined;
  readonly where: Place | undefined;
  readonly fault: Fault;
  readonly others: readonly ZenliteError[];

  constructor(code: `ZENLITE_${string}`, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.where = details.where;
    this.fault = details.fault ?? "user";
    this.others = details.others ?? [];
  }
}

/** True for a ZenliteError of any copy of this package: bundles meet by structure, not by `instanceof`. */
export function isZenliteError(value: unknown): value is ZenliteError {
  return (
    value instanceof Error &&
    value.name === "ZenliteError" &&
    "code" in value &&
    typeof value.code === "string" &&
    value.code.startsWith("ZENLITE_")
  );
}

/** True when an error of any copy of this package, or of Node (`ENOENT`), has the code. */
export function hasCode(value: unknown, code: string): boolean {
  return typeof value === "object" && value !== null && "code" in value && value.code === code;
}

/** One line that says what went wrong, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}

/** One error out of several: the first speaks, the others are listed beneath it. */
export function combineErrors(errors: readonly [ZenliteError, ...ZenliteError[]]): ZenliteError {
  const [first, ...rest] = errors;
  if (rest.length === 0) return first;
  return new ZenliteError(first.code, first.message, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    ...(first.where === undefined ? {} : { where: first.where }),
    ...(first.cause === undefined ? {} : { cause: first.cause }),
    fault: first.fault,
    others: rest,
  });
}
