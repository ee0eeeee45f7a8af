import type { Clock } from "@zenlite/scheduler";

/** A clock that stands still until the test moves it. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
  /** Resolves when somebody waits for exactly so long, at once if somebody does. */
  timerOf(milliseconds: number): Promise<void>;
  /** How many wait for something. */
  pending(): number;
}

export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Set<{ at: number; length: number; callback(): void }>();
  const watchers = new Set<() => void>();
  return {
    date: () => new Date(1_800_000_000_000 + now),
    now: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, length: milliseconds, callback };
      timers.add(timer);
      for (const watch of watchers) watch();
      return () => void timers.delete(timer);
    },
    advance(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const [first] = [...timers].filter((timer) => timer.at <= until).sort((one, other) => one.at - other.at);
        if (first === undefined) break;
        timers.delete(first);
        now = Math.max(now, first.at);
        first.callback();
      }
      now = until;
    },
    timerOf(milliseconds) {
      const there = (): boolean => [...timers].some((timer) => timer.length === milliseconds);
      if (there()) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const watch = (): void => {
        if (!there()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      return promise;
    },
    pending: () => timers.size,
  };
}
