import { messageOf, type StepHandle } from "@zenlite/core";
import type { Driver } from "./driver.ts";

/** How long the end of an attempt waits for its last lines. The store has the whole log in any case. */
const patienceMilliseconds = 5000;

export interface Tail {
  /** Resolves when the last line has been said; undefined: it has been already. */
  drained(): Promise<void> | undefined;
}

/** Says the lines of an attempt's log while it runs. Undefined where the launcher has no live view. */
export function followTail(driver: Driver, step: number, handle: StepHandle): Tail | undefined {
  const { options, outbox, clock, call } = driver;
  const lines = options.launcher.tail?.(handle, call);
  if (lines === undefined) return undefined;
  const { id } = driver.stepAt(step);
  let open = true;

  const follow = async (): Promise<void> => {
    try {
      for await (const line of lines) {
        if (!open || driver.isOver()) return;
        outbox.say(step, { event: "log", step: id, attempt: handle.attempt, line });
      }
    } catch (error) {
      if (open) driver.notice("ZENLITE_TAIL_ENDED", `The live log of step "${id}" broke off: ${messageOf(error)}`);
    } finally {
      open = false;
    }
  };
  const following = follow();

  return {
    drained() {
      if (!open) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const stopWaiting = clock.after(patienceMilliseconds, () => {
        open = false;
        resolve();
      });
      void following.finally(stopWaiting).then(resolve);
      return promise;
    },
  };
}
