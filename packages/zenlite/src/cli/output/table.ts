// Plain tables for terminals and pipes: columns as wide as their content, the last one cut where the terminal ends.
import { stripVTControlCharacters } from "node:util";

const width = (text: string): number => stripVTControlCharacters(text).length;

/** Rows of cells under a heading, two spaces apart. Cells may be styled. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = heading.map((title, index) => Math.max(width(title), ...rows.map((row) => width(row[index] ?? ""))));
  const line = (cells: readonly string[]): string => {
    const text = cells
      .map((cell, index) =>
        index === cells.length - 1 ? cell : cell + " ".repeat(Math.max(0, (columns[index] ?? 0) - width(cell))),
      )
      .join("  ")
      .trimEnd();
    const limit = process.stdout.isTTY ? process.stdout.columns : Infinity;
    return width(text) > limit ? `${stripVTControlCharacters(text).slice(0, limit - 1)}…` : text;
  };
  return [heading, ...rows].map(line).join("\n");
}
