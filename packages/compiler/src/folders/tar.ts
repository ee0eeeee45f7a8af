// Deterministic tar archives: the same files give the same bytes whenever and wherever they are packed.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Digest } from "@zenlite/core";
import type { FileEntry } from "../code/carried.ts";

/** Entries in the order given; owner 0, time 0. Only files: folders are made by whoever unpacks. */
export async function packTar(entries: readonly FileEntry[]): Promise<Readable> {
  const { createTarPacker } = await import("modern-tar");
  const { readable, controller } = createTarPacker();
  const write = async (): Promise<void> => {
    for (const { path, executable, source } of entries) {
      const size = typeof source === "string" ? (await stat(source)).size : source.byteLength;
      const mode = executable ? 0o755 : 0o644;
      const body = controller.add({ name: path, type: "file", mode, uid: 0, gid: 0, mtime: new Date(0), size });
      const content = typeof source === "string" ? createReadStream(source) : Readable.from([source]);
      await (Readable.toWeb(content) as ReadableStream<Uint8Array>).pipeTo(body);
    }
    controller.finalize();
  };
  write().catch((error: unknown) => controller.error(error));
  return Readable.fromWeb(readable);
}

/** `sha256:…` of the archive of these entries. */
export async function digestOfTar(entries: readonly FileEntry[]): Promise<Digest> {
  const hash = createHash("sha256");
  for await (const chunk of await packTar(entries)) hash.update(chunk as Uint8Array);
  return `sha256:${hash.digest("hex")}`;
}
