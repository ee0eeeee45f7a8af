// Code, runner and plan in the artifact store: each under its digest, written once, whole.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ZenliteError, type ArtifactStore, type Call, type Digest, type Plan } from "@zenlite/core";
import { layout } from "@zenlite/records";
import type { FileEntry } from "../code/carried.ts";
import { compareText } from "../code/packages.ts";
import { packTar } from "./tar.ts";

export interface PublishedFolders {
  /** With `code.mjs`; carried packages lie in its `node_modules`. */
  readonly codeFolder: string;
  readonly runnerFolder: string;
}

/** What the store has already is not written again. Throws ZENLITE_CODE_CORRUPT where the cache is not what it was. */
export async function publishPlan(
  plan: Plan,
  text: { readonly digest: Digest; readonly json: string },
  folders: PublishedFolders,
  store: ArtifactStore,
  call: Call,
): Promise<void> {
  const inCode = (): readonly FileEntry[] => entriesOf(folders.codeFolder, (name) => name !== "node_modules");
  const archives: Promise<void>[] = [
    writeArchive(store, layout.code(plan.code.digest), plan.code.digest, inCode, call),
    writeArchive(store, layout.runner(plan.runner), plan.runner, () => entriesOf(folders.runnerFolder), call),
  ];
  if (plan.code.carried !== undefined) {
    const carried = join(folders.codeFolder, "node_modules");
    archives.push(
      writeArchive(
        store,
        layout.carried(plan.code.carried),
        plan.code.carried,
        () => entriesOf(carried, undefined, "node_modules/"),
        call,
      ),
    );
  }
  await Promise.all(archives);
  // Last: whoever finds a plan finds what it names.
  await writeOnce(store, layout.plan(text.digest), () => Promise.resolve(new TextEncoder().encode(text.json)), call);
}

async function writeArchive(
  store: ArtifactStore,
  key: string,
  digest: Digest,
  entries: () => readonly FileEntry[],
  call: Call,
): Promise<void> {
  await writeOnce(store, key, async () => Readable.toWeb(verified(await packTar(entries()), digest, key)), call);
}

async function writeOnce(
  store: ArtifactStore,
  key: string,
  body: () => Promise<ReadableStream<Uint8Array> | Uint8Array>,
  call: Call,
): Promise<void> {
  if ((await store.stat(key, call)) !== undefined) return;
  // A conflict is somebody else with the same bytes.
  await store.write(key, await body(), { ...call, if: "absent" });
}

/** Fails at its end, and so before the store keeps anything, when the bytes are not those of the digest. */
function verified(stream: Readable, digest: Digest, key: string): Readable {
  return Readable.from(
    (async function* () {
      const hash = createHash("sha256");
      for await (const chunk of stream) {
        hash.update(chunk as Uint8Array);
        yield chunk as Uint8Array;
      }
      if (`sha256:${hash.digest("hex")}` !== digest)
        throw new ZenliteError(
          "ZENLITE_CODE_CORRUPT",
          `The cached files of ${key} were changed after they were made.`,
          {
            fault: "environment",
            hint: "Remove .zenlite/cache and run again.",
          },
        );
    })(),
  );
}

/** The files of a folder as an archive holds them. */
function entriesOf(folder: string, take: (name: string) => boolean = () => true, prefix = ""): readonly FileEntry[] {
  const entries: FileEntry[] = [];
  const visit = (path: string, inside: string): void => {
    for (const name of readdirSync(path)) {
      if (inside === prefix && !take(name)) continue;
      const source = join(path, name);
      const stats = statSync(source);
      if (stats.isDirectory()) visit(source, `${inside}${name}/`);
      else entries.push({ path: `${inside}${name}`, source, executable: (stats.mode & 0o100) !== 0 });
    }
  };
  visit(folder, prefix);
  return entries.sort((left, right) => compareText(left.path, right.path));
}
