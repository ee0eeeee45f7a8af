import { type Failure, isZenliteError, messageOf, type PlanStep, type StepExit } from "@zenlite/core";

/** Something was thrown around a step: by a launcher, by the store, by whoever describes the launch. */
export function failureOf(thrown: unknown, code = "ZENLITE_LAUNCH_FAILED"): Failure {
  if (!isZenliteError(thrown)) return { code, message: messageOf(thrown) };
  const { message, hint } = thrown;
  return { code: thrown.code, message, ...(hint === undefined ? {} : { hint }) };
}

/** A second try at a mistake of the user's (a secret that is not set) is the same mistake again. */
export function isRetryable(thrown: unknown): boolean {
  return !isZenliteError(thrown) || thrown.fault !== "user";
}

/** Why an attempt came to nothing, where its process did not say so itself. */
export function failureOfExit(step: PlanStep, exit: StepExit): Failure {
  const detail = exit.detail === undefined ? "" : `: ${exit.detail}`;
  const name = `Step "${step.id}"`;
  switch (exit.reason) {
    case "out-of-memory":
      return {
        code: "ZENLITE_STEP_OUT_OF_MEMORY",
        message: `${name} ran out of memory${detail}.`,
        hint: `Raise resources.memory of step "${step.id}", or let it hold less at once.`,
      };
    case "timeout":
      return {
        code: "ZENLITE_STEP_TIMEOUT",
        message: `${name} was stopped at its timeout${step.timeoutSeconds === undefined ? "" : ` of ${step.timeoutSeconds} s`}${detail}.`,
        hint: `Raise the timeout of step "${step.id}".`,
      };
    case "stopped":
      return { code: "ZENLITE_STEP_STOPPED", message: `${name} was stopped from outside${detail}.` };
    case "image":
      return { code: "ZENLITE_STEP_IMAGE", message: `${name} could not start from its image${detail}.` };
    case "capacity":
      return { code: "ZENLITE_STEP_CAPACITY", message: `There was no room to run step "${step.id}"${detail}.` };
    case "lost":
      return {
        code: "ZENLITE_STEP_LOST",
        message: `${name} went away without a trace${detail}.`,
        hint: `Was it killed from outside? Give it retries: retry: { count: 2 }.`,
      };
    case "exited":
      if (exit.code === 0)
        return {
          code: "ZENLITE_STEP_LEFT_EARLY",
          message: `${name} ended its process before its function returned${detail}.`,
          hint: "Return from the step instead of calling process.exit().",
        };
      return {
        code: "ZENLITE_STEP_EXITED",
        message: `${name} ended with exit code ${exit.code ?? "unknown"}${detail}.`,
      };
  }
}
