// Small images on the Docker engine, pushed and pulled. Tests of registry-ecr use it too.
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import Docker from "dockerode";
import type { ContainerRegistry } from "@zenlite/core";

export const docker = new Docker({ socketPath: "/var/run/docker.sock" });

/** An image without files that nobody else has. */
export async function makeImage(reference: string): Promise<void> {
  const [, repo = "", tag = ""] = /^(.*):([^:/]+)$/u.exec(reference) ?? [];
  const options = { repo, tag, changes: [`LABEL test=${randomUUID()}`] };
  // Two empty blocks are an archive without files.
  await follow(await docker.importImage(Readable.from([Buffer.alloc(1024)]), options));
}

/** As the image-builder does: with what the registry's `login` says. Throws the engine's own words. */
export async function push(registry: ContainerRegistry, reference: string, signal: AbortSignal): Promise<void> {
  const { username, password } = await registry.login("any", { signal });
  await follow(
    await docker.getImage(reference).push({ authconfig: { username, password, serveraddress: host(reference) } }),
  );
}

export async function pull(registry: ContainerRegistry, reference: string, signal: AbortSignal): Promise<void> {
  const { username, password } = await registry.login("any", { signal });
  await follow(await docker.pull(reference, { authconfig: { username, password, serveraddress: host(reference) } }));
}

export async function removeImage(reference: string): Promise<void> {
  await docker
    .getImage(reference)
    .remove({ force: true })
    .catch(() => undefined);
}

function host(reference: string): string {
  return reference.slice(0, reference.indexOf("/"));
}

async function follow(stream: NodeJS.ReadableStream): Promise<void> {
  let text = "";
  stream.on("data", (data: Buffer) => (text += data.toString()));
  await finished(stream);
  const [, error] = /"error":"(.*?)"/u.exec(text) ?? [];
  if (error !== undefined) throw new Error(error);
}
