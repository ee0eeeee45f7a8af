// A dead run whose end can be told from its records gets its last record from whoever notices.
import type { ArtifactStore, Call, Plan, RunFinished } from "@zenlite/core";
import { foldRun } from "./fold.ts";
import { layout } from "./layout.ts";
import { readJson, recordHead, writeOnce } from "./objects.ts";
import { readRun } from "./run.ts";

/**
 * For a run that nobody drives. Every step done: completed. Every step with an outcome: failed. A cancel record: cancelled; call it
 * then only when the compute is gone. Otherwise nothing is written: the run is interrupted and can be resumed.
 */
export async function settle(store: ArtifactStore, run: string, writer: string, call: Call): Promise<void> {
  const records = await readRun(store, run, call);
  if (records?.created === undefined || records.finished !== undefined) return;
  const plan = await readJson<Plan>(store, layout.plan(records.created.request.plan), call);
  const view = foldRun(records, plan, "stale");
  const all = plan !== undefined && view.steps.every(({ outcome }) => outcome !== undefined);
  const done = all && view.steps.every(({ status }) => status === "completed" || status === "cached");
  const failed = view.steps.some(({ status }) => status === "failed");
  const status = done
    ? "completed"
    : records.cancel !== undefined
      ? "cancelled"
      : all
        ? failed
          ? "failed"
          : "cancelled"
        : undefined;
  if (status === undefined) return;
  const record: RunFinished = { ...recordHead(run, writer), kind: "run.finished", status, by: "reader" };
  await writeOnce(store, layout.finished(run), record, call);
}
