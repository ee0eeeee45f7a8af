// Compute of runs whose driver is gone: found by label and stopped before anything else is started.
import type { StepHandle, StepLauncher } from "@zenlite/core";
import { observeLease } from "@zenlite/records";
import type { Session } from "./session.ts";

/** Compute of this project whose run nobody drives any more. A live run's is left alone. */
export async function findLeftovers(
  session: Session,
  launcher: StepLauncher,
  project: string,
): Promise<readonly StepHandle[]> {
  const call = { signal: session.signal };
  const byRun = new Map<string, StepHandle[]>();
  for await (const handle of launcher.find({ project }, call))
    byRun.set(handle.run, [...(byRun.get(handle.run) ?? []), handle]);
  const dead = await Promise.all(
    [...byRun].map(async ([run, handles]) =>
      (await observeLease(session.store, run, call)) === "live" ? [] : handles,
    ),
  );
  return dead.flat();
}

/** Returns how many were stopped. */
export async function stopLeftovers(session: Session, launcher: StepLauncher, project: string): Promise<number> {
  const leftovers = await findLeftovers(session, launcher, project);
  await Promise.all(leftovers.map((handle) => launcher.stop(handle, { signal: session.signal, graceSeconds: 0 })));
  return leftovers.length;
}
