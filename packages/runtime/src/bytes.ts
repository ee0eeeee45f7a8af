// Bytes on their way to the store and back: counted and digested while they pass, never held as a whole.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { ZenliteError, type ArtifactStore, type Bytes, type Call, type Digest, type Manifest } from "@zenlite/core";

const pieceSize = 1024 * 1024;
/** What is smaller as a whole is written without a stream. */
const flushSize = 256 * 1024;

export interface Written {
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

/** The artifact's bytes, checked: the stream errors at its end when they are not those that were written. */
export async function readVerified(store: ArtifactStore, manifest: Manifest, call: Call): Promise<Bytes> {
  const reader = (await store.read(manifest.key, call)).getReader();
  const hash = createHash("sha256");
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) {
          bytes += value.length;
          if (bytes > manifest.bytes) throw corrupt(manifest, `more than its ${manifest.bytes} bytes`);
          hash.update(value);
          controller.enqueue(value);
          return;
        }
        if (bytes !== manifest.bytes) throw corrupt(manifest, `${bytes} bytes instead of ${manifest.bytes}`);
        const digest: Digest = `sha256:${hash.digest("hex")}`;
        if (digest !== manifest.digest) throw corrupt(manifest, `digest ${digest} instead of ${manifest.digest}`);
        controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // One piece ahead: reading and digesting go on while the last piece is being used.
    { highWaterMark: 1 },
  );
}

/** All of the artifact, in memory of its own (so typed arrays over it are aligned). */
export async function readAll(store: ArtifactStore, manifest: Manifest, call: Call): Promise<Uint8Array<ArrayBuffer>> {
  const reader = (await store.read(manifest.key, call)).getReader();
  const all = new Uint8Array(manifest.bytes);
  let position = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (position + value.length > all.length) throw corrupt(manifest, `more than its ${manifest.bytes} bytes`);
    all.set(value, position);
    position += value.length;
  }
  if (position !== all.length) throw corrupt(manifest, `${position} bytes instead of ${manifest.bytes}`);
  const digest = sha256(all);
  if (digest !== manifest.digest) throw corrupt(manifest, `digest ${digest} instead of ${manifest.digest}`);
  return all;
}

/** Writes the artifact to a file, checked. Not synced to the disk: it is a copy that dies with the attempt. */
export async function readToFile(store: ArtifactStore, manifest: Manifest, path: string, call: Call): Promise<void> {
  await using handle = await open(path, "w");
  for await (const piece of await readVerified(store, manifest, call)) {
    let written = 0;
    while (written < piece.length) written += (await handle.write(piece, written)).bytesWritten;
  }
}

function corrupt(manifest: Manifest, found: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_ARTIFACT_CORRUPT",
    `Artifact ${manifest.key} is not what was written: it has ${found}.`,
    {
      fault: "environment",
      where: { file: manifest.key },
      hint: "The store has lost or changed data. Make it again: zenlite run <module> --force <step that made it>",
    },
  );
}
