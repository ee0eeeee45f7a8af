/** A build context made in memory, the same bytes for the same files. */
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { BuildFiles } from "./dockerfile.ts";

export function packContext(files: BuildFiles): Readable {
  const archive = pack();
  // A clock's time would make the engine's layer cache miss, and every archive another one.
  const mtime = new Date(0);
  const sorted = Object.entries(files).sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [name, text] of sorted) archive.entry({ name, mtime, mode: 0o644, uid: 0, gid: 0 }, text);
  archive.finalize();
  return Readable.from(archive);
}
