// What both kinds of attempt have in common: an end, a way to stop, and lines that can be read while they come.
import type { StepExit } from "@zenlite/core";

export interface Attempt {
  /** Never rejects. */
  readonly exit: Promise<StepExit>;
  readonly lines: AsyncIterable<string>;
  /** Gives its supervisor one more line; absent in this process, where the driver's own store is used. */
  tell?(line: string): void;
  /** Resolves when it is gone, or, in this process, when the grace is over. */
  stop(graceSeconds: number): Promise<void>;
}

export interface LineQueue extends AsyncIterable<string> {
  push(text: string): void;
  end(): void;
}

/** Text in pieces, read as lines by one reader: from the first one on, however late it starts. What is read is kept no longer. */
export function createLines(): LineQueue {
  let lines: string[] = [];
  let open = "";
  let ended = false;
  let wake = (): void => {};
  return {
    push(text) {
      const [first = "", ...rest] = text.split("\n");
      open += first;
      for (const line of rest) {
        lines.push(open);
        open = line;
      }
      wake();
    },
    end() {
      if (open !== "") lines.push(open);
      open = "";
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const ready = lines;
        lines = [];
        yield* ready;
        if (lines.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
