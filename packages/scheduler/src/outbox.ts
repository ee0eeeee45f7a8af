import type { RunEvent } from "@zenlite/core";
import type { Clock } from "./clock.ts";
import type { SchedulerGraph } from "./graph.ts";

/** An event as it is said: when and of which run is added here. */
type Said = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, "at" | "runId"> : never) : never;

export interface Outbox {
  /** Of the run as a whole. */
  tell(event: Said): void;
  /** Of a step. Held back until `step.finished` of every parent has been said. */
  say(step: number, event: Said): void;
}

/**
 * Brings events into an order that can be read. A child is launched while the last lines of its parent's log may still be on their
 * way: what is said of the child waits for them, the child does not.
 */
export function openOutbox(graph: SchedulerGraph, run: string, clock: Clock, emit: (event: RunEvent) => void): Outbox {
  const untold = graph.parentCounts.slice();
  const held = new Map<number, Said[]>();

  const tell = (event: Said): void => emit({ at: clock.date().toISOString(), runId: run, ...event });

  const release = (finished: number): void => {
    const told = [finished];
    for (let step = told.pop(); step !== undefined; step = told.pop())
      for (const child of graph.children.subarray(graph.childStarts[step], graph.childStarts[step + 1])) {
        const left = (untold[child] ?? 1) - 1;
        untold[child] = left;
        if (left > 0) continue;
        for (const event of held.get(child) ?? []) {
          tell(event);
          if (event.event === "step.finished") told.push(child);
        }
        held.delete(child);
      }
  };

  return {
    tell,
    say(step, event) {
      if ((untold[step] ?? 0) > 0) {
        const waiting = held.get(step);
        if (waiting === undefined) held.set(step, [event]);
        else waiting.push(event);
        return;
      }
      tell(event);
      if (event.event === "step.finished") release(step);
    },
  };
}
