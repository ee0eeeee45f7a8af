// A guide as its reader follows it: its files, its commands, and what it says that they print.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../project.ts";

export interface Guide {
  /** Path → text, of code blocks that begin with their path as a comment. */
  readonly files: { readonly [path: string]: string };
  /** The commands of each shell block; what prepares a project by npm and docker is left out. */
  readonly commands: readonly (readonly string[])[];
  /** The first block of a language. */
  block(language: string): string;
}

export function readGuide(page: string): Guide {
  const text = readFileSync(join(repository, page), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", body = ""]) => ({
    language,
    body,
  }));
  const files = blocks.flatMap(({ body }) => {
    const [, path] = /^\/\/ ([\w./-]+)\n/.exec(body) ?? [];
    return path === undefined ? [] : [[path, body] as const];
  });
  const commands = blocks
    .filter(({ language }) => language === "sh")
    .map(({ body }) => body.split("\n").filter((line) => /^(?:zenlite|node) /.test(line)))
    .filter((lines) => lines.length > 0);
  return {
    files: Object.fromEntries(files),
    commands,
    block(language) {
      const found = blocks.find((each) => each.language === language);
      if (found === undefined) throw new Error(`${page} has no block of ${language}`);
      return found.body;
    },
  };
}

/** A sample of output, in which `…` stands for anything within a line. */
export function sampleOf(text: string): RegExp {
  const quoted = text.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${quoted.join("[^\\n]+")}`, "m");
}
