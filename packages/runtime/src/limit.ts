/** So many artifacts are read or written at a time. */
export const transfers = 16;

/** Maps in order, at most `limit` at a time: a fan-in of 10,000 files must not open them all at once. The first error wins. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (items.length <= 1 || items.length <= limit) return Promise.all(items.map(map));
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length && !failed; index = next++) {
      const item = items[index] as T;
      try {
        results[index] = await map(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
