// What a run looks like while it goes on: a live tree on a terminal, plain lines elsewhere, JSON lines for scripts.
import type { RunEvent } from "@zenlite/core";

export interface Reporter {
  event(event: RunEvent): void;
  /** Takes live drawings away and leaves the last state standing. */
  close(): void;
}

export type ReportStyle = "tree" | "lines" | "json" | "none";

/** `tree` only where somebody looks: a terminal that can move its cursor and no CI. */
export function reportStyle(json: boolean): ReportStyle {
  if (json) return "json";
  const dumb = process.env["TERM"] === "dumb" || (process.env["CI"] ?? "") !== "";
  return process.stdout.isTTY && process.stdout.columns > 0 && !dumb ? "tree" : "lines";
}

export async function createReporter(style: ReportStyle): Promise<Reporter> {
  switch (style) {
    case "json":
      return { event: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`), close: () => {} };
    case "lines":
      return (await import("./lines.ts")).linesReporter(process.stdout);
    case "tree":
      return (await import("./tree.ts")).treeReporter(process.stdout);
    case "none":
      return { event: () => {}, close: () => {} };
  }
}
