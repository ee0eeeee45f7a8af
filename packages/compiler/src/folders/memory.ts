// What was found out about files that have not changed since: one JSON file for each question asked.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type Json } from "@zenlite/core";
import { digestOfJson, hexOf } from "@zenlite/records";
import { replaceFile } from "./staging.ts";
import { listingsHold, stampsHold, type Listings, type Stamps } from "./stamps.ts";

interface Remembered {
  readonly format: 1;
  readonly stamps: Stamps;
  readonly listings: Listings;
  readonly facts: unknown;
}

/** The file that answers a question; what is part of the question need not be stamped. */
export function memoryFile(stateFolder: string, question: Json): string {
  const name = hexOf(digestOfJson(question)).slice(0, 40);
  return join(stateFolder, "cache", "bundles", `${name}.json`);
}

/** `undefined` where nothing is remembered, something changed, or the file is not what `isFacts` wants. */
export function recall<Facts>(file: string, isFacts: (value: unknown) => value is Facts): Facts | undefined {
  let remembered: Remembered;
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isRemembered(parsed)) return undefined;
    remembered = parsed;
  } catch {
    return undefined;
  }
  if (!stampsHold(remembered.stamps) || !listingsHold(remembered.listings)) return undefined;
  return isFacts(remembered.facts) ? remembered.facts : undefined;
}

export function remember(file: string, stamps: Stamps, listings: Listings, facts: unknown): Promise<void> {
  const content: Remembered = { format: 1, stamps, listings, facts };
  return replaceFile(file, JSON.stringify(content));
}

function isRemembered(value: unknown): value is Remembered {
  return isJsonObject(value) && value["format"] === 1 && isTexts(value["stamps"]) && isTexts(value["listings"]);
}

function isTexts(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === "string");
}
