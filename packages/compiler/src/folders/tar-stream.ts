// tar-stream, loaded when an archive is first made or read.
type TarStream = typeof import("tar-stream");

export async function loadTarStream(): Promise<TarStream> {
  // Inside another bundle a CommonJS package that is imported late has its default export only.
  const imported: TarStream & { readonly default?: TarStream } = await import("tar-stream");
  return imported.default ?? imported;
}
