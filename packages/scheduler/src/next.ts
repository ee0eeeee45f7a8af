import { type GraphDescription, indexGraph } from "./graph.ts";
import type { FinalStatus, KnownStep, SchedulerCommand, SchedulerEvent, Verdict } from "./protocol.ts";
import {
  add,
  Ahead,
  type Draft,
  draftOf,
  emptyState,
  exclude,
  firstOf,
  include,
  read,
  type SchedulerState,
  Stage,
  stateOf,
  stepsIn,
  write,
} from "./state.ts";

/** No delay between attempts is longer than a day, however often it was doubled. */
const longestDelaySeconds = 86_400;

/** How near a step is to being done; a step only ever comes nearer. */
const Nearness = { idle: 0, likely: 1, started: 2, done: 3 } as const;

/** The state before the first event. Throws ZENLITE_GRAPH_INVALID. */
export function createState(graph: GraphDescription): SchedulerState {
  return emptyState(indexGraph(graph));
}

/**
 * What to do after an event, and the state from then on. Pure: the same state and event give the same answer, and neither is
 * changed. Events that come too late (a timer of an attempt that has ended) change nothing.
 */
export function next(
  state: SchedulerState,
  event: SchedulerEvent,
): { readonly state: SchedulerState; readonly commands: readonly SchedulerCommand[] } {
  if (state.phase === "finished") return { state, commands: [] };
  const draft = draftOf(state);
  apply(draft, event);
  if (draft.phase === "running") fillSlots(draft);
  if (draft.phase !== "new" && draft.settled === draft.graph.size) finish(draft);
  return { state: stateOf(draft), commands: draft.commands };
}

function apply(draft: Draft, event: SchedulerEvent): void {
  switch (event.kind) {
    case "begin":
      return begin(draft, event.known ?? []);
    case "resolved":
      if (read(draft, "stage", event.step) !== Stage.resolving) return;
      return event.found === "hit" ? settle(draft, event.step, "cached") : enqueue(draft, event.step);
    case "prepare-failed":
      if (read(draft, "ahead", event.step) !== Ahead.prepared) return;
      write(draft, "ahead", event.step, Ahead.spent);
      draft.prepared--;
      return;
    case "started": {
      const seconds = draft.graph.timeouts[event.step] ?? 0;
      if (seconds === 0 || !isCurrent(draft, event.step, event.number, Stage.running)) return;
      draft.commands.push({ kind: "set-timer", step: event.step, timer: "timeout", number: event.number, seconds });
      return;
    }
    case "ended":
      return end(draft, event.step, event.number, event.verdict);
    case "settled":
      if (read(draft, "stage", event.step) === Stage.settling) conclude(draft, event.step, event.status);
      return;
    case "timer":
      if (event.timer === "retry") {
        if (isCurrent(draft, event.step, event.number, Stage.delayed)) enqueue(draft, event.step);
      } else if (isCurrent(draft, event.step, event.number, Stage.running)) {
        write(draft, "stage", event.step, Stage.expiring);
        draft.commands.push({ kind: "stop", step: event.step, cause: "timeout", hurry: draft.hurry });
      }
      return;
    case "cancel":
      return cancel(draft);
    case "hurry": {
      draft.hurry = true;
      const already = stepsIn(draft, Stage.stopping, Stage.expiring);
      cancel(draft);
      for (const step of already) draft.commands.push({ kind: "stop", step, cause: "halt", hurry: true });
      return;
    }
  }
}

function begin(draft: Draft, known: readonly KnownStep[]): void {
  if (draft.phase !== "new" && draft.phase !== "cancelling") return;
  let failed = false;
  for (const { step, attempts, failures, outcome, running } of known) {
    write(draft, "attempts", step, attempts);
    write(draft, "failures", step, failures);
    if (outcome !== undefined) {
      write(draft, "stage", step, Stage[outcome]);
      draft.settled++;
      if (isGood(outcome)) draft.good++;
      if (outcome === "failed") failed = true;
    } else if (running === true) {
      write(draft, "stage", step, Stage.running);
      draft.running++;
    }
  }
  const halted =
    draft.phase === "cancelling"
      ? "cancelling"
      : failed && draft.graph.mode !== "continue_on_failure"
        ? "failing"
        : undefined;
  draft.phase = halted ?? "running";
  for (const { step, attempts, outcome } of known) {
    if (outcome !== undefined && isGood(outcome)) approach(draft, step, Nearness.idle, Nearness.done);
    else if (attempts > 0) approach(draft, step, Nearness.idle, Nearness.started);
  }
  if (halted !== undefined) return halt(draft, halted);
  for (const { step, outcome } of known) if (outcome !== undefined && !isGood(outcome)) skipDescendants(draft, step);
  for (const step of stepsIn(draft, Stage.waiting)) if (read(draft, "pending", step) === 0) ripen(draft, step);
}

/** Every parent has a good outcome. */
function ripen(draft: Draft, step: number): void {
  // An earlier driver saw its last try fail, and was gone before it could write that down.
  if (read(draft, "failures", step) > (draft.graph.retries[step]?.count ?? 0)) return settle(draft, step, "failed");
  // A step that was tried before was not in the cache then.
  if (draft.graph.lookup[step] !== 1 || read(draft, "attempts", step) > 0) return enqueue(draft, step);
  write(draft, "stage", step, Stage.resolving);
  exclude(draft, "near", step);
  exclude(draft, "far", step);
  draft.commands.push({ kind: "resolve", step });
}

function enqueue(draft: Draft, step: number): void {
  const before = nearness(draft, step);
  write(draft, "stage", step, Stage.ready);
  include(draft, "ready", step);
  considerAhead(draft, step);
  approach(draft, step, before, Math.max(before, Nearness.likely));
}

function fillSlots(draft: Draft): void {
  const { maxParallel, lookAhead } = draft.graph;
  while (draft.running < maxParallel) {
    const step = firstOf(draft, "ready");
    if (step === -1) break;
    launch(draft, step);
  }
  while (draft.prepared < lookAhead) {
    const near = firstOf(draft, "near");
    const step = near === -1 ? firstOf(draft, "far") : near;
    if (step === -1) break;
    const before = nearness(draft, step);
    write(draft, "ahead", step, Ahead.prepared);
    draft.prepared++;
    exclude(draft, "near", step);
    exclude(draft, "far", step);
    draft.commands.push({ kind: "prepare", step, number: read(draft, "attempts", step) + 1 });
    approach(draft, step, before, Math.max(before, Nearness.likely));
  }
}

function launch(draft: Draft, step: number): void {
  const before = nearness(draft, step);
  leaveQueues(draft, step);
  if (read(draft, "ahead", step) === Ahead.prepared) draft.prepared--;
  if (read(draft, "ahead", step) !== Ahead.none) write(draft, "ahead", step, Ahead.none);
  write(draft, "stage", step, Stage.running);
  draft.running++;
  draft.commands.push({ kind: "launch", step, number: add(draft, "attempts", step, 1) });
  approach(draft, step, before, Nearness.started);
}

function end(draft: Draft, step: number, number: number, verdict: Verdict): void {
  if (!isCurrent(draft, step, number, Stage.running, Stage.expiring, Stage.stopping)) return;
  const stage = read(draft, "stage", step);
  draft.running--;
  if (draft.graph.timeouts[step] !== 0) draft.commands.push({ kind: "clear-timer", step, timer: "timeout" });
  if (verdict.kind === "outcome") return conclude(draft, step, verdict.status);
  if (stage === Stage.stopping) return settle(draft, step, "cancelled");
  if (verdict.free === true && draft.phase === "running") return enqueue(draft, step);
  const failures = add(draft, "failures", step, 1);
  const retry = draft.graph.retries[step];
  const again = retry !== undefined && failures <= retry.count && (verdict.retryable || stage === Stage.expiring);
  if (!again || draft.phase !== "running") return settle(draft, step, "failed");
  write(draft, "stage", step, Stage.delayed);
  // A factor below 1 would let the second wait shrink towards none at all.
  const longest = Math.min(retry.delaySeconds * Math.max(1, retry.backoff) ** (failures - 1), longestDelaySeconds);
  const seconds = retry.jitter === "full" ? longest * verdict.random : longest;
  draft.commands.push({ kind: "set-timer", step, timer: "retry", number, seconds });
}

/** The step's outcome is in the store. */
function conclude(draft: Draft, step: number, status: FinalStatus): void {
  const before = nearness(draft, step);
  write(draft, "stage", step, Stage[status]);
  draft.settled++;
  if (isGood(status)) {
    draft.good++;
    approach(draft, step, before, Nearness.done);
  } else if (draft.phase === "running") {
    if (status === "failed" && draft.graph.mode !== "continue_on_failure") halt(draft, "failing");
    else skipDescendants(draft, step);
  }
}

function settle(draft: Draft, step: number, status: Exclude<FinalStatus, "completed">): void {
  leaveQueues(draft, step);
  if (read(draft, "ahead", step) === Ahead.prepared) {
    write(draft, "ahead", step, Ahead.spent);
    draft.prepared--;
    draft.commands.push({ kind: "discard", step });
  }
  write(draft, "stage", step, Stage.settling);
  draft.commands.push({ kind: "settle", step, status });
}

function skipDescendants(draft: Draft, step: number): void {
  const found = [step];
  for (let parent = found.pop(); parent !== undefined; parent = found.pop())
    forEachChild(draft, parent, (child) => {
      if (read(draft, "stage", child) !== Stage.waiting) return;
      settle(draft, child, "skipped");
      found.push(child);
    });
}

function cancel(draft: Draft): void {
  if (draft.phase === "new") draft.phase = "cancelling";
  else if (draft.phase === "running") halt(draft, "cancelling");
  else if (draft.phase === "failing") stopRunning(draft);
}

/** Nothing new starts from here on. */
function halt(draft: Draft, phase: "failing" | "cancelling"): void {
  draft.phase = phase;
  const stop = phase === "cancelling" || draft.graph.mode === "fail_fast";
  if (stop) stopRunning(draft);
  for (const step of stepsIn(draft, Stage.waiting, Stage.resolving, Stage.ready, Stage.delayed)) {
    if (read(draft, "stage", step) === Stage.delayed)
      draft.commands.push({ kind: "clear-timer", step, timer: "retry" });
    // Between two attempts: where running steps may end by themselves, the attempt that failed was such an end.
    if (!stop && read(draft, "failures", step) > 0) settle(draft, step, "failed");
    else settle(draft, step, phase === "cancelling" || read(draft, "attempts", step) > 0 ? "cancelled" : "skipped");
  }
}

function stopRunning(draft: Draft): void {
  for (const step of stepsIn(draft, Stage.running, Stage.expiring)) {
    if (read(draft, "stage", step) === Stage.running)
      draft.commands.push({ kind: "stop", step, cause: "halt", hurry: draft.hurry });
    write(draft, "stage", step, Stage.stopping);
  }
}

function finish(draft: Draft): void {
  const status = draft.good === draft.graph.size ? "completed" : draft.phase === "cancelling" ? "cancelled" : "failed";
  draft.phase = "finished";
  draft.commands.push({ kind: "finish", status });
}

/** Tells the children that their parent came nearer to its outcome. */
function approach(draft: Draft, step: number, from: number, to: number): void {
  if (from === to) return;
  const ahead = draft.graph.lookAhead > 0;
  forEachChild(draft, step, (child) => {
    if (ahead) {
      if (from < Nearness.likely && to >= Nearness.likely) add(draft, "unlikely", child, -1);
      if (from < Nearness.started && to >= Nearness.started) add(draft, "unstarted", child, -1);
      considerAhead(draft, child);
    }
    if (from < Nearness.done && to === Nearness.done && add(draft, "pending", child, -1) === 0)
      if (draft.phase === "running" && read(draft, "stage", child) === Stage.waiting) ripen(draft, child);
  });
}

function nearness(draft: Draft, step: number): number {
  if (read(draft, "attempts", step) > 0) return Nearness.started;
  return read(draft, "stage", step) === Stage.ready || read(draft, "ahead", step) !== Ahead.none
    ? Nearness.likely
    : Nearness.idle;
}

/** Steps that are being looked up are left alone: the answer is near, and a hit would throw the preparation away. */
function considerAhead(draft: Draft, step: number): void {
  if (draft.graph.lookAhead === 0 || read(draft, "unlikely", step) > 0 || read(draft, "ahead", step) !== Ahead.none)
    return;
  const stage = read(draft, "stage", step);
  if (stage !== Stage.waiting && stage !== Stage.ready) return;
  const near = read(draft, "unstarted", step) === 0;
  include(draft, near ? "near" : "far", step);
  if (near) exclude(draft, "far", step);
}

function leaveQueues(draft: Draft, step: number): void {
  exclude(draft, "ready", step);
  exclude(draft, "near", step);
  exclude(draft, "far", step);
}

function forEachChild(draft: Draft, step: number, visit: (child: number) => void): void {
  const { childStarts, children } = draft.graph;
  const last = childStarts[step + 1] ?? 0;
  for (let index = childStarts[step] ?? 0; index < last; index++) visit(children[index] ?? 0);
}

function isCurrent(draft: Draft, step: number, number: number, ...stages: readonly number[]): boolean {
  return read(draft, "attempts", step) === number && stages.includes(read(draft, "stage", step));
}

function isGood(status: FinalStatus): boolean {
  return status === "completed" || status === "cached";
}
