// Why a step's abort signal aborts, and the exit that its record then holds.
import { hasCode, ZenliteError, type StepExit } from "@zenlite/core";

/** The reason to abort a step's signal with when it is cancelled. `why`: "the run was cancelled", "its driver ended". */
export function stoppedReason(why: string): ZenliteError {
  return new ZenliteError("ZENLITE_STEP_STOPPED", `The step was stopped: ${why}.`, { fault: "run" });
}

/** The reason to abort a step's signal with when its time is up. */
export function timeoutReason(seconds: number): ZenliteError {
  return new ZenliteError("ZENLITE_STEP_TIMEOUT", `The step did not end within its ${seconds} s.`, {
    fault: "run",
    hint: "Give it more time: timeoutSeconds in step(), or timeout_seconds in the run configuration.",
  });
}

/** The exit of a step that failed: by its own failure, or because its signal says that it was ended from outside. */
export function exitOf(signal: AbortSignal): StepExit {
  if (signal.aborted && hasCode(signal.reason, "ZENLITE_STEP_TIMEOUT")) return { code: 143, reason: "timeout" };
  if (signal.aborted && hasCode(signal.reason, "ZENLITE_STEP_STOPPED")) return { code: 143, reason: "stopped" };
  return { code: 1, reason: "exited" };
}
