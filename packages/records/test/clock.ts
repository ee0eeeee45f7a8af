// Time that only goes on when a test says so.
export interface ManualClock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Resolves once so many are asleep: only then has everybody done what he does before sleeping. */
  asleep(count: number): Promise<void>;
  /** Goes to where the next one wakes, and wakes all who are due. Returns the new time. */
  next(): number;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export function manualClock(): ManualClock {
  let now = 0;
  let sleepers: Sleeper[] = [];
  let watchers: (() => void)[] = [];
  return {
    now: () => now,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = { due: now + milliseconds, wake: resolve };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal.reason);
        });
        sleepers.push(sleeper);
        for (const watch of watchers.splice(0)) watch();
      });
    },
    async asleep(count) {
      while (sleepers.length < count) await new Promise<void>((resolve) => (watchers = [...watchers, resolve]));
    },
    next() {
      now = Math.min(...sleepers.map(({ due }) => due));
      const due = sleepers.filter((sleeper) => sleeper.due <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.due > now);
      for (const { wake } of due) wake();
      return now;
    },
  };
}

/** For what must be decided at once: whoever sleeps fails. */
export const noClock = {
  now: () => 0,
  sleep: (): Promise<never> => Promise.reject(new Error("had to wait")),
};
