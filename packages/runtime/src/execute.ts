// One attempt of a step, from its inputs to its outcome: everything that the step's process reads and writes.
import {
  isJsonObject,
  messageOf,
  ZenliteError,
  type ArtifactStore,
  type AttemptEnded,
  type Call,
  type Failure,
  type JsonObject,
  type Logger,
  type Manifest,
  type StepOutcome,
} from "@zenlite/core";
import { missingOutput, stepOf, type StepDefinition } from "@zenlite/pipeline";
import { cacheKey, keyParts, layout, readJson, recordHead, writeOnce, type CacheEntry } from "@zenlite/records";
import { createContext } from "./context.ts";
import { failureOf } from "./failure.ts";
import { loadInputs, readParents } from "./inputs.ts";
import { storeOutputs } from "./outputs.ts";
import { maskerOf, maskJson, type Masker } from "./secrets.ts";
import type { MapStack } from "./stack.ts";
import { exitOf } from "./stop.ts";
import type { StepWord } from "./word.ts";

export interface ExecuteOptions {
  readonly word: StepWord;
  readonly store: ArtifactStore;
  /** The namespace of `code.mjs`. */
  readonly code: { readonly [name: string]: unknown };
  /** Need not exist: it is made when it is needed. Whoever gives it removes it. */
  readonly scratchFolder: string;
  /** Aborts with `stoppedReason` or `timeoutReason`. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly mapStack?: MapStack;
  /** What it masks may grow while the step runs; that of the word where not given. */
  readonly masker?: Masker;
}

export type Executed =
  | { readonly status: "completed"; readonly outcome: StepOutcome }
  | { readonly status: "failed"; readonly error: Failure };

/**
 * Runs a step: its artifacts first, its outcome last, so that nothing is ever half-recorded. Never throws: a failure, of the user's
 * code or of the store, becomes `attempt.ended` and is given back.
 */
export async function executeStep(options: ExecuteOptions): Promise<Executed> {
  const { word, store } = options;
  try {
    return { status: "completed", outcome: await runStep(options) };
  } catch (thrown) {
    const error =
      thrown instanceof UserFailure
        ? failureFor(options, thrown.cause, "ZENLITE_STEP_FAILED")
        : failureFor(options, thrown, thrown instanceof TypeError ? "ZENLITE_INTERNAL" : "ZENLITE_STORE_FAILED");
    await recordFailure(word, store, error, options.signal);
    return { status: "failed", error };
  }
}

/** Why the step failed: what its signal says, where that had aborted before. */
function failureFor(
  { word, signal, mapStack = (stack) => stack, masker: mask = maskerOf(word) }: ExecuteOptions,
  thrown: unknown,
  code: string,
): Failure {
  const found = failureOf(thrown, { mapStack, mask, code });
  if (!signal.aborted) return found;
  const reason = failureOf(signal.reason, { mapStack, mask });
  return { ...found, ...reason, ...(found.stack === undefined ? {} : { stack: found.stack }) };
}

/** What the user's function threw, told apart from what zenlite itself meets. */
class UserFailure extends Error {}

async function runStep(options: ExecuteOptions): Promise<StepOutcome> {
  const { word, store, code, signal } = options;
  const { step } = word;
  const call: Call = { signal };
  const definition = findStep(code, step.export, word);
  const outcomes = await readParents(options, call);
  const manifestOf = (parent: string, output: string): Manifest => {
    const outputs = outcomes.get(parent)?.outputs ?? {};
    const manifest = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
    if (manifest === undefined) throw missingOutput(parent, output, Object.keys(outputs));
    return manifest;
  };
  const parts = keyParts(step, manifestOf);
  const key = cacheKey(parts);
  const inputs = await loadInputs(options, manifestOf);
  const { context, metadata, metrics } = createContext(word, options);

  const started = performance.now();
  const result = await runFunction(definition, inputs, context);
  const outputs = await storeOutputs(result, definition, options);
  // What is being stopped does not become done any more.
  signal.throwIfAborted();
  const outcome: StepOutcome = {
    ...recordHead(word.run, word.writer),
    kind: "step.outcome",
    step: step.id,
    attempt: word.attempt,
    status: "completed",
    key,
    outputs,
    ...(Object.keys(metadata).length === 0
      ? {}
      : { metadata: maskJson(metadata, options.masker ?? maskerOf(word)) as JsonObject }),
    ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    seconds: Math.round(performance.now() - started) / 1000,
  };
  const winner = await commit(outcome, store, word);
  if (winner === outcome && step.cache) {
    const entry: CacheEntry = { format: 1, run: word.run, step: step.id, key, parts, outputs, at: outcome.at };
    await writeOnce(store, layout.cacheEntry(key, word.run, step.id), entry, lasting).catch((error: unknown) => {
      // The step is done, whatever becomes of this: it will run again where it could have been taken from the cache.
      options.log.warn(`the cache did not take the outputs of this step: ${messageOf(error)}`);
    });
  }
  return winner;
}

/** Not the step's signal: what has happened is recorded even while the step is being stopped. */
const lasting: Call = { signal: new AbortController().signal };

function findStep(code: ExecuteOptions["code"], name: string, word: StepWord): StepDefinition {
  const steps = code["steps"];
  const found =
    isJsonObject(steps) && Object.hasOwn(steps, name)
      ? stepOf((steps as { [name: string]: unknown })[name])
      : undefined;
  if (found !== undefined) return found;
  throw new ZenliteError(
    "ZENLITE_STEP_NOT_FOUND",
    `The code of this run has no step "${name}" (for ${word.step.id}).`,
    {
      fault: "internal",
      hint: "The plan and the code belong to different versions: start a new run.",
    },
  );
}

async function runFunction(
  definition: StepDefinition,
  inputs: object,
  context: ReturnType<typeof createContext>["context"],
): Promise<unknown> {
  try {
    // Apart from its object, or the first frame of every stack reads "Object.run".
    const { run } = definition;
    return await run(inputs as never, context);
  } catch (cause) {
    throw new UserFailure("the step's function threw", { cause });
  }
}

/** The commit marker. Where another attempt, or a cancel, was first, that is what happened. */
async function commit(outcome: StepOutcome, store: ArtifactStore, word: StepWord): Promise<StepOutcome> {
  const key = layout.outcome(word.run, word.step.id);
  if (await writeOnce(store, key, outcome, lasting)) return outcome;
  const winner = await readJson<StepOutcome>(store, key, lasting);
  if (winner?.status === "completed" || winner?.status === "cached")
    return winner.attempt === word.attempt ? outcome : winner;
  throw new ZenliteError(
    "ZENLITE_OUTCOME_TAKEN",
    `Step "${word.step.id}" ended, but the run had already recorded it as ${winner?.status ?? "something unreadable"}.`,
    {
      fault: "run",
    },
  );
}

/** Writes `attempt.ended`. Where the store takes nothing any more, whoever started this process sees how it ended. */
export async function recordFailure(
  word: StepWord,
  store: ArtifactStore,
  error: Failure,
  signal: AbortSignal,
): Promise<void> {
  const record: AttemptEnded = {
    ...recordHead(word.run, word.writer),
    kind: "attempt.ended",
    step: word.step.id,
    attempt: word.attempt,
    exit: exitOf(signal),
    error,
  };
  try {
    await writeOnce(store, layout.ended(word.run, word.step.id, word.attempt), record, lasting);
  } catch {
    // Nothing more can be done here.
  }
}
