// The step context: what a function sees of its run, and what it may add to the record.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ZenliteError, type Json, type JsonObject, type Logger } from "@zenlite/core";
import type { StepContext } from "@zenlite/pipeline";
import { pathText, walk } from "./materializers/walk.ts";
import type { StepWord } from "./word.ts";

export interface Noted {
  readonly context: StepContext;
  readonly metadata: { [name: string]: Json };
  readonly metrics: { [name: string]: number };
}

export function createContext(
  word: StepWord,
  options: { signal: AbortSignal; log: Logger; scratchFolder: string },
): Noted {
  const metadata: { [name: string]: Json } = {};
  const metrics: { [name: string]: number } = {};
  const step = word.step.id;
  let folder: string | undefined;
  const context: StepContext = {
    run: word.run,
    step,
    attempt: word.attempt,
    number: word.number,
    signal: options.signal,
    log: options.log,
    secrets: Object.freeze({ ...word.secrets }),
    // Made when it is asked for: most steps need none, and a folder costs as much as a record.
    get scratchFolder() {
      if (folder === undefined) {
        folder = join(options.scratchFolder, "work");
        mkdirSync(folder, { recursive: true });
      }
      return folder;
    },
    metadata(entries: JsonObject) {
      const walked = walk(entries);
      if (walked !== "json")
        throw new ZenliteError(
          "ZENLITE_METADATA_NOT_DATA",
          `Step "${step}": ${
            walked === "structured"
              ? "metadata holds a value that JSON cannot keep (a Date, a Map, undefined, NaN, …)"
              : `${pathText("metadata", walked.path)} is ${walked.what}`
          }.`,
          {
            hint: "Metadata is for people and tools to read: give texts, numbers, true or false, and lists and objects of them.",
          },
        );
      // Copied: what the step changes afterwards is not meant.
      Object.assign(metadata, structuredClone(entries));
    },
    metric(name, value) {
      if (typeof name !== "string" || name === "" || typeof value !== "number" || !Number.isFinite(value))
        throw new ZenliteError(
          "ZENLITE_METRIC_NOT_FINITE",
          `Step "${step}": metric ${JSON.stringify(name)} is ${String(value)}; a metric is a finite number.`,
          {
            hint: "Leave it out where there is nothing to measure.",
          },
        );
      metrics[name] = value;
    },
  };
  return { context, metadata, metrics };
}
