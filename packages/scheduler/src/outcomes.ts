import { type Digest, type Manifest, messageOf, type StepOutcome, ZenliteError } from "@zenlite/core";
import {
  type CacheEntry,
  cacheKey,
  findCached,
  keyParts,
  layout,
  readJson,
  recordHead,
  writeOnce,
} from "@zenlite/records";
import type { Driver } from "./driver.ts";
import { limiter } from "./limiter.ts";
import type { SchedulerCommand } from "./protocol.ts";

/** A wide graph asks for many at once; each has files or connections open. */
const atOnce = 16;

export interface Outcomes {
  /** Looks for the step's outputs in the cache. */
  resolve(step: number): Promise<void>;
  /** Writes the outcome where there is none; the one that is there counts. */
  settle(step: number, status: Extract<SchedulerCommand, { kind: "settle" }>["status"]): Promise<void>;
  announce(step: number, outcome: StepOutcome): void;
}

export function openOutcomes(driver: Driver): Outcomes {
  const { options, outbox, outcomes, last, call, clock } = driver;
  const { store, writer, request } = options;
  const hits = new Map<number, { readonly key: Digest; readonly entry: CacheEntry }>();
  const inTurn = limiter(atOnce);

  function manifestOf(step: string, output: string): Manifest {
    const manifest = outcomes.get(step)?.outputs[output];
    if (manifest !== undefined) return manifest;
    const there = Object.keys(outcomes.get(step)?.outputs ?? {}).join(", ");
    throw new ZenliteError("ZENLITE_OUTPUT_MISSING", `Step "${step}" has no output "${output}".`, {
      fault: "run",
      hint: there === "" ? `Step "${step}" returned nothing.` : `Step "${step}" returned: ${there}.`,
    });
  }

  async function find(step: number): Promise<"hit" | "miss" | "failed"> {
    const planStep = driver.stepAt(step);
    try {
      const key = cacheKey(keyParts(planStep, manifestOf));
      const entry = await findCached(store, key, call);
      if (entry === undefined) return "miss";
      hits.set(step, { key, entry });
      return "hit";
    } catch (error) {
      if (!driver.isOver())
        driver.notice(
          "ZENLITE_CACHE_UNREAD",
          `Step "${planStep.id}" runs: the cache could not be asked. ${messageOf(error)}`,
        );
      return "failed";
    }
  }

  function announce(step: number, outcome: StepOutcome): void {
    const { id } = driver.stepAt(step);
    const seconds = outcome.seconds ?? last.get(step)?.seconds ?? 0;
    const { status, attempt, error } = outcome;
    outbox.say(step, {
      event: "step.finished",
      step: id,
      ...(attempt === undefined ? {} : { attempt }),
      status,
      seconds,
      ...(error === undefined ? {} : { error }),
    });
  }

  return {
    async resolve(step) {
      const found = await inTurn(() => find(step));
      driver.dispatch({ kind: "resolved", step, found });
    },

    async settle(step, status) {
      const { id } = driver.stepAt(step);
      const hit = status === "cached" ? hits.get(step) : undefined;
      hits.delete(step);
      const tried = last.get(step);
      const head = { ...recordHead(request.id, writer, clock.date()), kind: "step.outcome", step: id, status } as const;
      const outcome: StepOutcome =
        hit === undefined
          ? {
              ...head,
              outputs: {},
              ...(tried === undefined ? {} : { attempt: tried.attempt }),
              ...(status !== "failed" || tried?.error === undefined ? {} : { error: tried.error }),
            }
          : { ...head, key: hit.key, from: hit.entry.run, outputs: hit.entry.outputs };
      const place = layout.outcome(request.id, id);
      const winner = await inTurn(async () => {
        if (driver.isOver() || (await writeOnce(store, place, outcome, call))) return outcome;
        return (await readJson<StepOutcome>(store, place, call)) ?? outcome;
      });
      if (driver.isOver()) return;
      outcomes.set(id, winner);
      driver.dispatch({ kind: "settled", step, status: winner.status });
      announce(step, winner);
    },

    announce,
  };
}
