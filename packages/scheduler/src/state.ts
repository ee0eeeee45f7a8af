import type { SchedulerGraph } from "./graph.ts";
import type { SchedulerCommand } from "./protocol.ts";

/** Where a step is on its way. From `completed` on it has its outcome. */
export const Stage = {
  /** For its parents. */
  waiting: 0,
  /** Looked up in the cache. */
  resolving: 1,
  /** For a slot. */
  ready: 2,
  running: 3,
  /** Stopped because of its timeout. */
  expiring: 4,
  /** Stopped because the run is. */
  stopping: 5,
  /** For its next attempt. */
  delayed: 6,
  /** For the write of its outcome. */
  settling: 7,
  completed: 8,
  cached: 9,
  failed: 10,
  skipped: 11,
  cancelled: 12,
} as const;

/** Whether compute waits prepared for a step's next attempt. `spent`: it did, and does not any more; it is not made again. */
export const Ahead = { none: 0, prepared: 1, spent: 2 } as const;

/** A list of numbers from 0 to 65,535 in pages: a changed copy shares the pages that did not change. */
type Column = readonly Uint16Array[];

/** One number a step; the last three hold one bit a step. */
interface Columns {
  readonly stage: Column;
  /** Parents without a good outcome. */
  readonly pending: Column;
  readonly attempts: Column;
  /** Attempts that used up the first try or a retry. */
  readonly failures: Column;
  readonly ahead: Column;
  /** Parents that never had an attempt nor a good outcome. */
  readonly unstarted: Column;
  /** Parents of which not even that is near: neither prepared nor waiting for a slot. */
  readonly unlikely: Column;
  /** Waiting for a slot. */
  readonly ready: Column;
  /** May be prepared: every parent runs or is done. */
  readonly near: Column;
  /** May be prepared: some parent is itself only prepared. */
  readonly far: Column;
}

export type ColumnName = keyof Columns;

/** `failing`, `cancelling`: nothing new starts. */
export type Phase = "new" | "running" | "failing" | "cancelling" | "finished";

/** A run between two events. Plain data; `next` never changes one. */
export interface SchedulerState {
  readonly graph: SchedulerGraph;
  readonly phase: Phase;
  readonly hurry: boolean;
  /** Steps that hold a slot. */
  readonly running: number;
  /** Steps that wait prepared. */
  readonly prepared: number;
  /** Steps that have an outcome. */
  readonly settled: number;
  /** Those of them that are completed or cached. */
  readonly good: number;
  readonly columns: Columns;
}

/** A state in the making: a page is copied when it is first written to. */
export interface Draft {
  readonly graph: SchedulerGraph;
  phase: Phase;
  hurry: boolean;
  running: number;
  prepared: number;
  settled: number;
  good: number;
  readonly columns: { [Name in ColumnName]: Column };
  /** The pages that belong to this draft alone. */
  readonly own: Set<Uint16Array>;
  readonly commands: SchedulerCommand[];
}

const pageBits = 8;
const pageSize = 1 << pageBits;
const placeInPage = pageSize - 1;

export function emptyState(graph: SchedulerGraph): SchedulerState {
  const numbers = pagesOf(new Uint16Array(graph.size));
  const bits = pagesOf(new Uint16Array(Math.ceil(graph.size / 16)));
  const parents = pagesOf(graph.parentCounts);
  // One page may stand in several columns: it is copied before it is written to.
  const columns: Columns = {
    stage: numbers,
    pending: parents,
    attempts: numbers,
    failures: numbers,
    ahead: numbers,
    unstarted: parents,
    unlikely: parents,
    ready: bits,
    near: bits,
    far: bits,
  };
  return { graph, phase: "new", hurry: false, running: 0, prepared: 0, settled: 0, good: 0, columns };
}

function pagesOf(numbers: Uint16Array): Column {
  return Array.from({ length: Math.ceil(numbers.length / pageSize) }, (_, page) =>
    numbers.slice(page << pageBits, (page + 1) << pageBits),
  );
}

export function draftOf(state: SchedulerState): Draft {
  return { ...state, columns: { ...state.columns }, own: new Set(), commands: [] };
}

export function stateOf(draft: Draft): SchedulerState {
  const { graph, phase, hurry, running, prepared, settled, good, columns } = draft;
  return { graph, phase, hurry, running, prepared, settled, good, columns };
}

export function read(draft: Draft, name: ColumnName, index: number): number {
  return draft.columns[name][index >> pageBits]?.[index & placeInPage] ?? 0;
}

export function write(draft: Draft, name: ColumnName, index: number, value: number): void {
  const number = index >> pageBits;
  let page = draft.columns[name][number];
  if (page === undefined) return;
  if (!draft.own.has(page)) {
    page = page.slice();
    draft.own.add(page);
    draft.columns[name] = draft.columns[name].with(number, page);
  }
  page[index & placeInPage] = value;
}

/** Adds to one number of a column and returns the sum. */
export function add(draft: Draft, name: ColumnName, index: number, difference: number): number {
  const sum = read(draft, name, index) + difference;
  write(draft, name, index, sum);
  return sum;
}

export type SetName = "ready" | "near" | "far";

export function include(draft: Draft, set: SetName, step: number): void {
  const bit = 1 << (step & 15);
  if ((read(draft, set, step >> 4) & bit) === 0) add(draft, set, step >> 4, bit);
}

export function exclude(draft: Draft, set: SetName, step: number): void {
  const bit = 1 << (step & 15);
  if ((read(draft, set, step >> 4) & bit) !== 0) add(draft, set, step >> 4, -bit);
}

/** The member that comes first in plan order; -1: the set is empty. */
export function firstOf(draft: Draft, set: SetName): number {
  for (const [number, page] of draft.columns[set].entries())
    for (let place = 0; place < page.length; place++) {
      const word = page[place] ?? 0;
      if (word !== 0) return ((number << pageBits) + place) * 16 + 31 - Math.clz32(word & -word);
    }
  return -1;
}

/** The steps at one of these stages, in plan order. Looks at every step. */
export function stepsIn(draft: Draft, ...stages: readonly number[]): number[] {
  const found: number[] = [];
  for (const [number, page] of draft.columns.stage.entries())
    for (const [place, stage] of page.entries()) if (stages.includes(stage)) found.push((number << pageBits) + place);
  return found;
}
