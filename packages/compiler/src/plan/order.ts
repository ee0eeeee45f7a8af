// Parents before children, otherwise in the order of the calls. Pure.
import { ZenliteError, type Input } from "@zenlite/core";

export interface Ordered {
  readonly id: string;
  readonly inputs: { readonly [name: string]: Input };
  readonly after: readonly string[];
}

/** Ids of the steps that must have ended before. */
export function parentsOf(step: Ordered): ReadonlySet<string> {
  const parents = new Set(step.after);
  const add = (input: Input): void => {
    if ("step" in input) parents.add(input.step);
    else if ("list" in input) for (const item of input.list) add(item);
  };
  for (const input of Object.values(step.inputs)) add(input);
  return parents;
}

/** A body cannot use an output before the call that makes it, so a cycle is a mistake of ours: ZENLITE_INTERNAL. */
export function orderSteps<Step extends Ordered>(steps: readonly Step[]): readonly Step[] {
  const indexOf = new Map(steps.map((step, index) => [step.id, index]));
  const children = steps.map((): number[] => []);
  const waiting = new Uint32Array(steps.length);
  let inOrder = true;
  for (const [index, step] of steps.entries())
    for (const parent of parentsOf(step)) {
      const at = indexOf.get(parent);
      if (at === undefined) throw broken(`step "${step.id}" waits for "${parent}", which is not there`);
      children[at]?.push(index);
      waiting[index] = (waiting[index] ?? 0) + 1;
      inOrder &&= at < index;
    }
  if (inOrder) return steps;
  const ready = steps.flatMap((_step, index) => (waiting[index] === 0 ? [index] : []));
  for (const index of ready)
    for (const child of children[index] ?? []) {
      const left = (waiting[child] ?? 0) - 1;
      waiting[child] = left;
      if (left === 0) ready.push(child);
    }
  if (ready.length < steps.length) throw broken("steps wait for each other");
  return ready.flatMap((index) => steps[index] ?? []);
}

function broken(why: string): ZenliteError {
  return new ZenliteError("ZENLITE_INTERNAL", `The traced graph is no order: ${why}.`, { fault: "internal" });
}
