// Stacks that show the user's sources instead of the bundle.
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place } from "@zenlite/core";

export interface StackMap {
  /** The stack with `src/steps.ts:3:7` where it had `code.mjs:120:9`; frames that are not the user's are left out. */
  map(stack: string): string;
  /** Where the user's own code is first, from the throw outwards. */
  first(stack: string): Place | undefined;
}

/** `codeFolder` holds `code.mjs` and its map, which is read when it is first needed. */
export function createStackMap(codeFolder: string): StackMap {
  let loaded: SourceMap | null | undefined;
  const map = (): SourceMap | null => {
    if (loaded !== undefined) return loaded;
    try {
      loaded = new SourceMap(JSON.parse(readFileSync(join(codeFolder, "code.mjs.map"), "utf8")));
    } catch {
      // Without a map the bundle's own lines are shown.
      loaded = null;
    }
    return loaded;
  };
  const file = join(codeFolder, "code.mjs");
  const places = [pathToFileURL(file).href, file].map((place) => place.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const inBundle = new RegExp(`(?:${places.join("|")})(?:\\?[^:)]*)?:(\\d+):(\\d+)`);
  const original = (
    line: string,
  ): { readonly whole: string; readonly place: Required<Pick<Place, "file" | "line" | "column">> } | undefined => {
    const [whole, row, column] = inBundle.exec(line) ?? [];
    if (whole === undefined) return undefined;
    const entry = map()?.findEntry(Number(row) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return undefined;
    return {
      whole,
      place: { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 },
    };
  };
  const isForeign = (path: string): boolean => path.startsWith("node_modules/") || path.includes("zenlite:");
  return {
    map: (stack) =>
      stack
        .split("\n")
        .flatMap((line) => {
          const found = original(line);
          if (found === undefined) return /^\s+at /.test(line) ? [] : [line];
          const { file, line: row, column } = found.place;
          return isForeign(file) ? [] : [line.replace(found.whole, `${file}:${row}:${column}`)];
        })
        .join("\n"),
    first(stack) {
      for (const line of stack.split("\n")) {
        const place = original(line)?.place;
        if (place !== undefined && !isForeign(place.file)) return place;
      }
      return undefined;
    },
  };
}
