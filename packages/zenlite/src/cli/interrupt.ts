// Ctrl-C and SIGTERM as signals to abort: the first cancels and waits for what must be told, the second waits no longer, the third
// ends this process (the next command cleans up).
import { exitCodes } from "./exit.ts";

export interface Interrupt extends Disposable {
  readonly cancel: AbortSignal;
  readonly hurry: AbortSignal;
}

export function listenForInterrupt(): Interrupt {
  const cancel = new AbortController();
  const hurry = new AbortController();
  const listener = (): void => {
    if (hurry.signal.aborted) process.exit(exitCodes.interrupted);
    if (cancel.signal.aborted) hurry.abort();
    else cancel.abort();
  };
  process.on("SIGINT", listener).on("SIGTERM", listener);
  return {
    cancel: cancel.signal,
    hurry: hurry.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", listener).off("SIGTERM", listener);
    },
  };
}
