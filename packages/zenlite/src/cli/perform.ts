// A run as people see it: reported while it goes on, its results printed at the end. `zenlite run` and `pipeline.run()` share it.
import { hasCode, isZenliteError, ZenliteError } from "@zenlite/core";
import { executeRun, type Finished } from "../client/execute.ts";
import { resultLines } from "../client/results.ts";
import { openSession, type SessionOptions } from "../client/session.ts";
import type { CompileOptions } from "../client/prepare.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Reporter } from "./output/reporter.ts";
import { print } from "./scope.ts";

export interface Performed {
  /** Absent where Ctrl-C came before anything was recorded. */
  readonly finished?: Finished;
}

export async function performRun(
  sessionOptions: Omit<SessionOptions, "signal">,
  options: CompileOptions,
  interrupt: Pick<Interrupt, "cancel" | "hurry">,
  reporter: Reporter,
  results: boolean,
): Promise<Performed> {
  try {
    await using session = await openSession({ ...sessionOptions, signal: new AbortController().signal });
    const finished = await executeRun(session, options, {
      cancel: interrupt.cancel,
      hurry: interrupt.hurry,
      emit: (event) => reporter.event(event),
    });
    reporter.close();
    if (results && finished.status === "completed")
      for (const line of await resultLines(session, finished)) print(line);
    if (results) print(`more: zenlite runs show ${finished.run}`);
    return { finished };
  } catch (error) {
    reporter.close();
    if (interrupt.cancel.aborted && !isZenliteError(error) && error === interrupt.cancel.reason) return {};
    throw noRoom(error);
  }
}

/** A full disk is the environment's fault, wherever it shows. */
function noRoom(error: unknown): unknown {
  if (!hasCode(error, "ENOSPC")) return error;
  return new ZenliteError("ZENLITE_DISK_FULL", "The disk is full.", {
    cause: error,
    fault: "environment",
    hint: "zenlite clean, then zenlite clean --yes",
  });
}
