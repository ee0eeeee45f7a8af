// Finds packages that read their own files: the words for a module's place are renamed, and looked for in the output.

/** What tells code where it lies, and the names put in their stead. `restoreMarkers` undoes it. */
const marked: readonly { readonly original: string; readonly marker: string }[] = [
  { original: "import.meta.url", marker: "import.meta.ZENLITE_OWN_url" },
  { original: "import.meta.dirname", marker: "import.meta.ZENLITE_OWN_dirname" },
  { original: "import.meta.filename", marker: "import.meta.ZENLITE_OWN_filename" },
  { original: "__dirname", marker: "ZENLITE_OWN_cjs_dirname" },
  { original: "__filename", marker: "ZENLITE_OWN_cjs_filename" },
  { original: "require.resolve", marker: "ZENLITE_OWN_resolve" },
  { original: "process.dlopen", marker: "ZENLITE_OWN_dlopen" },
];

/** For esbuild's `define`, which works on the syntax: comments and strings do not match. */
export const markerDefines: { readonly [original: string]: string } = Object.fromEntries(
  marked.map(({ original, marker }) => [original, marker]),
);

const anyMarker = /ZENLITE_OWN_\w+/;
const everyMarker = new RegExp(marked.map(({ marker }) => marker.replaceAll(".", "\\.")).join("|"), "g");

/** The paths (as the metafile has them) of the modules whose code in the output still asks for its place. */
export function markedModules(code: string, isPath: (path: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  if (!anyMarker.test(code)) return found;
  let current: string | undefined;
  for (const line of code.split("\n")) {
    if (line.startsWith("// ") && isPath(line.slice(3))) current = line.slice(3);
    else if (current !== undefined && anyMarker.test(line)) found.add(current);
  }
  return found;
}

/** Back to what was written, once no package is left that needs it to be true. */
export function restoreMarkers(code: string): string {
  const originals = new Map(marked.map(({ marker, original }) => [marker, original]));
  return code.replaceAll(everyMarker, (marker) => originals.get(marker) ?? marker);
}
