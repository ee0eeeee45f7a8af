// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import type { ArtifactStore, ComponentContext } from "@zenlite/core";
import flavor from "../src/index.ts";

export const call = { signal: new AbortController().signal };

/** The store as a client opens it, in the `store` folder of a project's state folder. */
export function openAt(
  stateFolder: string,
  more: Partial<ComponentContext> = {},
): Promise<ArtifactStore & AsyncDisposable> {
  return flavor.open(
    {},
    {
      where: "client",
      place: { projectFolder: stateFolder, stateFolder, configFolder: stateFolder },
      signal: call.signal,
      log: { info: () => undefined, warn: () => undefined },
      secret: (reference) => Promise.reject(new Error(`no secret ${reference}`)),
      ...more,
    },
  );
}
