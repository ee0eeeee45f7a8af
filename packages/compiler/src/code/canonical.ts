// Paths that esbuild writes into comments, wrapper keys and maps, made the same wherever it runs.

/** From the paths that a metafile lists to the labels of `Modules`. */
export type Labels = ReadonlyMap<string, string>;

/**
 * Comments (`// ../../node_modules/x/index.js`) and the keys of wrapped modules (`"../x.js"(exports, module) {`). Only whole
 * lines of the shapes that esbuild itself writes are touched, so lines and columns of code stay where they are.
 */
export function canonicalCode(code: string, labels: Labels): string {
  const rename = (path: string): string | undefined => {
    const label = labels.get(path);
    if (label !== undefined) return label;
    // import(`./${name}.ts`) becomes a module of its own, named after the one that holds it.
    const [, glob, holder] = /^(import\(.*\)|require\(.*\)) in (.*)$/.exec(path) ?? [];
    const within = holder === undefined ? undefined : labels.get(holder);
    return within === undefined ? undefined : `${glob} in ${within}`;
  };
  const lines = code.split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("// ")) {
      const label = rename(line.slice(3));
      if (label !== undefined) lines[index] = `// ${label}`;
    } else if (line.endsWith(") {")) {
      const key = keyOf(line);
      const label = key === undefined ? undefined : rename(key.path);
      if (key !== undefined && label !== undefined) lines[index] = `${key.before}${JSON.stringify(label)}${key.after}`;
    }
  }
  return lines.join("\n");
}

/** The same for minified code, where a wrapper's key is the only place a path can be in. */
export function canonicalMinified(code: string, labels: Labels): string {
  return code.replaceAll(
    /\(\{(async )?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\(/g,
    (whole, before: string | undefined, quoted: string) => {
      const path = unquote(quoted);
      const label = path === undefined ? undefined : labels.get(path);
      return label === undefined ? whole : `({${before ?? ""}${JSON.stringify(label)}(`;
    },
  );
}

function keyOf(line: string): { readonly before: string; readonly path: string; readonly after: string } | undefined {
  const [, before, quoted, after] =
    /^(\s*(?:async )?)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(\((?:exports)?(?:, module)?\) \{)$/.exec(line) ?? [];
  if (before === undefined || quoted === undefined || after === undefined) return undefined;
  const path = unquote(quoted);
  return path === undefined ? undefined : { before, path, after };
}

function unquote(quoted: string): string | undefined {
  const text = quoted.startsWith("'")
    ? `"${quoted.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`
    : quoted;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

/** Source map version 3, as esbuild writes it. */
interface SourceMapText {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

/**
 * Labels for sources; what zenlite put under the user's modules is taken off their content. `labelOf` is for sources that no metafile
 * lists: those that the maps of packages lead back to.
 */
export function canonicalMap(
  map: string,
  labels: Labels,
  labelOf: (source: string) => string,
  addition: string,
): string {
  const parsed = JSON.parse(map) as SourceMapText;
  return JSON.stringify({
    ...parsed,
    sources: parsed.sources.map((source) => labels.get(source) ?? labelOf(source)),
    ...(parsed.sourcesContent === undefined
      ? {}
      : {
          sourcesContent: parsed.sourcesContent.map((content, index) =>
            parsed.sources[index]?.includes("zenlite:") === true ? null : (content?.split(addition, 1)[0] ?? null),
          ),
        }),
  });
}
