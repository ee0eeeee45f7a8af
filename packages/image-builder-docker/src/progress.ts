/** What the engine says while it builds, pulls or pushes, as lines for people. */
import { stripVTControlCharacters } from "node:util";
import { isJsonObject } from "@zenlite/core";
import { jsonLines } from "./engine.ts";
import { stringAt } from "./json.ts";

export type Say = (line: string) => void;

const secondsBetweenLines = 3;

/** Ends with the engine's work; throws what it reports as an error. `aside`: the engine's words that are for programs. */
export async function follow(
  stream: NodeJS.ReadableStream,
  say: Say,
  aside: (word: { readonly [key: string]: unknown }) => void = () => {},
): Promise<void> {
  let rest = "";
  const moved = new Map<string, number>();
  let lastLine = Date.now();
  for await (const event of jsonLines(stream)) {
    const failed = stringAt(event, "error");
    if (failed !== undefined) throw new Error(failed);
    const word = event["aux"];
    if (isJsonObject(word)) aside(word);
    // npm colours its errors even where nobody sees colours.
    const lines = (rest + stripVTControlCharacters(stringAt(event, "stream") ?? "")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") say(line.trimEnd());
    const status = stringAt(event, "status");
    if (status === undefined) continue;
    const layer = stringAt(event, "id") ?? "";
    // A layer says many times a second how far it is: the changes of its state are enough, and now and then the sum.
    if (stringAt(event, "progress") === undefined) say(`${layer} ${status}`.trim());
    else if (status === "Pushing" || status === "Downloading") {
      const { progressDetail } = event;
      moved.set(layer, isJsonObject(progressDetail) ? Number(progressDetail["current"] ?? 0) : 0);
      if (Date.now() - lastLine < secondsBetweenLines * 1000) continue;
      lastLine = Date.now();
      say(`${status} (${Math.round([...moved.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6)} MB so far)`);
    }
  }
  if (rest.trim() !== "") say(rest);
}
