/** Runner and code as copies in a volume of the container, for an engine that does not see this machine's folders. */
import { containerLayout } from "@zenlite/core";
import type { Engine } from "./engine.ts";

/** What travels: folders of this machine. */
export interface Parts {
  readonly runner: string;
  readonly code: string;
}

/** In the volume of the code: for two archives the engine would take twice its time, which is most of a copy. */
export const copiedRunner = `${containerLayout.code}/.runner`;

/**
 * Without a name, so that the engine removes it with the container. Not read-only: the engine would not unpack into it. What is in it
 * belongs to root all the same. https://docs.docker.com/engine/storage/volumes/
 */
export const volume = { Type: "volume", Target: containerLayout.code, VolumeOptions: { NoCopy: true } } as const;

/** Before the container starts. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/PutContainerArchive */
export async function copyInto(engine: Engine, id: string, { runner, code }: Parts): Promise<void> {
  const { packTar } = await import("modern-tar/fs");
  const archive = packTar(
    [
      { type: "directory", source: code, target: "." },
      { type: "directory", source: runner, target: ".runner" },
    ],
    // Readable by whatever user the step runs as, whoever made the files here.
    { map: (header) => ({ ...header, uid: 0, gid: 0, mode: modeOf(header.type, header.mode) }) },
  );
  await engine.ask(engine.docker.getContainer(id).putArchive(archive, { path: containerLayout.code }));
}

function modeOf(type: string | undefined, mode = 0): number {
  return type === "directory" || (mode & 0o100) !== 0 ? 0o755 : 0o644;
}
