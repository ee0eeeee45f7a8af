// One bundle must hold one copy of what makes steps: two would not know each other's objects.
import { ZenliteError } from "@zenlite/core";
import { join } from "node:path";
import type { Modules } from "./modules.ts";

const onlyOnce = new Set(["zenlite", "@zenlite/core", "@zenlite/pipeline"]);

/** `paths` are relative to the project. Throws ZENLITE_TWO_COPIES naming both folders. */
export function refuseTwoCopies(paths: readonly string[], modules: Modules): void {
  const folders = new Map<string, string>();
  for (const path of paths) {
    const owner = modules.ownerOf(join(modules.projectFolder, path));
    if (owner.kind === "own" || !onlyOnce.has(owner.package.name)) continue;
    const { name, folder } = owner.package;
    const first = folders.get(name);
    if (first !== undefined && first !== folder)
      throw new ZenliteError("ZENLITE_TWO_COPIES", `The code reaches two copies of ${name}: ${first} and ${folder}.`, {
        hint: `npm dedupe; npm ls ${name} says who brings them.`,
        fault: "environment",
      });
    folders.set(name, folder);
  }
}
