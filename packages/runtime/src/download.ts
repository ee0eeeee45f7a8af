// Bytes from the store, checked on their way against what was written.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { ZenliteError, type ArtifactStore, type Bytes, type Call, type Digest, type Manifest } from "@zenlite/core";
import { sha256 } from "./upload.ts";

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
