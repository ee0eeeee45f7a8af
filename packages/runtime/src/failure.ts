// What was thrown, as a record keeps it.
import { isZenliteError, messageOf, type Failure } from "@zenlite/core";
import type { Masker } from "./secrets.ts";
import { firstPlace, type MapStack } from "./stack.ts";

const deepest = 5;

export interface FailureOptions {
  readonly mapStack: MapStack;
  readonly mask: Masker;
  /** For what is no error of zenlite; the default is ZENLITE_STEP_FAILED. */
  readonly code?: string;
}

/** The failure of a step: its message, the user's frames, and its causes beneath them. */
export function failureOf(thrown: unknown, { mapStack, mask, code = "ZENLITE_STEP_FAILED" }: FailureOptions): Failure {
  const own = isZenliteError(thrown);
  const stack = stackOf(thrown, mapStack, 0);
  const at = firstPlace(stack);
  return {
    code: own ? thrown.code : code,
    message: mask(own ? thrown.message : sentence(thrown)),
    ...(own && thrown.hint !== undefined ? { hint: mask(thrown.hint) } : {}),
    ...(at === undefined ? {} : { at }),
    stack: mask(stack),
  };
}

function sentence(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `It threw ${inWords(thrown)}, which is no Error.`;
  return thrown.name === "Error" ? messageOf(thrown) : `${thrown.name}: ${thrown.message}`;
}

function inWords(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null) {
    try {
      return JSON.stringify(thrown)?.slice(0, 500) ?? "an object";
    } catch {
      return "an object";
    }
  }
  return typeof thrown === "string" ? JSON.stringify(thrown) : String(thrown);
}

function stackOf(thrown: unknown, mapStack: MapStack, depth: number): string {
  if (!(thrown instanceof Error)) return sentence(thrown);
  const lines = [mapStack(typeof thrown.stack === "string" ? thrown.stack : `${thrown.name}: ${thrown.message}`)];
  if (depth >= deepest) return lines.join("\n");
  if (thrown instanceof AggregateError)
    for (const [index, inner] of thrown.errors.slice(0, deepest).entries())
      lines.push(indent(`errors[${index}]: ${stackOf(inner, mapStack, depth + 1)}`));
  if (thrown.cause !== undefined) lines.push(indent(`caused by: ${stackOf(thrown.cause, mapStack, depth + 1)}`));
  return lines.join("\n");
}

function indent(text: string): string {
  return text.replaceAll(/^/gmu, "  ");
}
