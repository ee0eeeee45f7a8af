// The lines that a supervisor is told, and the end of its input, which says that its driver is gone.

export interface Input {
  /** The first line, or nothing where the input ended before it was whole. */
  readonly word: Promise<string | undefined>;
  /** Gives each further line, those that have come already first. To be called once. */
  follow(take: (line: string) => void): void;
  /** Resolves when the input ends. */
  readonly ended: Promise<void>;
}

export function readLines(stream: NodeJS.ReadStream): Input {
  const word = Promise.withResolvers<string | undefined>();
  const ended = Promise.withResolvers<void>();
  const waiting: string[] = [];
  let take = (line: string): void => void waiting.push(line);
  let worded = false;
  let open: string[] = [];
  const give = (line: string): void => {
    if (worded) return take(line);
    worded = true;
    word.resolve(line);
  };
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    const [first = "", ...rest] = piece.split("\n");
    open.push(first);
    for (const next of rest) {
      give(open.join(""));
      open = [next];
    }
  });
  const end = (): void => {
    word.resolve(undefined);
    ended.resolve();
  };
  for (const event of ["end", "close", "error"]) stream.on(event, end);
  return {
    word: word.promise,
    follow(taker) {
      for (const line of waiting.splice(0)) taker(line);
      take = taker;
    },
    ended: ended.promise,
  };
}
