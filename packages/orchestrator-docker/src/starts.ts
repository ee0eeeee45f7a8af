/** In which order containers are started: one that somebody waits for must not be slowed down by those of coming steps. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Starts {
  /** At once. */
  now<T>(start: () => Promise<T>): Promise<T>;
  /** When there is room. */
  later<T>(start: () => Promise<T>): Promise<T>;
}

/** `parallel`: how many containers of coming steps may be starting at a time, measured best as the engine's CPUs. */
export function createStarts(parallel: number): Starts {
  const queue: (() => void)[] = [];
  let urgent = 0;
  let starting = 0;

  const admit = (): void => {
    // Beside an urgent one a single other still uses what would lie idle.
    while (starting < (urgent > 0 ? 1 : parallel)) {
      const next = queue.shift();
      if (next === undefined) return;
      starting += 1;
      next();
    }
  };
  return {
    async now(start) {
      urgent += 1;
      const began = performance.now();
      try {
        return await start();
      } finally {
        // The engine says "started" before Node inside has come up, which takes about as long again. The timer keeps this process
        // alive: what waits in the queue may be all that is left to do.
        void sleep(performance.now() - began).then(() => {
          urgent -= 1;
          admit();
        });
      }
    },
    async later(start) {
      await new Promise<void>((resolve) => {
        queue.push(resolve);
        admit();
      });
      try {
        return await start();
      } finally {
        starting -= 1;
        admit();
      }
    },
  };
}
