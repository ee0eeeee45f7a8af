// The first process of a container, and the parent of a step's process on a plain machine. It outlives the step: it keeps its log,
// forwards signals, holds its deadline, and writes how it ended when the step itself could not.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  exitFrame,
  hasCode,
  messageOf,
  type ArtifactStore,
  type AttemptEnded,
  type StepExit,
  type StepOutcome,
} from "@zenlite/core";
import { layout, readJson, recordHead, writeOnce } from "@zenlite/records";
import { maskerOf } from "./secrets.ts";
import { endingOf, type Death, type Stopping } from "./supervise/ending.ts";
import { lastOutput, openOutput } from "./supervise/follow.ts";
import { holdCredentials, type HeldCredentials } from "./supervise/held-credentials.ts";
import { show, startLog } from "./supervise/log-ways.ts";
import { sacrifice, watchMemory } from "./supervise/memory.ts";
import { isEnded, type Ended, type ToStep } from "./supervise/messages.ts";
import { importStore, openStore, type StoreFlavor } from "./supervise/open-store.ts";
import { readLines } from "./supervise/standard-input.ts";
import { parseRenewal, parseWord, type StepWord } from "./word.ts";

/** Shorter than the 2 s that launchers give, so that the record of the end is written before they kill everything. */
const graceMilliseconds = { stopped: 1500, timeout: 2000 };

const aheadMilliseconds = 300;
// A longer timer would go off at once.
const longestTimer = 2 ** 31 - 1;

const call = { signal: new AbortController().signal };
const memory = watchMemory();
const output = openOutput();
// One file for both streams keeps their lines in order.
const step = spawn(process.execPath, [fileURLToPath(new URL("entrypoint.mjs", import.meta.url))], {
  stdio: ["ignore", output, output, "ipc"],
});
sacrifice(step.pid);
const death = new Promise<Death>((resolve) => {
  step.on("exit", (code, signal) => resolve({ code, signal }));
  step.on("error", (error) => resolve({ code: 1, signal: null, error }));
});
let loading: Promise<StoreFlavor> | undefined;
let opened: Promise<ArtifactStore & AsyncDisposable> | undefined;
let held: HeldCredentials | undefined;
let said: Ended | undefined;
let stopping: Stopping | undefined;
let killer: NodeJS.Timeout | undefined;
const saying = Promise.withResolvers<undefined>();
step.on("message", (message) => {
  if (!isEnded(message)) return;
  said = message;
  saying.resolve(undefined);
});
// Whoever reads our output may be gone; the step goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const input = readLines(process.stdin);
let told = false;
let orphaned = false;
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    if (told) stop({ exit: "stopped", why: `it got ${signal}` });
    else leave(143);
  });

// Started ahead: the waiting time is free.
const ahead = setTimeout(() => void loadStore().catch(() => {}), aheadMilliseconds);
const line = await input.word;
clearTimeout(ahead);
// Started ahead, and not needed.
if (line === undefined) leave(0);
else {
  told = true;
  const exit = await supervise(line).catch((error: unknown): StepExit => ({
    code: 1,
    reason: "lost",
    detail: messageOf(error),
  }));
  await show(`${exitFrame}${JSON.stringify(exit)}\n`);
  leave(exit.code ?? 1);
}

function leave(code: number): void {
  step.kill("SIGKILL");
  process.exit(code);
}

async function supervise(text: string): Promise<StepExit> {
  const word = parseWord(text);
  const masker = maskerOf(word);
  if (word.store.credentials !== undefined) held = holdCredentials(word.store.credentials);
  tell({ kind: "word", text });
  input.follow((line) => {
    const credentials = parseRenewal(line);
    if (credentials === undefined) return;
    // Before anybody can use them, so that they cannot be printed unmasked.
    masker.learn(credentials);
    held?.renew(credentials);
    tell({ kind: "credentials", credentials });
  });
  void input.ended.then(() => {
    if (process.env["ZENLITE_ON_DRIVER_EXIT"] === "stop") return stop({ exit: "stopped", why: "its driver ended" });
    orphaned = true;
    held?.orphan();
    tell({ kind: "orphaned" });
  });
  const seconds = word.timeoutSeconds;
  const clock =
    seconds === undefined
      ? undefined
      : setTimeout(() => stop({ exit: "timeout", seconds }), Math.min(seconds * 1000, longestTimer));
  const log = startLog(output, word, masker, () => openOnce(word));
  // After its last word nothing of it is waited for.
  const died = await Promise.race([saying.promise, death]);
  clearTimeout(clock);
  clearTimeout(killer);
  await log.finish();
  const exit = await settle(word, died);
  await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]();
  return exit;
}

function tell(message: ToStep): boolean {
  return step.connected && step.send(message, () => {});
}

/** Asks first, by signal where the step has closed its channel, then kills; asked a second time it kills at once. */
function stop(why: Stopping): void {
  if (stopping !== undefined) {
    step.kill("SIGKILL");
    return;
  }
  stopping = why;
  if (step.connected) tell({ kind: "stop", ...why });
  else step.kill("SIGTERM");
  killer = setTimeout(() => step.kill("SIGKILL"), graceMilliseconds[why.exit]);
}

/** Loading a store's client costs more than all else here, and a step that is silent and ends well needs it in its own process only. */
function loadStore(): Promise<StoreFlavor> {
  loading ??= importStore();
  return loading;
}

function openOnce(word: StepWord): Promise<ArtifactStore & AsyncDisposable> {
  opened ??= loadStore().then((flavor) => openStore(flavor, word, call.signal, held));
  return opened;
}

/** How the attempt ended: by the step's own word, or by what became of its process. */
async function settle(word: StepWord, died: Death | undefined): Promise<StepExit> {
  if (said !== undefined && said.error === undefined) return said.exit;
  const { exit, error } = said ?? endingOf(died ?? { code: null, signal: null }, stopping, memory, lastOutput(output));
  try {
    const store = await openOnce(word);
    // It may have ended itself right after its outcome, without a word to us.
    const outcome = await readJson<StepOutcome>(store, layout.outcome(word.run, word.step.id), call);
    if (outcome?.attempt === word.attempt && outcome.status === "completed") return { code: 0, reason: "exited" };
    const record: AttemptEnded = {
      ...recordHead(word.run, word.writer),
      kind: "attempt.ended",
      step: word.step.id,
      attempt: word.attempt,
      exit,
      ...(error === undefined ? {} : { error }),
    };
    // Where the step has written its own end, that one stays.
    await writeOnce(store, layout.ended(word.run, word.step.id, word.attempt), record, call);
    return exit;
  } catch (problem) {
    return {
      ...exit,
      // It went with its driver, then: whoever drives the run on repeats it, and counts no failure.
      ...(orphaned && hasCode(problem, "ZENLITE_CREDENTIALS_EXPIRED") ? { reason: "lost" as const } : {}),
      detail: [exit.detail, `not recorded: ${messageOf(problem).replace(/\.$/u, "")}`]
        .filter((part) => part !== undefined)
        .join("; "),
    };
  }
}
