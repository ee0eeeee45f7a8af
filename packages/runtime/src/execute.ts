// One attempt of a step, from its inputs to its outcome: everything that the step's process reads and writes.
import { performance } from "node:perf_hooks";
import { join } from "node:path";
import {
  isJsonObject,
  messageOf,
  ZenliteError,
  type ArtifactStore,
  type AttemptEnded,
  type Call,
  type Failure,
  type Input,
  type JsonObject,
  type Logger,
  type Manifest,
  type StepOutcome,
} from "@zenlite/core";
import { isArtifactFile, missingOutput, stepOf, type AnyMaterializer, type StepDefinition } from "@zenlite/pipeline";
import {
  cacheKey,
  checkKeyPart,
  inputsOf,
  keyParts,
  layout,
  readJson,
  recordHead,
  writeOnce,
  type CacheEntry,
} from "@zenlite/records";
import { loadArtifact, storeArtifact } from "./artifacts.ts";
import { createContext } from "./context.ts";
import { failureOf } from "./failure.ts";
import { mapLimited } from "./limit.ts";
import { materializersOf, materializerFor } from "./materializers/custom.ts";
import { createMasker, maskJson } from "./secrets.ts";
import type { MapStack } from "./stack.ts";
import { exitOf } from "./stop.ts";
import type { StepWord } from "./word.ts";

/** So many artifacts are read or written at a time. */
const transfers = 16;

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
  { word, signal, mapStack = (stack) => stack }: ExecuteOptions,
  thrown: unknown,
  code: string,
): Failure {
  const mask = createMasker(word.secrets);
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
  const outcomes = await readParents(word, store, call);
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
      : { metadata: maskJson(metadata, createMasker(word.secrets)) as JsonObject }),
    ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    seconds: Math.round(performance.now() - started) / 1000,
  };
  const winner = await commit(outcome, store, word);
  if (winner === outcome && step.cache) {
    const entry: CacheEntry = { format: 1, run: word.run, step: step.id, key, parts, outputs, at: outcome.at };
    await writeOnce(store, layout.cacheEntry(key, word.run, step.id), entry, lasting);
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

async function readParents(word: StepWord, store: ArtifactStore, call: Call): Promise<Map<string, StepOutcome>> {
  const parents = new Set(
    Object.values(word.step.inputs)
      .flatMap(inputsOf)
      .map(({ step }) => step),
  );
  const found = await mapLimited([...parents], transfers, async (parent): Promise<[string, StepOutcome]> => {
    const outcome = await readJson<StepOutcome>(store, layout.outcome(word.run, parent), call);
    if (outcome?.status === "completed" || outcome?.status === "cached") return [parent, outcome];
    throw new ZenliteError(
      "ZENLITE_PARENT_NOT_DONE",
      `Step "${word.step.id}" was started, but step "${parent}" has ${outcome?.status ?? "no"} outcome.`,
      {
        fault: "internal",
      },
    );
  });
  return new Map(found);
}

/** Every artifact is read anew for each step: what one step does to a value, no other sees. */
async function loadInputs(
  options: ExecuteOptions,
  manifestOf: (step: string, output: string) => Manifest,
): Promise<object> {
  const { word, store, code, scratchFolder, signal } = options;
  let materializers: readonly AnyMaterializer[] | undefined;
  const load = async (input: Input, folder: string): Promise<unknown> => {
    if ("value" in input) return input.value;
    if ("list" in input)
      return mapLimited(input.list, transfers, (item, index) => load(item, join(folder, String(index))));
    const manifest = manifestOf(input.step, input.output);
    materializers ??= materializersOf(code);
    return loadArtifact(manifest, { store, materializers, call: { signal }, scratchFolder: folder });
  };
  const names = Object.keys(word.step.inputs);
  const folderOf = (index: number): string => join(scratchFolder, "inputs", String(index));
  const values = await mapLimited(Object.values(word.step.inputs), transfers, (input, index) =>
    load(input, folderOf(index)),
  );
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
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

/** An object of named outputs; any other value is one output of the name `output`; nothing is none. */
function namedOutputs(result: unknown, materializers: readonly AnyMaterializer[]): [string, unknown][] {
  if (result === undefined) return [];
  const single = (): [string, unknown][] => [["output", result]];
  if (typeof result !== "object" || result === null || Array.isArray(result) || isArtifactFile(result)) return single();
  const prototype: unknown = Object.getPrototypeOf(result);
  const plain = prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && materializerFor(result, materializers) === undefined ? Object.entries(result) : single();
}

async function storeOutputs(
  result: unknown,
  definition: StepDefinition,
  options: ExecuteOptions,
): Promise<{ [output: string]: Manifest }> {
  const { word, store, signal } = options;
  const step = word.step.id;
  const named = namedOutputs(result, definition.materializers);
  for (const [output] of named) checkOutputName(step, output);
  const manifests = await mapLimited(named, transfers, async ([output, value]) => {
    const key = layout.artifact(word.run, step, word.attempt, output);
    return storeArtifact(value, {
      store,
      call: { signal },
      step,
      output,
      key,
      materializers: definition.materializers,
    });
  });
  return Object.fromEntries(named.map(([output], index) => [output, manifests[index] as Manifest]));
}

function checkOutputName(step: string, output: string): void {
  try {
    checkKeyPart(output);
    if (output !== "*" && output !== "then") return;
  } catch (cause) {
    throw new ZenliteError(
      "ZENLITE_OUTPUT_NAME",
      `Step "${step}" returns an output of the name ${JSON.stringify(output)}: ${messageOf(cause)}`,
      {
        cause,
        hint: "Outputs are named like variables: return { model, accuracy }. A mapping with free keys is a value: return { scores }.",
      },
    );
  }
  throw new ZenliteError(
    "ZENLITE_OUTPUT_NAME",
    `Step "${step}" returns an output of the name "${output}", which has a meaning of its own.`,
    {
      hint: "Choose another name.",
    },
  );
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
