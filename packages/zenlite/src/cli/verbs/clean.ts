// `zenlite clean`: prints what nothing needs any more; `--yes` removes it.
import { ZenliteError, isZenliteError } from "@zenlite/core";
import { findUnused, removeUnused } from "@zenlite/compiler";
import { ensureProject, layout, planSweep, readText, sweep } from "@zenlite/records";
import { findLeftovers } from "../../client/leftovers.ts";
import { openLauncher } from "../../client/launcher.ts";
import type { Session } from "../../client/session.ts";
import { exitCodes } from "../exit.ts";
import { bytesText } from "../output/words.ts";
import { print, printJson, progressLog, withSession, type VerbFlags } from "../scope.ts";

export async function cleanVerb(
  flags: VerbFlags & { readonly yes?: true; readonly keepDays: string },
): Promise<number> {
  const keepDays = Number(flags.keepDays);
  if (!Number.isFinite(keepDays) || keepDays < 0)
    throw new ZenliteError(
      "ZENLITE_ARGUMENT_INVALID",
      `--keep-days ${flags.keepDays}: expected a number of days from 0 on.`,
      {
        hint: "zenlite clean --keep-days 30",
      },
    );
  return withSession(flags, async (session) => {
    const call = { signal: session.signal };
    const compute = await stopDeadCompute(session, flags.yes === true);
    const plan = await planSweep(session.store, call, { keepDays });
    const before = new Date(Date.now() - Math.max(keepDays, minimalCacheDays) * dayMilliseconds);
    const cache = await findUnused(session.config.stateFolder, before);
    const bytes = plan.bytes + cache.reduce((sum, folder) => sum + folder.bytes, 0);
    const removed = flags.yes === true;
    if (removed) {
      await sweep(session.store, plan, call);
      await removeUnused(cache, before);
    }
    if (flags.json === true) {
      printJson({ removed, compute, bytes, items: plan.items, cache });
      return exitCodes.done;
    }
    const counts = new Map<string, { count: number; bytes: number }>();
    for (const { why, bytes } of plan.items) {
      const before = counts.get(why) ?? { count: 0, bytes: 0 };
      counts.set(why, { count: before.count + 1, bytes: before.bytes + bytes });
    }
    if (compute > 0) print(`${compute} processes or containers of dead runs`);
    for (const [why, { count, bytes }] of counts) print(`${count} objects, ${bytesText(bytes)}: ${why}`);
    if (cache.length > 0)
      print(`${cache.length} bundles in the cache, not used for ${Math.max(keepDays, minimalCacheDays)} days`);
    if (compute === 0 && plan.items.length === 0 && cache.length === 0) print("Nothing to clean.");
    else print(removed ? `Removed ${bytesText(bytes)}.` : `Nothing was removed. To remove it: zenlite clean --yes`);
    return exitCodes.done;
  });
}

/** A run of another stack, whose store is not looked at, may still read its folder of the cache. */
const minimalCacheDays = 7;
const dayMilliseconds = 86_400_000;

/** Counts the compute of runs that nobody drives any more; stops it where `remove` says so. */
async function stopDeadCompute(session: Session, remove: boolean): Promise<number> {
  const call = { signal: session.signal };
  // Without a project in the store nothing was ever started from here, and looking must not create one.
  if ((await readText(session.store, layout.project, call)) === undefined) return 0;
  const project = await ensureProject(session.store, call);
  try {
    await using opened = await openLauncher(session);
    const leftovers = await findLeftovers(session, opened.launcher, project);
    if (remove)
      await Promise.all(leftovers.map((handle) => opened.launcher.stop(handle, { ...call, graceSeconds: 0 })));
    return leftovers.length;
  } catch (error) {
    // Old artifacts can be cleaned without an engine; its containers cannot, and that is said.
    if (!isZenliteError(error) || error.fault !== "environment") throw error;
    progressLog.warn(`notice: compute of stack "${session.stack.name}" was not looked at: ${error.message}`);
    return 0;
  }
}
