/** From the engine's stream of a container's output to lines and the supervisor's last word. */
import { exitFrame, isJsonObject, type StepExit } from "@zenlite/core";

/** A line longer than this is passed on in parts: a step may print gigabytes without a newline. */
const longestLine = 64 * 1024;

export interface OutputSink {
  /** `error`: the line came from standard error. */
  line(text: string, error: boolean): void;
  exit(exit: StepExit): void;
}

export interface OutputReader {
  push(chunk: Uint8Array): void;
  /** The stream is over: what stands without a newline is a line too. */
  end(): void;
}

/**
 * Without a terminal both streams come in one: 8 bytes (the stream's number, three zeros, the length), then the data.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
export function readOutput(sink: OutputSink): OutputReader {
  const header = new Uint8Array(8);
  let headerBytes = 0;
  let left = 0;
  const lines = { output: readLines(sink, false), error: readLines(sink, true) };
  let current = lines.output;
  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (left === 0) {
          const part = chunk.subarray(at, at + header.length - headerBytes);
          header.set(part, headerBytes);
          headerBytes += part.length;
          at += part.length;
          if (headerBytes < header.length) return;
          headerBytes = 0;
          left = new DataView(header.buffer).getUint32(4);
          current = header[0] === 2 ? lines.error : lines.output;
        } else {
          const part = chunk.subarray(at, at + left);
          current.push(part);
          left -= part.length;
          at += part.length;
        }
      }
    },
    end() {
      lines.output.end();
      lines.error.end();
    },
  };
}

function readLines(sink: OutputSink, error: boolean): OutputReader {
  const decoder = new TextDecoder();
  let rest = "";
  const put = (line: string): void => {
    // A step need not end its last line, and the supervisor's word then stands behind it.
    const at = error ? -1 : line.lastIndexOf(exitFrame);
    const exit = at < 0 ? undefined : parseExit(line.slice(at + exitFrame.length));
    if (exit === undefined) return sink.line(line, error);
    if (at > 0) sink.line(line.slice(0, at), error);
    sink.exit(exit);
  };
  return {
    push(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) put(line);
      for (; rest.length > longestLine; rest = rest.slice(longestLine)) put(rest.slice(0, longestLine));
    },
    end() {
      rest += decoder.decode();
      if (rest !== "") put(rest);
      rest = "";
    },
  };
}

const reasons = ["exited", "out-of-memory", "stopped", "timeout", "image", "capacity", "lost"] as const;

/** `undefined` for what only looks like an exit. */
function parseExit(text: string): StepExit | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { code, reason, detail } = value;
  const known = reasons.find((each) => each === reason);
  if (known === undefined || (code !== null && typeof code !== "number")) return undefined;
  return { code, reason: known, ...(typeof detail === "string" ? { detail } : {}) };
}
