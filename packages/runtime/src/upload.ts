// Bytes on their way to the store: counted and digested while they pass, never held as a whole.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { ZenliteError, type ArtifactStore, type Call, type Digest } from "@zenlite/core";

const pieceSize = 1024 * 1024;
/** What is smaller as a whole is written without a stream. */
const flushSize = 256 * 1024;

interface Written {
  readonly bytes: number;
  readonly digest: Digest;
}

export function sha256(data: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** An object of the store that is written piece by piece. */
export interface Upload {
  /** Takes the piece over: its buffer must not change afterwards. */
  write(piece: Uint8Array | string): Promise<void>;
  stream(pieces: AsyncIterable<Uint8Array | string>): Promise<void>;
  file(path: string): Promise<void>;
  finish(): Promise<Written>;
  /** Leaves nothing in the store. */
  fail(cause: unknown): Promise<void>;
}

/** Writes under a key of the attempt's own, so unconditionally. Small data goes in one piece, without a stream. */
export function openUpload(store: ArtifactStore, key: string, call: Call): Upload {
  const hash = createHash("sha256");
  let bytes = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let writing: Promise<unknown> | undefined;
  const failures: unknown[] = [];
  const waiters: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiters.splice(0)) resolve();
  };

  function start(): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start(given) {
          controller = given;
        },
        pull: wake,
        cancel: wake,
      },
      { highWaterMark: 1 },
    );
    writing = store.write(key, body, { ...call, if: "always" }).catch((cause: unknown) => {
      failures.push(cause);
      wake();
    });
  }

  function checkFailure(): void {
    if (failures.length > 0) throw failures[0];
  }

  /** Small pieces go as one: each hand-over costs a turn of the event loop. */
  async function flush(): Promise<void> {
    if (writing === undefined) start();
    const piece = joined(held);
    held = [];
    heldBytes = 0;
    await enqueue(piece);
  }

  function isFull(): boolean {
    return failures.length === 0 && controller?.desiredSize === 0;
  }

  async function enqueue(piece: Uint8Array): Promise<void> {
    checkFailure();
    controller?.enqueue(piece);
    while (isFull()) await new Promise<void>((resolve) => waiters.push(resolve));
    checkFailure();
  }

  const upload: Upload = {
    async write(piece) {
      const data = typeof piece === "string" ? Buffer.from(piece) : piece;
      if (!(data instanceof Uint8Array)) throw notBytes(data);
      if (data.length === 0) return;
      hash.update(data);
      bytes += data.length;
      held.push(data);
      heldBytes += data.length;
      if (heldBytes >= flushSize) await flush();
    },
    async stream(pieces) {
      for await (const piece of pieces) await upload.write(piece);
    },
    async file(path) {
      await using handle = await open(path, "r");
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(pieceSize), 0, pieceSize);
        if (bytesRead === 0) return;
        await upload.write(buffer.subarray(0, bytesRead));
      }
    },
    async finish() {
      if (writing === undefined) {
        await store.write(key, joined(held), { ...call, if: "always" });
      } else {
        if (heldBytes > 0) await flush();
        controller?.close();
        await writing;
        checkFailure();
      }
      return { bytes, digest: `sha256:${hash.digest("hex")}` };
    },
    async fail(cause) {
      if (writing === undefined) return;
      if (failures.length === 0) controller?.error(cause);
      await writing;
    },
  };
  return upload;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

function notBytes(piece: unknown): ZenliteError {
  const what =
    piece === null
      ? "null"
      : typeof piece === "object"
        ? `an instance of ${piece.constructor.name}`
        : `a ${typeof piece}`;
  return new ZenliteError(
    "ZENLITE_STREAM_NOT_BYTES",
    `A stream that is stored gives bytes or texts; this one gave ${what}.`,
    {
      hint: "Turn each item into text first: Readable.from(lines.map((line) => `${JSON.stringify(line)}\\n`))",
    },
  );
}
