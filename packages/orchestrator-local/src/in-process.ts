// Attempts in this very process: a debugger stops in them, and nothing has to be started.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, type StepExit, type StepLaunch } from "@zenlite/core";
import {
  createMasker,
  createStackMapper,
  executeStep,
  exitOf,
  openCapture,
  openLog,
  parseWord,
  stoppedReason,
  type MapStack,
} from "@zenlite/runtime";
import { createLines, type Attempt } from "./attempt.ts";

interface Code {
  readonly namespace: Promise<{ readonly [name: string]: unknown }>;
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
      code = { namespace: import(pathToFileURL(join(folder, "code.mjs")).href), mapStack: createStackMapper(folder) };
      codes.set(folder, code);
    }
    return code;
  };

  return {
    run(step) {
      const stopping = new AbortController();
      const lines = createLines();
      const exit = perform(step, stopping.signal, lines.push)
        .catch((error: unknown): StepExit => ({ code: 1, reason: "exited", detail: messageOf(error) }))
        .finally(() => lines.end());
      return {
        exit,
        lines,
        async stop(graceSeconds) {
          stopping.abort(stoppedReason("the run was stopped"));
          // Code in this process cannot be killed: one that does not listen to its signal is left behind after the grace.
          let timer: NodeJS.Timeout | undefined;
          const patience = new Promise<void>((resolve) => {
            timer = setTimeout(resolve, graceSeconds * 1000);
          });
          await Promise.race([exit, patience]);
          clearTimeout(timer);
        },
      };
    },
    [Symbol.dispose]: () => capture[Symbol.dispose](),
  };

  async function perform(step: StepLaunch, signal: AbortSignal, show: (text: string) => void): Promise<StepExit> {
    const word = parseWord(step.word);
    const log = openLog(step.artifactStore, step.run, step.step, step.attempt, { secrets: word.secrets });
    const masked = createMasker(word.secrets).stream();
    const decoder = new TextDecoder();
    const write = (text: string | Uint8Array): void => {
      log.append(text);
      show(masked.push(typeof text === "string" ? text : decoder.decode(text, { stream: true })));
    };
    const scratchFolder = join(tmpdir(), `zenlite-${randomUUID()}`);
    const { namespace, mapStack } = codeOf(step.code);
    try {
      const code = await namespace;
      const say = (message: string): void => write(`${message}\n`);
      const result = await capture.run(step.step, write, () =>
        executeStep({ word, store: step.artifactStore, code, scratchFolder, signal, log: { info: say, warn: say }, mapStack }),
      );
      if (result.status === "completed") return { code: 0, reason: "exited" };
      return { ...exitOf(signal), detail: result.error.message };
    } finally {
      show(masked.end());
      await Promise.all([log.close(), rm(scratchFolder, { recursive: true, force: true })]);
    }
  }
}
