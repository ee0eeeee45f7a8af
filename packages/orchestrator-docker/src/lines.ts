/** A bounded memory of a container's last lines, read live by any number of readers. */

const mostLines = 2_000;
const mostCharacters = 1024 * 1024;

export interface Lines {
  push(line: string): void;
  end(): void;
  /** From the oldest line kept on; ends with the container's output, or when `signal` aborts. */
  follow(signal: AbortSignal): AsyncGenerator<string>;
}

/** Old lines give way: nobody has to read, and the whole log is in the artifact store. */
export function keepLines(): Lines {
  let kept: string[] = [];
  let characters = 0;
  /** The number of the first line that is kept. */
  let first = 0;
  let ended = false;
  let changed = Promise.withResolvers<void>();
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  return {
    push(line) {
      kept.push(line);
      characters += line.length;
      if (kept.length > mostLines || characters > mostCharacters) {
        // Half at once, so that the array is not moved for each line.
        const gone = kept.slice(0, Math.ceil(kept.length / 2));
        kept = kept.slice(gone.length);
        first += gone.length;
        for (const each of gone) characters -= each.length;
      }
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *follow(signal) {
      signal.addEventListener("abort", wake, { once: true });
      try {
        for (let next = first; !signal.aborted;) {
          if (next < first) {
            yield `(${first - next} lines left out here: they are in the step's log)`;
            next = first;
          }
          const line = kept[next - first];
          if (line !== undefined) {
            next += 1;
            yield line;
          } else if (ended) return;
          else await changed.promise;
        }
      } finally {
        signal.removeEventListener("abort", wake);
      }
    },
  };
}
