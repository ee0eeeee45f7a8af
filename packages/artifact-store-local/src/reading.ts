import { close, closeSync, fstatSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import type { Bytes } from "@zenlite/core";
import { chunkBytes, explain } from "./disk.ts";

const readLater = promisify(read);

/** The file's bytes from `from` on. Owns the descriptor: it is closed at the end, on an error, on cancel and on abort. */
export function readDescriptor(descriptor: number, from: number, signal: AbortSignal, path: string): Bytes {
  const size = fstatSync(descriptor).size;
  if (size - from > chunkBytes) return readChunks(descriptor, from, signal, path);
  try {
    return oneChunk(readWhole(descriptor, from, size));
  } finally {
    closeSync(descriptor);
  }
}

/** For a small file a blocking read is several times quicker than the thread pool. */
function readWhole(descriptor: number, from: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, size - from));
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function oneChunk(bytes: Uint8Array): Bytes {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** One chunk is read ahead, no more: while the consumer works on one, the disk brings the next. */
function readChunks(descriptor: number, from: number, signal: AbortSignal, path: string): Bytes {
  let position = from;
  let reading: Promise<unknown> = Promise.resolve();
  let open = true;
  const finish = async (): Promise<void> => {
    if (!open) return;
    open = false;
    // The descriptor's number must not go to another file while a read of it is under way.
    await reading.catch(() => undefined);
    close(descriptor);
  };
  let abort: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      abort = () => {
        controller.error(signal.reason);
        void finish();
      };
      signal.addEventListener("abort", abort, { once: true });
    },
    async pull(controller) {
      // Not zeroed, and not from the pool that Node shares among small buffers.
      const buffer = Buffer.allocUnsafeSlow(chunkBytes);
      const done = readLater(descriptor, buffer, 0, chunkBytes, position);
      reading = done;
      try {
        const { bytesRead } = await done;
        if (!open) return;
        position += bytesRead;
        if (bytesRead > 0) return controller.enqueue(new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead));
        controller.close();
      } catch (error) {
        if (open) controller.error(explain(error, path));
      }
      signal.removeEventListener("abort", abort ?? (() => undefined));
      await finish();
    },
    async cancel() {
      signal.removeEventListener("abort", abort ?? (() => undefined));
      await finish();
    },
  });
}
