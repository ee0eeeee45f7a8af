/**
 * Lets so many pieces of work go on at once and starts the others, in order, as places come free. A wide graph would otherwise open
 * thousands of files in the same moment.
 */
export function limiter(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let going = 0;
  const leave = (): void => {
    const following = waiting.shift();
    if (following === undefined) going--;
    else following();
  };
  return async (work) => {
    // A place that comes free goes to the first that waits; `going` stays as it is then.
    if (going < atOnce) going++;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
