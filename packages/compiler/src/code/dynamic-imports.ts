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
export async function findDynamicImports(code: string, loader: Loader, transform: Transform): Promise<readonly Position[]> {
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
    const before = result.code.slice(0, match.index + match[0].length);
    const line = before.split("\n").length - 1;
    const entry = map.findEntry(line, before.length - before.lastIndexOf("\n") - 1);
    return "originalLine" in entry
      ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
      : { line: 1, column: 1 };
  });
}
