// The log of a running step goes two ways, each at its own pace: to the store, and to whoever reads the supervisor's output.
import { messageOf, type ArtifactStore } from "@zenlite/core";
import { openLog, type LogWriter } from "../log.ts";
import type { Masker } from "../secrets.ts";
import type { StepWord } from "../word.ts";
import { follow } from "./follow.ts";

const mostBacklog = 1024 * 1024;

export interface LogWays {
  /** To be called when the step is gone: shows and stores the rest. Never rejects. */
  finish(): Promise<void>;
}

/** `openStore` is called with the first output, so that a silent step costs no second connection. */
export function startLog(
  file: number,
  word: StepWord,
  masker: Masker,
  openStore: () => Promise<ArtifactStore>,
): LogWays {
  let writer: LogWriter | undefined;
  let opening: Promise<void> | undefined;
  let problem: unknown;
  const waiting: Buffer[] = [];

  const open = async (): Promise<void> => {
    try {
      writer = openLog(await openStore(), word.run, word.step.id, word.attempt, { masker });
      for (const piece of waiting.splice(0)) writer.append(piece);
    } catch (error) {
      problem = error;
    }
  };
  const toStore = follow(
    file,
    (piece) => {
      if (writer !== undefined) return writer.append(piece);
      waiting.push(Buffer.from(piece));
      opening ??= open();
    },
    () => problem === undefined && (writer === undefined ? waiting.length > 0 : writer.backlog > mostBacklog),
  );
  const masked = masker.stream();
  const decoder = new TextDecoder();
  const toReader = follow(
    file,
    (piece) => void process.stdout.write(masked.push(decoder.decode(piece, { stream: true }))),
    () => process.stdout.writableNeedDrain,
  );
  return {
    async finish() {
      await Promise.all([toStore.finish(), toReader.finish()]);
      await show(masked.push(decoder.decode()) + masked.end());
      await opening;
      await writer?.close().catch((error: unknown) => (problem = error));
      if (problem !== undefined) await show(`\nzenlite: the log could not be stored: ${messageOf(problem)}\n`);
    },
  };
}

/** Resolves when the text has left this process, or nobody reads it any more. */
export function show(text: string): Promise<void> {
  return text === "" ? Promise.resolve() : new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
