import type { PlanStep } from "@zenlite/core";
import { parentsOf } from "@zenlite/records";
import type { DriveOptions } from "./driver.ts";
import type { GraphDescription, GraphStepDescription } from "./graph.ts";

/** The plan as the scheduler sees it: what the orchestrator cannot do is left out. */
export function describeGraph({
  plan,
  request,
  launcher,
  supports,
  maxParallel,
  lookAhead,
}: DriveOptions): GraphDescription {
  const { force } = request;
  const describe = (step: PlanStep): GraphStepDescription => ({
    id: step.id,
    parents: parentsOf(step),
    retry: supports.retry ? step.retry : { ...step.retry, count: 0 },
    ...(step.timeoutSeconds === undefined || !supports.timeout ? {} : { timeoutSeconds: step.timeoutSeconds }),
    lookup: step.cache && force !== true && !force.includes(step.id),
  });
  return {
    steps: plan.steps.map(describe),
    mode: plan.mode,
    maxParallel,
    lookAhead: launcher.prepare === undefined ? 0 : lookAhead,
  };
}

/** What was left out, said once. */
export function unsupported({ plan, supports }: DriveOptions): string[] {
  const list = (steps: readonly PlanStep[]): string => steps.map((step) => step.id).join(", ");
  const timed = supports.timeout ? [] : plan.steps.filter((step) => step.timeoutSeconds !== undefined);
  const retried = supports.retry ? [] : plan.steps.filter((step) => step.retry.count > 0);
  return [
    ...(timed.length === 0 ? [] : [`This orchestrator stops no step at its timeout: not kept for ${list(timed)}.`]),
    ...(retried.length === 0
      ? []
      : [`This orchestrator tries no step again: retries are left out for ${list(retried)}.`]),
  ];
}
