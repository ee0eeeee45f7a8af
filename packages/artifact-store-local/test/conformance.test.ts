import { artifactStoreSuite } from "@zenlite/conformance";
import { test } from "vitest";
import { openAt } from "./open.ts";
import { temporaryFolder } from "./folder.ts";

artifactStoreSuite({
  test,
  async open() {
    const folder = temporaryFolder();
    const store = await openAt(folder.path);
    return { ...store, [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
  },
});
