import { type Json, messageOf, type StepHandle } from "@zenlite/core";
import { newNonce } from "@zenlite/records";
import type { Driver } from "./driver.ts";

/** Compute that waits for its word. */
interface Preparation {
  readonly attempt: string;
  /** What the launcher gave; undefined: it could not be made. Never rejects. */
  readonly made: Promise<{ readonly ref: Json } | undefined>;
}

export interface Preparations {
  prepare(step: number, number: number): void;
  /** Hands over what was prepared for a step that is launched now. */
  take(step: number): Preparation | undefined;
  discard(step: number): void;
  discardAll(): void;
  /** Takes away what was taken over and is not needed after all. */
  remove(handle: StepHandle): void;
}

export function openPreparations(driver: Driver): Preparations {
  const { options, starting, call } = driver;
  const { launcher, request, lost } = options;
  const waiting = new Map<number, Preparation>();

  async function make(step: number, attempt: string, number: number): Promise<{ readonly ref: Json } | undefined> {
    const planStep = driver.stepAt(step);
    try {
      const launch = await options.describe(planStep, attempt, number, false);
      const ref = await launcher.prepare?.(launch, starting);
      return ref === undefined ? undefined : { ref };
    } catch (error) {
      if (driver.isOver()) return undefined;
      driver.sweepLater();
      if (starting.signal.aborted) return undefined;
      const message = `Step "${planStep.id}" could not be started ahead: ${messageOf(error)} It is started when its turn comes.`;
      driver.notice("ZENLITE_PREPARE_FAILED", message);
      return undefined;
    }
  }

  function remove(handle: StepHandle): void {
    if (lost.aborted) return;
    // It has not begun: there is nothing to give time to.
    const work = launcher.stop(handle, { ...call, graceSeconds: 0 });
    driver.beforeReturn(
      work,
      "ZENLITE_STOP_FAILED",
      `What was prepared for step "${handle.step}" could not be taken away`,
    );
  }

  function discard(step: number): void {
    const preparation = waiting.get(step);
    if (preparation === undefined) return;
    waiting.delete(step);
    const { attempt, made } = preparation;
    const work = async (): Promise<void> => {
      const result = await made;
      if (result !== undefined) remove({ run: request.id, step: driver.stepAt(step).id, attempt, ref: result.ref });
    };
    driver.beforeReturn(work(), "ZENLITE_STOP_FAILED", "What was prepared could not be taken away");
  }

  async function watch(step: number, { attempt, made }: Preparation): Promise<void> {
    if ((await made) !== undefined || waiting.get(step)?.attempt !== attempt) return;
    waiting.delete(step);
    driver.dispatch({ kind: "prepare-failed", step });
  }

  return {
    prepare(step, number) {
      const attempt = newNonce();
      const preparation = { attempt, made: make(step, attempt, number) };
      waiting.set(step, preparation);
      void watch(step, preparation);
    },
    take(step) {
      const preparation = waiting.get(step);
      waiting.delete(step);
      return preparation;
    },
    discard,
    discardAll: () => {
      for (const step of waiting.keys()) discard(step);
    },
    remove,
  };
}
