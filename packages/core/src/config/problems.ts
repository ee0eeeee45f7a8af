// Problems are collected while reading and thrown together, in the order of the text.
import { combineErrors, ZenliteError } from "../errors.ts";

/** The error itself and those listed beneath it, each alone. */
export function listErrors(error: ZenliteError): readonly ZenliteError[] {
  if (error.others.length === 0) return [error];
  const alone = new ZenliteError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    fault: error.fault,
  });
  return [alone, ...error.others.flatMap(listErrors)];
}

/** By file (in the order given), line and column; what has no position comes first. */
export function sortErrors(errors: readonly ZenliteError[], files: readonly string[] = []): readonly ZenliteError[] {
  const fileOrder = (error: ZenliteError): number =>
    error.where?.file === undefined ? -1 : files.indexOf(error.where.file);
  return [...errors].sort(
    (left, right) =>
      fileOrder(left) - fileOrder(right) ||
      (left.where?.file ?? "").localeCompare(right.where?.file ?? "") ||
      (left.where?.line ?? 0) - (right.where?.line ?? 0) ||
      (left.where?.column ?? 0) - (right.where?.column ?? 0),
  );
}

/** Throws all of them as one error; returns where there are none. */
export function throwTogether(errors: readonly ZenliteError[], files: readonly string[] = []): void {
  const [first, ...others] = sortErrors(errors.flatMap(listErrors), files);
  if (first !== undefined) throw combineErrors([first, ...others]);
}
