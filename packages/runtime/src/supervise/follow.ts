// Follows the one file that both streams of a step's process append to: their lines are complete and in order, even of a process
// that was killed, and of those that it started itself.
import { fstatSync, mkdtempSync, openSync, read, readSync, rmSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const pollMilliseconds = 100;
const pieceBytes = 256 * 1024;

/** The step's output on disk, without a name: it is gone with the last process that has it open. */
export function openOutput(): number {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-log-"));
  const path = join(folder, "output");
  try {
    return openSync(path, "ax+");
  } finally {
    rmSync(path, { force: true });
    rmdirSync(folder);
  }
}

export interface Follower {
  /** Reads on to the end of what is there now, then ends. */
  finish(): Promise<void>;
}

/** `take` gets each new piece; while `isBusy` says so, reading waits. */
export function follow(file: number, take: (piece: Uint8Array) => void, isBusy: () => boolean): Follower {
  const buffer = Buffer.allocUnsafeSlow(pieceBytes);
  let position = 0;
  let reading = false;
  let idle: (() => void) | undefined;

  const poll = (): void => {
    if (reading || isBusy()) return;
    reading = true;
    read(file, buffer, 0, buffer.length, position, (error, count) => {
      reading = false;
      position += error === null ? count : 0;
      if (error === null && count > 0) take(buffer.subarray(0, count));
      idle?.();
      // More is probably there already.
      if (count === buffer.length && idle === undefined) poll();
    });
  };
  const timer = setInterval(poll, pollMilliseconds);

  return {
    async finish() {
      clearInterval(timer);
      if (reading) await new Promise<void>((resolve) => (idle = resolve));
      for (;;) {
        while (isBusy()) await new Promise((resolve) => setTimeout(resolve, 10));
        const count = readSync(file, buffer, 0, buffer.length, position);
        if (count === 0) return;
        position += count;
        take(buffer.subarray(0, count));
      }
    },
  };
}

/** The last bytes, to look for what a dying process said. */
export function lastOutput(file: number): string {
  const buffer = Buffer.alloc(16 * 1024);
  const count = readSync(file, buffer, 0, buffer.length, Math.max(0, fstatSync(file).size - buffer.length));
  return buffer.toString("utf8", 0, count);
}
