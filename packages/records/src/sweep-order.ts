// The order in which a sweep deletes.
import { placeOf } from "./place.ts";

// Whatever refers goes before what it refers to, so that a kill at any moment leaves garbage and never a dangling reference:
//
//   cache entry → artifacts          run → its plan          plan → code, carried packages, runner
//   run.created → all other records of the run → artifacts of its attempts
//
// A run is there as long as its created.json is: once that is gone nobody folds, resumes or lists the run, so no reader meets
// a completed run that has lost an outcome. What is left of it then has no created.json, which the next sweep goes by.
const phases: { readonly [kind: string]: number } = {
  leftover: 0,
  cache: 0,
  created: 1,
  submitted: 2,
  cancel: 2,
  finished: 2,
  lease: 2,
  other: 2,
  outcome: 2,
  started: 2,
  ended: 2,
  log: 2,
  artifact: 3,
  plan: 4,
  code: 5,
  carried: 5,
  runner: 5,
};

/** Keys of one phase may be deleted in any order and at once; the next phase waits for it. */
export function phaseOf(key: string): number {
  return phases[placeOf(key)?.kind ?? "other"] ?? 2;
}

export function deletionOrder<Item extends { readonly key: string }>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, phase: phaseOf(item.key) }))
    .sort((left, right) => left.phase - right.phase || (left.item.key < right.item.key ? -1 : 1))
    .map(({ item }) => item);
}
