// A step's log in the artifact store: numbered pieces, each written once. What is not yet stored is at most a second old.
import { StringDecoder } from "node:string_decoder";
import type { ArtifactStore, Call } from "@zenlite/core";
import { layout, readJson } from "@zenlite/records";
import type { Masker } from "./secrets.ts";

const pieceBytes = 256 * 1024;
/** While the store takes nothing, no more than this is kept. */
const mostBacklog = 16 * 1024 * 1024;
/** Below a second, with room for the polling and the writing. */
const holdMilliseconds = 700;
const followMilliseconds = 300;
const afterEnd = 5;

export interface LogWriter {
  append(text: string | Uint8Array): void;
  /** Bytes that are not yet stored: a producer that can wait waits while there are many. */
  readonly backlog: number;
  /** Stores the rest. Rejects where the store does not take it. */
  close(): Promise<void>;
}

/** Opens the log of an attempt for writing. Nothing is written to the store while nothing is appended. */
export function openLog(
  store: ArtifactStore,
  run: string,
  step: string,
  attempt: string,
  options: { readonly masker: Masker },
): LogWriter {
  // Not the step's signal: a step that is stopped has a log too.
  const call: Call = { signal: new AbortController().signal };
  const decoder = new StringDecoder("utf8");
  const masked = options.masker.stream();
  const waiting: string[] = [];
  let backlog = 0;
  let lost = 0;
  let chunk = 0;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      let count = 0;
      for (let size = 0; size < pieceBytes && count < waiting.length; count += 1) size += waiting[count]?.length ?? 0;
      const note =
        lost === 0 ? "" : `[zenlite: ${lost} characters of the log were lost: the store did not take them]\n`;
      const piece = waiting.slice(0, count).join("");
      await store.write(layout.log(run, step, attempt, chunk), Buffer.from(note + piece), { ...call, if: "always" });
      waiting.splice(0, count);
      lost = 0;
      chunk += 1;
      backlog -= piece.length;
    }
  }

  /** One write at a time keeps the pieces in order. What fails is tried again a moment later. */
  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (writing !== undefined || waiting.length === 0) return;
    writing = flushOrKeep();
  }

  async function flushOrKeep(): Promise<void> {
    try {
      await flush();
      failing = false;
    } catch {
      failing = true;
      while (backlog > mostBacklog) {
        const dropped = waiting.shift()?.length ?? 0;
        lost += dropped;
        backlog -= dropped;
      }
      timer ??= setTimeout(start, holdMilliseconds);
    } finally {
      writing = undefined;
    }
  }

  return {
    append(text) {
      const shown = masked.push(
        typeof text === "string" ? text : decoder.write(Buffer.from(text.buffer, text.byteOffset, text.length)),
      );
      if (shown === "") return;
      waiting.push(shown);
      backlog += shown.length;
      if (backlog >= pieceBytes && !failing) start();
      else timer ??= setTimeout(start, holdMilliseconds);
    },
    get backlog() {
      return backlog;
    },
    async close() {
      clearTimeout(timer);
      const rest = masked.push(decoder.end()) + masked.end();
      if (rest !== "") waiting.push(rest);
      backlog += rest.length;
      await writing;
      clearTimeout(timer);
      await flush();
    },
  };
}

/**
 * The lines of an attempt's log, in order. `follow`: goes on until the attempt has ended, or the signal aborts. A last line without
 * its newline is given as it is.
 */
export async function* readLog(
  store: ArtifactStore,
  run: string,
  step: string,
  attempt: string,
  call: Call,
  options: { readonly follow?: boolean } = {},
): AsyncGenerator<string> {
  const prefix = layout.logs(run, step, attempt);
  let last: string | undefined;
  let open = "";
  for (let rounds = options.follow === true ? Infinity : 0; ; rounds -= 1) {
    // Asked before the listing: what was written before the end is then in the listing.
    if (rounds === Infinity) rounds = await roundsLeft(store, run, step, attempt, call);
    for await (const { key } of store.list(prefix, { ...call, ...(last === undefined ? {} : { after: last }) })) {
      last = key;
      const decoder = new TextDecoder();
      for await (const bytes of await store.read(key, call)) {
        const lines = (open + decoder.decode(bytes, { stream: true })).split("\n");
        open = lines.pop() ?? "";
        yield* lines;
      }
    }
    if (rounds <= 0) break;
    await pause(followMilliseconds, call.signal);
  }
  if (open !== "") yield open;
}

/** How often the log is still to be looked at: a completed step's last piece comes up to a second after its outcome. */
async function roundsLeft(
  store: ArtifactStore,
  run: string,
  step: string,
  attempt: string,
  call: Call,
): Promise<number> {
  if ((await store.stat(layout.ended(run, step, attempt), call)) !== undefined) return afterEnd;
  const outcome = await readJson<{ readonly attempt?: string }>(store, layout.outcome(run, step), call);
  return outcome === undefined ? Infinity : outcome.attempt === attempt ? afterEnd : 0;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
  signal.throwIfAborted();
}
