// A step inside the driver's own process: executed with its output captured, and with the ends that only such a step can come to.
import type { Logger } from "@zenlite/core";
import type { Capture } from "./capture.ts";
import { executeStep, recordFailure, type Executed, type ExecuteOptions } from "./execute.ts";
import { failureOf } from "./failure.ts";
import { maskerOf } from "./secrets.ts";

export interface CapturedOptions extends Omit<ExecuteOptions, "code" | "log"> {
  readonly capture: Capture;
  /** Gets what the step prints, and what its context logs. */
  readonly write: (text: string | Uint8Array) => void;
  /** The namespace of `code.mjs`, while it is imported: an error of its top level is the step's failure. */
  readonly code: Promise<ExecuteOptions["code"]>;
}

/**
 * As `executeStep`. Also what the step's timers throw, its forgotten rejections, its process.exit() and code that does not load become
 * `attempt.ended`; what the step does after that counts no more.
 */
export async function executeCaptured({ capture, write, code, ...options }: CapturedOptions): Promise<Executed> {
  const { word, store, mapStack = (stack) => stack } = options;
  const crashed = new AbortController();
  const signal = AbortSignal.any([options.signal, crashed.signal]);
  const log: Logger = {
    info: (message) => write(`${message}\n`),
    warn: (message) => write(`warning: ${message}\n`),
  };
  try {
    // Outside of the capture: the module's top level runs once, for all steps.
    const namespace = await code;
    return await capture.run(word.step.id, write, () => executeStep({ ...options, code: namespace, signal, log }));
  } catch (thrown) {
    // First of all: the step's function may still be running.
    crashed.abort(thrown);
    const error = failureOf(thrown, { mapStack, mask: options.masker ?? maskerOf(word) });
    await recordFailure(word, store, error, crashed.signal);
    return { status: "failed", error };
  }
}
