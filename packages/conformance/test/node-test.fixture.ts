// Run by artifact-store.test.ts under `node --test`: the suite with another runner than vitest.
import { test } from "node:test";
import { artifactStoreSuite } from "../src/artifact-store.ts";
import { memoryStore } from "./memory-store.ts";

artifactStoreSuite({ test, open: async () => memoryStore() });
