// Attempts in this very process: a debugger stops in them, and nothing has to be started.
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, type StepExit, type StepLaunch } from "@zenlite/core";
import {
  createStackMapper,
  executeCaptured,
  exitOf,
  maskerOf,
  openCapture,
  openLog,
  parseWord,
  stoppedReason,
  type MapStack,
} from "@zenlite/runtime";
import { createLines, type Attempt } from "./attempt.ts";

interface Namespace {
  readonly [name: string]: unknown;
}

interface Code {
  readonly namespace: Promise<Namespace>;
  readonly mapStack: MapStack;
}

export interface Host extends Disposable {
  run(step: StepLaunch): Attempt;
}

/** Keeps the code that was imported, and the capture of what steps print, until it is disposed of. */
export function createHost(): Host {
  const codes = new Map<string, Code>();
  const capture = openCapture();
  const codeOf = (folder: string): Code => {
    let code = codes.get(folder);
    if (code === undefined) {
      // Standard output belongs to the driver, which may print JSON: what the user's modules print while they load goes aside.
      const aside = (text: string | Uint8Array): void => void writeSync(process.stderr.fd, Buffer.from(text));
      const load = (): Promise<Namespace> => import(pathToFileURL(join(folder, "code.mjs")).href);
      code = { namespace: capture.run("(loading)", aside, load), mapStack: createStackMapper(folder) };
      codes.set(folder, code);
    }
    return code;
  };

  return {
    run(step) {
      const stopping = new AbortController();
      const abandoned = Promise.withResolvers<StepExit>();
      const lines = createLines();
      const performed = perform(step, stopping.signal, lines.push).catch((error: unknown): StepExit => ({
        code: 1,
        reason: "exited",
        detail: messageOf(error),
      }));
      const exit = Promise.race([performed, abandoned.promise]).finally(() => lines.end());
      return {
        exit,
        lines,
        async stop(graceSeconds) {
          stopping.abort(stoppedReason("the run was stopped"));
          // Code in this process cannot be killed: one that does not listen to its signal is left behind after the grace. It commits
          // nothing any more.
          const timer = setTimeout(() => abandoned.resolve({ code: null, reason: "stopped" }), graceSeconds * 1000);
          await exit;
          clearTimeout(timer);
        },
      };
    },
    [Symbol.dispose]: () => capture[Symbol.dispose](),
  };

  async function perform(step: StepLaunch, signal: AbortSignal, show: (text: string) => void): Promise<StepExit> {
    const word = parseWord(step.word);
    const masker = maskerOf(word);
    const log = openLog(step.artifactStore, step.run, step.step, step.attempt, { masker });
    const masked = masker.stream();
    const decoder = new TextDecoder();
    const write = (text: string | Uint8Array): void => {
      log.append(text);
      show(masked.push(typeof text === "string" ? text : decoder.decode(text, { stream: true })));
    };
    const scratchFolder = join(tmpdir(), `zenlite-${randomUUID()}`);
    const { namespace, mapStack } = codeOf(step.code);
    try {
      const result = await executeCaptured({
        capture,
        write,
        code: namespace,
        word,
        store: step.artifactStore,
        scratchFolder,
        signal,
        mapStack,
        masker,
      });
      if (result.status === "completed") return { code: 0, reason: "exited" };
      return { ...exitOf(signal), detail: result.error.message };
    } finally {
      show(masked.end());
      await Promise.all([log.close(), rm(scratchFolder, { recursive: true, force: true })]);
    }
  }
}
