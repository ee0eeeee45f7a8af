// What a step's process is told: one line of JSON on the supervisor's standard input, and further ones that renew credentials. They hold
// secrets, so they are never an argument, an environment variable or a file.
import {
  isJsonObject,
  ZenliteError,
  type ConfigPlace,
  type Credentials,
  type Json,
  type PlanStep,
} from "@zenlite/core";

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
  readonly store: {
    readonly config: Json;
    readonly place: ConfigPlace;
    /** What `context.credentials` answers with when it is opened; absent: the vendor's default chain. */
    readonly credentials?: Credentials;
  };
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

/** One line, without its newline, for `StepLauncher.tell`: newer credentials for the store. */
export function encodeRenewal(credentials: Credentials): string {
  return JSON.stringify({ kind: "credentials", credentials });
}

/** `undefined` for a line that says something else: a newer driver may have more to say. */
export function parseRenewal(text: string): Credentials | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isJsonObject(line) && line["kind"] === "credentials" && isCredentials(line["credentials"])
      ? line["credentials"]
      : undefined;
  } catch {
    return undefined;
  }
}

function isCredentials(value: unknown): value is Credentials {
  return isJsonObject(value) && typeof value["kind"] === "string" && isJsonObject(value["value"]);
}

function invalid(what: string): ZenliteError {
  return new ZenliteError("ZENLITE_WORD_INVALID", `What the driver told this step's process ${what}.`, {
    fault: "internal",
  });
}
