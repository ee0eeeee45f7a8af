// The one line that a supervisor is told, and the end of its input, which says that its driver is gone.

export interface Input {
  /** The first line, or nothing where the input ended before it was whole. */
  readonly line: Promise<string | undefined>;
  /** Resolves when the input ends after its first line. */
  readonly ended: Promise<void>;
  /** Stops listening. */
  ignore(): void;
}

export function readLine(stream: NodeJS.ReadStream): Input {
  const line = Promise.withResolvers<string | undefined>();
  const ended = Promise.withResolvers<void>();
  let pieces: string[] | undefined = [];
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    if (pieces === undefined) return;
    pieces.push(piece);
    if (!piece.includes("\n")) return;
    const [first] = pieces.join("").split("\n", 1);
    pieces = undefined;
    line.resolve(first);
  });
  const end = (): void => {
    line.resolve(undefined);
    ended.resolve();
  };
  stream.on("end", end);
  stream.on("close", end);
  stream.on("error", end);
  return { line: line.promise, ended: ended.promise, ignore: () => void stream.destroy() };
}
