// All records of a run, as they lie in the store.
import type {
  ArtifactStore,
  AttemptEnded,
  AttemptStarted,
  Call,
  Input,
  PlanStep,
  RunCancel,
  RunCreated,
  RunFinished,
  RunRecord,
  RunSubmitted,
  StepOutcome,
} from "@zenlite/core";
import { runStamp } from "./identifiers.ts";
import { layout } from "./layout.ts";
import { readJson } from "./objects.ts";

export interface RunRecords {
  readonly created?: RunCreated;
  readonly submitted?: RunSubmitted;
  readonly cancel?: RunCancel;
  readonly finished?: RunFinished;
  readonly attempts: readonly AttemptStarted[];
  readonly ends: readonly AttemptEnded[];
  readonly outcomes: readonly StepOutcome[];
}

/** So many records are read at a time. */
const readers = 16;

/** One listing and the reads that it asks for. `undefined`: there is no such run. */
export async function readRun(store: ArtifactStore, run: string, call: Call): Promise<RunRecords | undefined> {
  const keys: string[] = [];
  for await (const { key } of store.list(layout.run(run), call)) if (isRecord(key)) keys.push(key);
  const records: RunRecord[] = [];
  const worker = async (): Promise<void> => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      const record = await readJson<RunRecord>(store, key, call);
      if (record !== undefined) records.push(record);
    }
  };
  await Promise.all(Array.from({ length: Math.min(readers, keys.length) }, worker));
  if (records.length === 0) return undefined;
  const all = <Kind extends RunRecord["kind"]>(kind: Kind): Extract<RunRecord, { kind: Kind }>[] =>
    records
      .filter((record): record is Extract<RunRecord, { kind: Kind }> => record.kind === kind)
      // A stable order for people; nothing is decided by it.
      .sort((left, right) => (left.at < right.at ? -1 : 1));
  const [[created], [submitted], [cancel], [finished]] = [
    all("run.created"),
    all("run.submitted"),
    all("run.cancel"),
    all("run.finished"),
  ];
  return {
    ...(created === undefined ? {} : { created }),
    ...(submitted === undefined ? {} : { submitted }),
    ...(cancel === undefined ? {} : { cancel }),
    ...(finished === undefined ? {} : { finished }),
    attempts: all("attempt.started"),
    ends: all("attempt.ended"),
    outcomes: all("step.outcome"),
  };
}

/** Logs, artifacts and the lease lie beside the records. An output may well be called `x.json`. */
function isRecord(key: string): boolean {
  return key.endsWith(".json") && !/\/attempts\/[^/]+\/(?:log|artifacts)\//u.test(key);
}

/** Ids of all runs, newest first. */
export async function listRuns(store: ArtifactStore, call: Call): Promise<string[]> {
  return (await runsAfter(store, layout.runs, call)).reverse();
}

/** Ids of the newest runs, newest first, without looking at older ones: a listing only goes forward, so it tries from when on. */
export async function newestRuns(
  store: ArtifactStore,
  limit: number,
  call: Call,
  now: Date = new Date(),
): Promise<string[]> {
  const minute = 60_000;
  // Few spans: in a store of few runs each of them is walked in vain.
  for (const span of [60 * minute, 4 * 24 * 60 * minute]) {
    const found = await runsAfter(store, layout.runs + runStamp(new Date(now.getTime() - span)), call);
    if (found.length >= limit) return found.reverse().slice(0, limit);
  }
  return (await listRuns(store, call)).slice(0, limit);
}

/** So many keys of a run are passed over before its rest is skipped, as skipping costs a new listing: a request, or reading a folder. */
const patience = 100;

/** In the order of their ids. A run of thousands of steps costs hardly more than a small one. */
async function runsAfter(store: ArtifactStore, start: string, call: Call): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined = start; after !== undefined;) {
    const from: string = after;
    after = undefined;
    let [current, seen] = ["", 0];
    for await (const { key } of store.list(layout.runs, { ...call, after: from })) {
      const [id = "", name] = key.slice(layout.runs.length).split("/");
      if (id !== current) [current, seen] = [id, 0];
      // A sweep leaves artifacts of removed runs that others still need: what has no such record is no run.
      if (name === "created.json") ids.push(id);
      seen += 1;
      if (seen <= patience) continue;
      // "0" is the character after "/": all keys of this run sort before it.
      after = `${layout.runs}${current}0`;
      break;
    }
  }
  return ids;
}

/** The outputs that an input is made of. */
export function inputsOf(input: Input): readonly { readonly step: string; readonly output: string }[] {
  if ("step" in input) return [input];
  return "list" in input ? input.list.flatMap(inputsOf) : [];
}

/** The steps that must be done before this one, each once. */
export function parentsOf(step: Pick<PlanStep, "inputs" | "after">): readonly string[] {
  const parents = new Set(step.after);
  for (const input of Object.values(step.inputs)) for (const { step: parent } of inputsOf(input)) parents.add(parent);
  return [...parents];
}
