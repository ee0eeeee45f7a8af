// Steps that run inside the driver's process: what each writes to standard output and error goes to its own log, an error from its
// timers is its own failure, and process.exit() ends the step instead of the driver.
import { AsyncLocalStorage } from "node:async_hooks";
import { hasCode, messageOf, ZenliteError } from "@zenlite/core";

/** One step's run. */
interface Scope {
  readonly step: string;
  readonly write: (text: string | Uint8Array) => void;
  readonly fail: (cause: unknown) => void;
}

export interface Capture extends Disposable {
  /**
   * Runs `body`; rejects early with what its timers throw, or when it calls process.exit(). Async steps may run at once: each
   * keeps its own log. Not caught is what child processes with inherited output write.
   */
  run<T>(step: string, write: (text: string | Uint8Array) => void, body: () => Promise<T>): Promise<T>;
}

// The streams of a process exist once, so what is put over them does too: several captures share it, the last one takes it away.
const scopes = new AsyncLocalStorage<Scope>();
let uses = 0;
let restore: () => void = () => {};

/** Takes over the process's output at the first step and gives it back when disposed of: a step's late lines never reach it. */
export function openCapture(): Capture {
  let open = false;
  return {
    async run(step, write, body) {
      if (!open) {
        open = true;
        if (uses++ === 0) restore = takeOver();
      }
      const { promise: failed, reject } = Promise.withResolvers<never>();
      let ended = false;
      const fail = (cause: unknown): void => {
        if (!ended) reject(cause);
        // Its outcome stands; the driver must not fall over it, but somebody should know.
        else if (!hasCode(cause, exitCalled))
          process.stderr.write(`zenlite: step "${step}" has ended, and now failed: ${messageOf(cause)}\n`);
      };
      const running = scopes.run({ step, write, fail }, body);
      // A step that has failed by a timer may go on and reject later.
      running.catch(() => {});
      try {
        return await Promise.race([running, failed]);
      } finally {
        ended = true;
      }
    },
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      if (--uses === 0) restore();
    },
  };
}

function takeOver(): () => void {
  const restores = [takeStream(process.stdout), takeStream(process.stderr), takeExit(), takeErrors()];
  return () => {
    for (const undo of restores) undo();
  };
}

function takeStream(stream: NodeJS.WriteStream): () => void {
  const original = stream.write;
  function write(this: unknown, chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    const scope = scopes.getStore();
    if (scope === undefined) return Reflect.apply(original, stream, [chunk, ...rest]) as boolean;
    const [encoding] = rest;
    scope.write(
      typeof chunk === "string" && typeof encoding === "string" && encoding !== "utf8"
        ? Buffer.from(chunk, encoding as BufferEncoding)
        : chunk,
    );
    const done = rest.find((argument) => typeof argument === "function");
    if (typeof done === "function") process.nextTick(done);
    return true;
  }
  stream.write = write;
  return () => {
    // Somebody else may have put something over it since: theirs stays.
    if (stream.write === write) stream.write = original;
  };
}

const exitCalled = "ZENLITE_STEP_CALLED_EXIT";

function takeExit(): () => void {
  const original = process.exit;
  function exit(code?: number | string | null): never {
    const scope = scopes.getStore();
    if (scope === undefined) return original(code);
    const error = new ZenliteError(
      exitCalled,
      `Step "${scope.step}" called process.exit(${code ?? ""}), which would end the process that drives the run.`,
      {
        fault: "run",
        hint: "Return from the step's function, or throw. A command-line program belongs into a child process.",
      },
    );
    // Also when the step catches what is thrown here.
    scope.fail(error);
    throw error;
  }
  process.exit = exit;
  return () => {
    if (process.exit === exit) process.exit = original;
  };
}

function takeErrors(): () => void {
  const onError = (error: unknown): void => {
    const scope = scopes.getStore();
    if (scope !== undefined) return scopes.exit(() => scope.fail(error));
    if (hasCode(error, exitCalled)) return;
    // Not a step's: as if nobody had listened, unless somebody else does.
    if (process.listenerCount("uncaughtException") > 1) return;
    process.off("uncaughtException", onError);
    setImmediate(() => {
      throw error;
    });
  };
  const onRejection = (error: unknown): void => {
    const scope = scopes.getStore();
    if (scope !== undefined) return scopes.exit(() => scope.fail(error));
    if (process.listenerCount("unhandledRejection") > 1) return;
    setImmediate(() => {
      throw error;
    });
  };
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onRejection);
  return () => {
    process.off("uncaughtException", onError);
    process.off("unhandledRejection", onRejection);
  };
}
