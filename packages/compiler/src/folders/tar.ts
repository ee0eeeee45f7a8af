// Deterministic tar archives: the same files give the same bytes whenever and wherever they are packed.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline as pump } from "node:stream/promises";
import type { Digest } from "@zenlite/core";
import type { FileEntry } from "../code/carried.ts";
import { loadTarStream } from "./tar-stream.ts";

/** Entries in the order given; owner 0, time 0. Only files: folders are made by whoever unpacks. */
export async function packTar(entries: readonly FileEntry[]): Promise<Readable> {
  const { pack } = await loadTarStream();
  const archive = pack();
  const write = async (): Promise<void> => {
    for (const entry of entries) {
      const header = {
        name: entry.path,
        mode: entry.executable ? 0o755 : 0o644,
        uid: 0,
        gid: 0,
        mtime: new Date(0),
      } as const;
      if (typeof entry.source === "string") {
        const { size } = await stat(entry.source);
        await pump(createReadStream(entry.source), archive.entry({ ...header, size }));
      } else await pump(Readable.from([entry.source]), archive.entry({ ...header, size: entry.source.byteLength }));
    }
    archive.finalize();
  };
  write().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(archive);
}

/** `sha256:…` of the archive of these entries. */
export async function digestOfTar(entries: readonly FileEntry[]): Promise<Digest> {
  const hash = createHash("sha256");
  for await (const chunk of await packTar(entries)) hash.update(chunk as Uint8Array);
  return `sha256:${hash.digest("hex")}`;
}
