// The versions whose change makes other bundles of the same sources.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, dirname } from "node:path";
import type { JsonObject } from "@zenlite/core";

/** Raised when what is bundled, or how it is remembered, changes. */
const format = 1;

/** Read from package.json: importing esbuild would take longer than all else that an unchanged bundle needs. */
export function compilerVersions(): JsonObject {
  const require = createRequire(import.meta.url);
  const manifest: unknown = JSON.parse(
    readFileSync(join(dirname(require.resolve("esbuild")), "..", "package.json"), "utf8"),
  );
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined;
  return { format, esbuild: String(version), node: process.versions.node };
}
