/** Time as the driver sees it, so that tests can hold it still. */
export interface Clock {
  /** The time of day: for people, never for order. */
  date(): Date;
  /** Milliseconds since some moment; only grows. */
  now(): number;
  /** Calls back once; what it returns takes that back. `background`: the process does not stay alive for it. */
  after(milliseconds: number, callback: () => void, options?: { readonly background?: boolean }): () => void;
}

/** setTimeout fires at once where it is asked for more. */
const longestTimeout = 2 ** 31 - 1;

export const systemClock: Clock = {
  date: () => new Date(),
  now: () => performance.now(),
  after(milliseconds, callback, { background = false } = {}) {
    let timer: NodeJS.Timeout;
    const set = (left: number): void => {
      timer = setTimeout(
        () => (left > longestTimeout ? set(left - longestTimeout) : callback()),
        Math.min(left, longestTimeout),
      );
      if (background) timer.unref();
    };
    set(Math.max(0, milliseconds));
    return () => clearTimeout(timer);
  },
};
