// The user's frames of a stack, with the places of the sources instead of the bundle's.
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Gives the header lines and the user's frames: frames of node, of packages and of zenlite are left out. */
export type MapStack = (stack: string) => string;

/**
 * Maps through `code.mjs.map`, read at the first error. Not by --enable-source-maps: that costs every process 18 ms, this only those
 * that fail. Without a map the places are those of the bundle.
 */
export function createStackMapper(codeFolder: string): MapStack {
  const file = join(codeFolder, "code.mjs");
  const names = [file, pathToFileURL(file).href];
  let map: SourceMap | null | undefined;
  return (stack) => {
    if (map === undefined) map = readMap(`${file}.map`);
    const lines: string[] = [];
    for (const line of stack.split("\n")) {
      if (!isFrame(line)) lines.push(line);
      else {
        const mapped = mapFrame(line, names, map);
        if (mapped !== undefined) lines.push(mapped);
      }
    }
    return lines.join("\n");
  };
}

function isFrame(line: string): boolean {
  return /^\s+at /u.test(line);
}

function mapFrame(line: string, names: readonly string[], map: SourceMap | null): string | undefined {
  const [, before = "", place = "", row = "0", column = "0"] =
    /^(\s+at .*?)\(?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/u.exec(line) ?? [];
  // A query tells reloaded bundles apart.
  if (!names.includes(place.replace(/\?.*$/u, ""))) return undefined;
  const name = before.trim().slice("at".length).trim();
  const frame = (where: string): string => (name === "" ? `    at ${where}` : `    at ${name} (${where})`);
  if (map === null) return frame(`code.mjs:${row}:${column}`);
  const found = map.findEntry(Number(row) - 1, Number(column) - 1);
  if (!("originalSource" in found)) return undefined;
  if (/(?:^|\/)node_modules\//u.test(found.originalSource)) return undefined;
  return frame(
    `${found.originalSource.replace(/^(?:\.\/)+/u, "")}:${found.originalLine + 1}:${found.originalColumn + 1}`,
  );
}

function readMap(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, "utf8")) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return null;
  }
}

/** `file:line:column` of the first frame. */
export function firstPlace(stack: string): string | undefined {
  for (const line of stack.split("\n")) {
    if (!isFrame(line)) continue;
    const [, place] = /\(?([^()\s]+:\d+:\d+)\)?$/u.exec(line) ?? [];
    if (place !== undefined) return place;
  }
  return undefined;
}
