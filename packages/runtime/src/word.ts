// What a step's process is told: one line of JSON on the supervisor's standard input. It holds secrets, so it is never an argument,
// an environment variable or a file.
import { isJsonObject, ZenliteError, type ConfigPlace, type Json, type PlanStep } from "@zenlite/core";

export interface StepWord {
  readonly format: 1;
  /** The nonce of the artifact store's project. */
  readonly project: string;
  readonly run: string;
  readonly pipeline: string;
  readonly step: PlanStep;
  readonly attempt: string;
  /** 1 for the first try. */
  readonly number: number;
  /** The nonce of the driver: the head of records carries it. */
  readonly writer: string;
  readonly store: { readonly config: Json; readonly place: ConfigPlace };
  readonly secrets: { readonly [name: string]: string };
  readonly timeoutSeconds?: number;
}

/** One line, without its newline. */
export function encodeWord(word: StepWord): string {
  return JSON.stringify(word);
}

/** Throws ZENLITE_WORD_INVALID; its message holds nothing of the text, which has secrets. */
export function parseWord(text: string): StepWord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid("is no JSON");
  }
  if (!isJsonObject(parsed)) throw invalid("is no object");
  const word: { readonly [key: string]: unknown } = parsed;
  if (word["format"] !== 1) throw invalid(`has format ${JSON.stringify(word["format"])}, expected 1`);
  for (const key of ["run", "attempt", "writer"]) if (typeof word[key] !== "string") throw invalid(`has no "${key}"`);
  if (!isJsonObject(word["step"]) || !isJsonObject(word["store"])) throw invalid('has no "step" or no "store"');
  return parsed as unknown as StepWord;
}

function invalid(what: string): ZenliteError {
  return new ZenliteError("ZENLITE_WORD_INVALID", `What the driver told this step's process ${what}.`, {
    fault: "internal",
  });
}
