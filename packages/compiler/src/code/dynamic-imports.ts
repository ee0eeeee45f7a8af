// `import(variable)` cannot be followed by a bundler and fails at run time; esbuild says nothing, so it is found here.
import { SourceMap } from "node:module";
import type { Loader, TransformOptions } from "esbuild";

type Transform = (code: string, options: TransformOptions) => Promise<{ readonly code: string; readonly map: string }>;

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

const mayImport = /\bimport\s*(?:\/[*/][\s\S]*?)?\(/;
/** What `import(x)` becomes where it is said not to exist; the argument starts after the last group. */
const lowered = /__toESM\(require\(((?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*)/g;
const followed = [
  // A plain text.
  /^(["'])(?:(?!\1)[^\\\n]|\\.)*\1\s*\)/,
  /^`(?:[^`\\$]|\\.|\$(?!\{))*`\s*\)/,
  // A relative start: esbuild takes in every file that matches the pattern.
  /^["'`]\.{1,2}\//,
];

/** Where a module imports what only the run can know. Exact: esbuild itself parses the code and marks each import(). */
export async function findDynamicImports(
  code: string,
  loader: Loader,
  transform: Transform,
): Promise<readonly Position[]> {
  if (!mayImport.test(code)) return [];
  const result = await transform(code, {
    loader,
    target: "esnext",
    supported: { "dynamic-import": false },
    sourcemap: "external",
    sourcesContent: false,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  const unknown = [...result.code.matchAll(lowered)].filter((match) => {
    const argument = result.code.slice(match.index + match[0].length);
    return !followed.some((shape) => shape.test(argument));
  });
  if (unknown.length === 0) return [];
  const map = new SourceMap(JSON.parse(result.map));
  return unknown.map((match) => {
    const before = linesOf(result.code.slice(0, match.index + match[0].length));
    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    if (!("originalLine" in entry)) return { line: 1, column: 1 };
    // The map leads to the argument; people look for the word.
    const argument = [...linesOf(code).slice(0, entry.originalLine), ""].join("\n").length + entry.originalColumn;
    const start = linesOf(code.slice(0, code.lastIndexOf("import", argument)));
    return { line: start.length, column: (start.at(-1)?.length ?? 0) + 1 };
  });
}

function linesOf(text: string): string[] {
  return text.split("\n");
}
