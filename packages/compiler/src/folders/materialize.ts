// From the artifact store back to folders of this machine: for a resume, a schedule, another person.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline as pump } from "node:stream/promises";
import { ZenliteError, isJsonObject, type ArtifactStore, type Call, type Digest, type Plan } from "@zenlite/core";
import { hexOf, layout } from "@zenlite/records";
import { createPackages } from "../code/packages.ts";
import { findNatives, folderNameOf, linkNatives, type Natives } from "./code-folder.ts";
import type { PublishedFolders } from "./publish.ts";
import { stage } from "./staging.ts";

/**
 * The folders of a plan's code and runner: from the cache where they are there, else out of the store, verified. Throws
 * ZENLITE_CODE_CORRUPT, ZENLITE_NOT_FOUND, ZENLITE_PACKAGE_MISSING (a native package that no image brings).
 */
export async function materialize(
  plan: Plan,
  store: ArtifactStore,
  stateFolder: string,
  call: Call,
): Promise<PublishedFolders> {
  const code = await stage(stateFolder, "code", folderNameOf(plan.code), async (folder) => {
    const app = join(folder, "app");
    mkdirSync(app, { recursive: true });
    await unpack(store, layout.code(plan.code.digest), plan.code.digest, app, call);
    if (plan.code.carried !== undefined)
      await unpack(store, layout.carried(plan.code.carried), plan.code.carried, app, call);
  });
  const runner = await stage(stateFolder, "runner", hexOf(plan.runner), (folder) =>
    unpack(store, layout.runner(plan.runner), plan.runner, folder, call),
  );
  const codeFolder = await code.commit();
  // Where steps start from an image it has the native packages; elsewhere the project must.
  if (plan.steps.some((step) => step.image === undefined)) {
    const natives = readNatives(join(codeFolder, "app", "natives.json"));
    // The state folder lies in the project's folder.
    linkNatives(codeFolder, findNatives(natives, dirname(stateFolder), createPackages()));
  }
  return { codeFolder: join(codeFolder, "app"), runnerFolder: await runner.commit() };
}

function readNatives(file: string): Natives {
  if (!existsSync(file)) return {};
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isJsonObject(parsed)) return {};
  return Object.fromEntries(
    Object.entries(parsed).map(([name, version]) => [name, typeof version === "string" ? version : ""]),
  );
}

async function unpack(store: ArtifactStore, key: string, digest: Digest, folder: string, call: Call): Promise<void> {
  // Whole and verified before a byte of it is looked at: an archive that was cut off would keep its reader waiting.
  const file = join(folder, ".archive.tar");
  const hash = createHash("sha256");
  const hashing = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pump(Readable.fromWeb(await store.read(key, call)), hashing, createWriteStream(file));
  if (`sha256:${hash.digest("hex")}` !== digest) throw corrupt(key, "its digest is another one");

  const { createTarDecoder } = await import("modern-tar");
  const archive = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  for await (const { header, body } of archive.pipeThrough(createTarDecoder())) {
    const { name, mode, type } = header;
    if (type !== "file" || !isPlain(name)) throw corrupt(key, `it holds "${name}"`);
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await pump(body, createWriteStream(target));
    if (((mode ?? 0) & 0o100) !== 0) await chmod(target, 0o755);
  }
  await rm(file);
}

/** A path that stays inside the folder it is unpacked into. */
function isPlain(name: string): boolean {
  return name.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part));
}

function corrupt(key: string, why: string): ZenliteError {
  return new ZenliteError("ZENLITE_CODE_CORRUPT", `${key} in the artifact store is not what was written: ${why}.`, {
    fault: "environment",
    hint: "Run the pipeline again from its source: zenlite run <module>",
  });
}
