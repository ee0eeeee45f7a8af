import type { ArtifactStore } from "@zenlite/core";
import { conditionTests } from "./artifact-store/conditions.ts";
import { keyTests } from "./artifact-store/keys.ts";
import { listingTests } from "./artifact-store/listing.ts";
import { objectTests } from "./artifact-store/objects.ts";
import { bench, type StoreTest } from "./artifact-store/bench.ts";
import { streamTests } from "./artifact-store/streams.ts";

export interface ArtifactStoreSuiteOptions {
  /** The runner's own: `test` of vitest, of node:test, or anything that takes a name and a function. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Opens the store under test, once a test. It need not be empty: each test keeps to a prefix of its own and clears it. */
  readonly open: () => Promise<ArtifactStore & AsyncDisposable>;
}

/** Every rule of the ArtifactStore contract as a named test. Nothing is skipped: a store that cannot do something is none. */
export function artifactStoreSuite({ test, open }: ArtifactStoreSuiteOptions): void {
  const groups: readonly (readonly StoreTest[])[] = [objectTests, conditionTests, streamTests, listingTests, keyTests];
  for (const { name, run } of groups.flat())
    test(name, async () => {
      await using store = await open();
      await using place = bench(store);
      await run(place);
    });
}
