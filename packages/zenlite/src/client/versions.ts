// Which zenlite this is: for --version and for the records.
import { createRequire } from "node:module";

export function zenliteVersion(): string {
  // By its own name: the same from src, dist and a bundle's chunk.
  const { version } = createRequire(import.meta.url)("zenlite/package.json") as { readonly version: string };
  return version;
}
