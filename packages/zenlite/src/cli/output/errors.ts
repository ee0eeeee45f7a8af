// How an error reads: code, what, where, the next thing to type. A stack appears only for faults of zenlite itself.
import { styleText } from "node:util";
import { isZenliteError, messageOf, type Place, type ZenliteError } from "@zenlite/core";

function placeText(where: Place | undefined): string {
  if (where === undefined) return "";
  const position =
    where.line === undefined ? "" : `:${where.line}${where.column === undefined ? "" : `:${where.column}`}`;
  const file = where.file === undefined ? "" : `${where.file}${position}`;
  return [where.package, file, where.field].filter((part) => part !== undefined && part !== "").join(" ");
}

const maximalCauses = 5;

function causes(error: Error): string[] {
  const lines: string[] = [];
  let cause = error.cause;
  let said = error.message;
  while (cause !== undefined && lines.length < maximalCauses) {
    const message = messageOf(cause);
    // Many messages end in that of their cause.
    if (!said.includes(message)) lines.push(`  cause: ${message}`);
    said = message;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** The lines of one error and of those found with it, for people. */
export function errorText(error: unknown, paint = true): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    paint ? styleText(format, text, { stream: process.stderr }) : text;
  if (!isZenliteError(error)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style("red", "error")} ZENLITE_INTERNAL: this is a fault of zenlite itself, please report it.\n${stack}`;
  }
  const one = (problem: ZenliteError): string => {
    const place = placeText(problem.where);
    return [
      `${style("red", "error")} ${problem.code}${place === "" ? "" : `  ${style("cyan", place)}`}`,
      `  ${problem.message.replaceAll("\n", "\n  ")}`,
      ...causes(problem),
      ...(problem.hint === undefined
        ? []
        : [`  ${style("bold", "next:")} ${problem.hint.replaceAll("\n", "\n        ")}`]),
    ].join("\n");
  };
  return [error, ...error.others].map(one).join("\n");
}

/** The same as data, for scripts. */
function errorJson(error: unknown): object {
  if (!isZenliteError(error)) return { code: "ZENLITE_INTERNAL", message: messageOf(error) };
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.others.length === 0 ? {} : { others: error.others.map(errorJson) }),
  };
}

/** People read standard error; with `--json`, standard output gets the error as one line as well. */
export function reportError(error: unknown, json: boolean): void {
  process.stderr.write(`${errorText(error)}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ event: "error", ...errorJson(error) })}\n`);
}
