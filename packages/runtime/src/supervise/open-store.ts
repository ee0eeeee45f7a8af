// The artifact store inside a step's process: its flavor's bundle lies beside this one.
import { ZenliteError, type ArtifactStore, type Flavor } from "@zenlite/core";
import type { StepWord } from "../word.ts";
import type { HeldCredentials } from "./held-credentials.ts";

export type StoreFlavor = Flavor<"artifact-store">;

/** The flavor in `store.mjs`. The path is made at run time, so that no bundler follows it. */
export async function importStore(): Promise<StoreFlavor> {
  const module = (await import(new URL("store.mjs", import.meta.url).href)) as { readonly default: StoreFlavor };
  return module.default;
}

export async function openStore(
  flavor: StoreFlavor,
  word: StepWord,
  signal: AbortSignal,
  held: HeldCredentials | undefined,
): Promise<ArtifactStore & AsyncDisposable> {
  const mountedAt = process.env["ZENLITE_STORE"];
  // The client has checked it against the flavor's schema.
  return flavor.open(word.store.config as never, {
    where: "step",
    place: word.store.place,
    signal,
    log: { info: note, warn: note },
    ...(mountedAt === undefined || mountedAt === "" ? {} : { mountedAt }),
    ...(held === undefined ? {} : { credentials: held.get }),
    secret: (reference) =>
      Promise.reject(
        new ZenliteError("ZENLITE_SECRET_IN_STEP", `The secret ${reference} is not known in a step's process.`, {
          fault: "internal",
        }),
      ),
  });
}

function note(message: string): void {
  process.stderr.write(`${message}\n`);
}
