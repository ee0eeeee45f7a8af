import { type ExecutionMode, type Retry, ZenliteError } from "@zenlite/core";

/** One step as the scheduler sees it. Its position in the list is its number everywhere else. */
export interface GraphStepDescription {
  readonly id: string;
  /** Ids of steps that come earlier in the list. */
  readonly parents: readonly string[];
  readonly retry: Retry;
  readonly timeoutSeconds?: number;
  /** False: the step runs without a look into the cache. True where left out. */
  readonly lookup?: boolean;
}

export interface GraphDescription {
  /** In plan order: parents before their children. Where several steps could go first, the earlier one does. */
  readonly steps: readonly GraphStepDescription[];
  readonly mode: ExecutionMode;
  /** How many steps may run at once: a whole number from 1, or Infinity. */
  readonly maxParallel: number;
  /** How many steps may wait prepared. 0: none is prepared. */
  readonly lookAhead: number;
}

/** The graph with numbers for names: never changes, shared by every state of a run. */
export interface SchedulerGraph {
  readonly size: number;
  readonly ids: readonly string[];
  readonly mode: ExecutionMode;
  readonly maxParallel: number;
  readonly lookAhead: number;
  readonly retries: readonly Retry[];
  /** Seconds an attempt may take; 0 = as long as it likes. */
  readonly timeouts: Float64Array;
  readonly lookup: Uint8Array;
  readonly parentCounts: Uint16Array;
  /** Children of step i: `children[childStarts[i]]` up to, without, `children[childStarts[i + 1]]`, in plan order. */
  readonly childStarts: Uint32Array;
  readonly children: Uint32Array;
}

const mostParents = 0xff_ff;

/** Checks the description and counts everything once. Throws ZENLITE_GRAPH_INVALID. */
export function indexGraph(description: GraphDescription): SchedulerGraph {
  const { steps, mode, maxParallel, lookAhead } = description;
  if (!(maxParallel >= 1) || (maxParallel !== Infinity && !Number.isInteger(maxParallel)))
    throw invalid(`maxParallel is ${maxParallel}, expected a whole number from 1.`);
  if (!(lookAhead >= 0) || (lookAhead !== Infinity && !Number.isInteger(lookAhead)))
    throw invalid(`lookAhead is ${lookAhead}, expected a whole number from 0.`);
  const size = steps.length;
  const parentLists = parentsByNumber(steps);
  const parentCounts = new Uint16Array(size);
  const childStarts = new Uint32Array(size + 1);
  for (const [child, parents] of parentLists.entries()) {
    parentCounts[child] = parents.length;
    for (const parent of parents) childStarts[parent + 1] = (childStarts[parent + 1] ?? 0) + 1;
  }
  for (let step = 0; step < size; step++)
    childStarts[step + 1] = (childStarts[step + 1] ?? 0) + (childStarts[step] ?? 0);
  const children = new Uint32Array(childStarts[size] ?? 0);
  const filled = childStarts.slice();
  for (const [child, parents] of parentLists.entries())
    for (const parent of parents) {
      const place = filled[parent] ?? 0;
      children[place] = child;
      filled[parent] = place + 1;
    }
  return {
    size,
    ids: steps.map((step) => step.id),
    mode,
    maxParallel,
    lookAhead,
    retries: steps.map((step) => step.retry),
    timeouts: Float64Array.from(steps, (step) => step.timeoutSeconds ?? 0),
    lookup: Uint8Array.from(steps, (step) => (step.lookup === false ? 0 : 1)),
    parentCounts,
    childStarts,
    children,
  };
}

function parentsByNumber(steps: readonly GraphStepDescription[]): number[][] {
  const numbers = new Map<string, number>();
  const lists: number[][] = [];
  for (const [number, step] of steps.entries()) {
    if (numbers.has(step.id)) throw invalid(`step "${step.id}" is there twice.`);
    // A parent twice in the list (two of its outputs are taken) is one parent.
    const parents = [...new Set(step.parents)].map((parent) => {
      const found = numbers.get(parent);
      if (found === undefined)
        throw invalid(`step "${step.id}" names "${parent}" as a parent, which no earlier step is.`);
      return found;
    });
    if (parents.length > mostParents)
      throw invalid(`step "${step.id}" has ${parents.length} parents; at most ${mostParents} are possible.`);
    lists.push(parents);
    numbers.set(step.id, number);
  }
  return lists;
}

function invalid(message: string): ZenliteError {
  return new ZenliteError("ZENLITE_GRAPH_INVALID", `The graph cannot be scheduled: ${message}`, { fault: "internal" });
}
