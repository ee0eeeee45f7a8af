// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder that is removed with the scope that holds it. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "zenlite-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
