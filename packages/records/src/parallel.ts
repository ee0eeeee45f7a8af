// Many small requests to a store, a bounded number at a time.
/** How many requests of one reader are under way at once. */
const width = 32;

/** Like `Promise.all` over `map`, in the order of the items, with a bounded number under way. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
  return results;
}
