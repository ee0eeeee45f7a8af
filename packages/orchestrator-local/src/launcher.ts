// The local launcher: each attempt goes to this process or to one of its own; both look alike from outside.
import type { StepCheck, StepHandle, StepLaunch, StepLauncher } from "@zenlite/core";
import type { Attempt } from "./attempt.ts";
import { createHost } from "./in-process.ts";
import { startProcess, type StepProcess } from "./process.ts";

/** Code in this process can neither be stopped nor started afresh, and shares its environment: what asks for any of it gets a process. */
function needsProcess(step: Pick<StepLaunch, "settings" | "retry" | "timeoutSeconds" | "environment">): boolean {
  const { settings, timeoutSeconds, retry, environment } = step;
  return (
    settings["isolation"] === "process" ||
    timeoutSeconds !== undefined ||
    retry.count > 0 ||
    Object.keys(environment).length > 0
  );
}

export async function openLauncher(): Promise<StepLauncher & AsyncDisposable> {
  const attempts = new Map<
    string,
    { readonly handle: StepHandle; readonly project: string; readonly attempt: Attempt }
  >();
  const ended = new Set<string>();
  const prepared = new Map<string, StepProcess>();
  const host = createHost();

  const find = (handle: StepHandle): Attempt | undefined => attempts.get(handle.attempt)?.attempt;
  const stop = async (attempt: string, graceSeconds: number): Promise<void> => {
    const process = prepared.get(attempt);
    prepared.delete(attempt);
    await Promise.all([process?.stop(graceSeconds), attempts.get(attempt)?.attempt.stop(graceSeconds)]);
  };
  return {
    drives: "steps",

    check: async (steps) => notices(steps),

    async prepare(step) {
      if (needsProcess(step) && !prepared.has(step.attempt)) prepared.set(step.attempt, startProcess(step));
      return null;
    },

    async launch(step) {
      const handle: StepHandle = { run: step.run, step: step.step, attempt: step.attempt, ref: null };
      if (attempts.has(step.attempt)) return handle;
      let attempt: Attempt;
      if (needsProcess(step)) {
        const process = prepared.get(step.attempt) ?? startProcess(step);
        prepared.delete(step.attempt);
        process.tell(step.word);
        attempt = process;
      } else attempt = host.run(step);
      attempts.set(step.attempt, { handle, project: step.project, attempt });
      void attempt.exit.finally(() => {
        // The exit and the last lines can still be asked for by whoever holds the handle; `find` gives what runs.
        ended.add(step.attempt);
      });
      return handle;
    },

    async wait(handle, { signal }) {
      const attempt = find(handle);
      // Steps of another process end with it: there is nothing to wait for.
      if (attempt === undefined) return { code: null, reason: "lost", detail: "the process that ran it is gone" };
      signal.throwIfAborted();
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        return await Promise.race([attempt.exit, aborted]);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },

    stop: (handle, { graceSeconds = 2 }) => stop(handle.attempt, graceSeconds),

    tell: async (handle, line) => find(handle)?.tell?.(line),

    async *tail(handle) {
      const attempt = find(handle);
      if (attempt !== undefined) yield* attempt.lines;
    },

    // Processes of other drivers are not looked for: they end when their driver's end of standard input closes.
    async *find({ project, run }) {
      for (const each of attempts.values())
        if (
          !ended.has(each.handle.attempt) &&
          each.project === project &&
          (run === undefined || each.handle.run === run)
        )
          yield each.handle;
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([...prepared.keys(), ...attempts.keys()].map((attempt) => stop(attempt, 0)));
      host[Symbol.dispose]();
    },
  };
}

function notices(steps: readonly StepCheck[]): readonly string[] {
  const promoted = steps.filter((step) => step.settings["isolation"] !== "process" && needsProcess(step));
  if (promoted.length === 0) return [];
  return [
    `${names(promoted)} run${promoted.length === 1 ? "s" : ""} in a process of its own: it has a timeout, retries or environment variables.`,
  ];
}

function names(steps: readonly StepCheck[]): string {
  const shown = steps
    .slice(0, 3)
    .map(({ step }) => step)
    .join(", ");
  return steps.length > 3 ? `${shown} and ${steps.length - 3} more` : shown;
}
