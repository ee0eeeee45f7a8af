// The step's process: loads store and code at once, waits for its word, runs the step, and ends whatever the step has left open.
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { containerLayout, ZenliteError, type Failure, type StepExit } from "@zenlite/core";
import { executeStep, recordFailure } from "./execute.ts";
import { failureOf } from "./failure.ts";
import { maskerOf, type Masker } from "./secrets.ts";
import { createStackMapper } from "./stack.ts";
import { exitOf, stoppedReason, timeoutReason } from "./stop.ts";
import { holdCredentials, type HeldCredentials } from "./supervise/held-credentials.ts";
import { isToStep, type Ended, type ToStep } from "./supervise/messages.ts";
import { importStore, openStore } from "./supervise/open-store.ts";
import { parseWord, type StepWord } from "./word.ts";

/** An orphan that does not heed its signal ends all the same. */
const orphanMilliseconds = 1500;
const codeFolder = process.env["ZENLITE_CODE"] ?? containerLayout.code;
const mapStack = createStackMapper(codeFolder);
const abort = new AbortController();
const crash = Promise.withResolvers<never>();

// Both at once, before the word is there: a process that was started ahead answers at once.
const loadingStore = importStore();
const loadingCode = import(pathToFileURL(join(codeFolder, "code.mjs")).href) as Promise<{
  readonly [name: string]: unknown;
}>;
for (const early of [loadingStore, loadingCode, crash.promise]) early.catch(() => {});

// A user's own handler knows what it does; without one, an error in a timer is the step's failure.
process.on("uncaughtException", (error) => {
  if (process.listenerCount("uncaughtException") === 1) crash.reject(error);
});
process.on("unhandledRejection", (error) => {
  if (process.listenerCount("unhandledRejection") === 1) crash.reject(error);
});
process.on("SIGTERM", () => abort.abort(stoppedReason("it got SIGTERM")));
let held: HeldCredentials | undefined;
let masker: Masker | undefined;
process.on("message", (message) => {
  if (isToStep(message)) heed(message);
});
const parent = process.ppid;
process.on("disconnect", () => {
  // The step may have closed the channel itself. A moment later the kernel has given an orphan another parent.
  const check = (): void => {
    if (process.ppid === parent) return;
    abort.abort(stoppedReason("its supervisor is gone"));
    setTimeout(() => process.exit(137), orphanMilliseconds).unref();
  };
  setTimeout(check, 200).unref();
});

function heed(message: ToStep): void {
  switch (message.kind) {
    case "word":
      void run(parseWord(message.text));
      break;
    case "credentials":
      masker?.learn(message.credentials);
      held?.renew(message.credentials);
      break;
    case "orphaned":
      held?.orphan();
      break;
    case "stop":
      abort.abort(message.exit === "timeout" ? timeoutReason(message.seconds) : stoppedReason(message.why));
  }
}

async function run(word: StepWord): Promise<void> {
  const mask = (masker = maskerOf(word));
  if (word.store.credentials !== undefined) held = holdCredentials(word.store.credentials);
  // From here on only the step keeps this process alive: when nothing is left to wait for, its promise will never settle.
  process.channel?.unref();
  process.once("beforeExit", () =>
    crash.reject(
      new ZenliteError(
        "ZENLITE_STEP_NEVER_ENDS",
        "The step's function waits for a promise that nothing is left to settle.",
        {
          fault: "run",
          hint: "Look for a promise that is never resolved, or a stream or an emitter whose end is awaited but never comes.",
        },
      ),
    ),
  );
  const scratchFolder = join(tmpdir(), `zenlite-step-${word.attempt}-${process.pid}`);
  process.once("exit", () => rmSync(scratchFolder, { recursive: true, force: true }));
  try {
    const executing = execute(word, scratchFolder, mask);
    const { exit, error } = await Promise.race([executing, crash.promise]);
    end(exit, error);
  } catch (thrown) {
    const error = failureOf(thrown, { mapStack, mask });
    const exit = exitOf(abort.signal);
    await recordCrash(word, error);
    end(exit, error);
  }
}

async function execute(
  word: StepWord,
  scratchFolder: string,
  masker: Masker,
): Promise<{ exit: StepExit; error?: Failure }> {
  const [flavor, code] = await Promise.all([loadingStore, loadingCode]);
  await using store = await openStore(flavor, word, abort.signal, held);
  const log = {
    info: (message: string) => void process.stdout.write(`${message}\n`),
    warn: (message: string) => void process.stderr.write(`warning: ${message}\n`),
  };
  const result = await executeStep({
    word,
    store,
    code,
    scratchFolder,
    signal: abort.signal,
    log,
    mapStack,
    masker,
  });
  if (result.status === "completed") return { exit: { code: 0, reason: "exited" } };
  return { exit: exitOf(abort.signal), error: result.error };
}

/** The store may be what failed: then the supervisor is told, and tries in its turn. */
async function recordCrash(word: StepWord, error: Failure): Promise<void> {
  try {
    await using store = await openStore(await loadingStore, word, new AbortController().signal, held);
    await recordFailure(word, store, error, abort.signal);
  } catch {
    // Told below.
  }
}

/**
 * Timers and sockets that the step left open do not keep the process; its output is in a file, so nothing of it is lost. The word to the
 * supervisor comes after the user's own exit handlers, which may print; tearing this process down would take 10 ms for nothing.
 */
function end(exit: StepExit, error: Failure | undefined): void {
  const message: Ended = { kind: "ended", exit, ...(error === undefined ? {} : { error }) };
  process.once("exit", () => {
    if (process.send === undefined || !process.connected) return;
    process.send(message);
    process.kill(process.pid, "SIGKILL");
  });
  process.exit(exit.code ?? 1);
}
