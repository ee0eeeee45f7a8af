// How a step's process that said nothing came to its end: the exit for the record, and a sentence for people.
import { constants } from "node:os";
import type { Failure, StepExit } from "@zenlite/core";
import type { MemoryWatch } from "./memory.ts";

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It could not even be started. */
  readonly error?: Error;
}

export type Stopping =
  | { readonly exit: "stopped"; readonly why: string }
  | { readonly exit: "timeout"; readonly seconds: number };

/** `output`: the last that the process wrote. */
export function endingOf(
  death: Death,
  stopping: Stopping | undefined,
  memory: MemoryWatch,
  output: string,
): { readonly exit: StepExit; readonly error: Failure } {
  const code = death.signal === null ? (death.code ?? 1) : 128 + constants.signals[death.signal];
  if (stopping?.exit === "timeout")
    return {
      exit: { code, reason: "timeout", detail: `${stopping.seconds} s` },
      error: {
        code: "ZENLITE_STEP_TIMEOUT",
        message: `The step did not end within its ${stopping.seconds} s.`,
        hint: "Give it more time: timeoutSeconds in step(), or timeout_seconds in the run configuration.",
      },
    };
  if (stopping !== undefined)
    return {
      exit: { code, reason: "stopped", detail: stopping.why },
      error: { code: "ZENLITE_STEP_STOPPED", message: `The step was stopped: ${stopping.why}.` },
    };
  // Nobody here has killed it: was it the kernel?
  if (death.signal === "SIGKILL" && memory.wasExceeded())
    return outOfMemory(code, memory.limit() ?? "no limit of its own");
  if (/JavaScript heap out of memory/u.test(output) && code >= 128)
    return outOfMemory(code, "the JavaScript heap was full");
  if (death.error !== undefined)
    return exited(code, death.error.message, `The step's process could not be started: ${death.error.message}`);
  if (death.signal !== null)
    return exited(code, `killed by ${death.signal}`, `The step's process was killed by ${death.signal}.`);
  if (code === 0)
    return exited(
      1,
      "process.exit(0) before the step returned",
      "The step called process.exit(0) before its function returned.",
    );
  return exited(
    code,
    `exit code ${code}`,
    `The step's process ended with exit code ${code} before its function returned.`,
  );
}

function outOfMemory(code: number, limit: string): { exit: StepExit; error: Failure } {
  return {
    exit: { code, reason: "out-of-memory", detail: limit },
    error: {
      code: "ZENLITE_STEP_OUT_OF_MEMORY",
      message: `The step ran out of memory (${limit}).`,
      hint: 'Give it more: resources: { memory: "4GB" } in step(), or resources.memory in the run configuration.',
    },
  };
}

function exited(code: number, detail: string, message: string): { exit: StepExit; error: Failure } {
  return {
    exit: { code, reason: "exited", detail },
    error: {
      code: "ZENLITE_STEP_EXITED",
      message,
      hint: "Its log says more: zenlite runs logs",
    },
  };
}
