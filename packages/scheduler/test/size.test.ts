import { expect, test } from "vitest";
import { createState, next, type SchedulerEvent } from "@zenlite/scheduler";

/** A small random generator with a seed, so that the graph is the same every time. */
function generator(seed: number): (below: number) => number {
  let value = seed;
  return (below) => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return value % below;
  };
}

test.each([{ lookAhead: 0 }, { lookAhead: 4 }])(
  "a random graph of 10,000 steps goes through next, look-ahead $lookAhead",
  ({ lookAhead }: { lookAhead: number }) => {
    const random = generator(7);
    const steps = Array.from({ length: 10_000 }, (_, index) => ({
      id: `step${index}`,
      parents: index === 0 ? [] : Array.from({ length: random(4) }, () => `step${random(index)}`),
      retry: { count: 0, delaySeconds: 0, backoff: 1, jitter: "none" as const },
    }));
    const start = performance.now();
    let state = createState({ steps, mode: "fail_fast", maxParallel: 100, lookAhead });
    const agenda: SchedulerEvent[] = [{ kind: "begin" }];
    let launched = 0;
    let finish: string | undefined;
    let events = 0;
    for (let event = agenda.pop(); event !== undefined; event = agenda.pop()) {
      events++;
      const answer = next(state, event);
      ({ state } = answer);
      for (const command of answer.commands) {
        if (command.kind === "resolve") agenda.push({ kind: "resolved", step: command.step, found: "miss" });
        else if (command.kind === "launch") {
          launched++;
          const { step, number } = command;
          agenda.push({ kind: "ended", step, number, verdict: { kind: "outcome", status: "completed" } });
        } else if (command.kind === "finish") finish = command.status;
      }
    }
    const milliseconds = performance.now() - start;
    process.stdout.write(`10,000 steps, look-ahead ${lookAhead}: ${events} events in ${milliseconds.toFixed(0)} ms\n`);
    expect(launched).toBe(10_000);
    expect(finish).toBe("completed");
  },
);
