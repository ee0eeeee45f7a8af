/** Waiting until a container is gone, and making it go. */
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "@zenlite/core";
import { unlessAborted } from "./abort.ts";
import { statusOf, type Engine } from "./engine.ts";
import { unread } from "./unread.ts";

/** `code` where the engine still knew it; `unreachable` where the engine itself went away. */
export type Removal = { readonly code?: number } | "unreachable";

/** How long an engine that went away (a restart) is waited for. */
const patienceMilliseconds = 10_000;

/**
 * The engine may forget whoever begins to wait in the very moment in which it removes the container: so one asks anew, soon at
 * first and then more rarely.
 */
const askAgainMilliseconds = { first: 2_000, last: 60_000 };

/** Resolves when the container is no more. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerWait */
export async function removed(engine: Engine, id: string): Promise<Removal> {
  const container = engine.docker.getContainer(id);
  let askAgain = askAgainMilliseconds.first;
  let giveUp: number | undefined;
  for (;;) {
    if (engine.closed.aborted) return "unreachable";
    const abortSignal = unread(AbortSignal.any([AbortSignal.timeout(askAgain), engine.closed]));
    try {
      // The engine sends the head of its answer at once; where the connection breaks after that, dockerode's promise never settles.
      const asked = engine.ask<unknown>(container.wait({ condition: "removed", abortSignal }));
      const answer = await unlessAborted(asked, abortSignal);
      const known = typeof answer === "object" && answer !== null && "StatusCode" in answer;
      return known && typeof answer.StatusCode === "number" ? { code: answer.StatusCode } : {};
    } catch (error) {
      if (statusOf(error) === 404) return {};
      if (abortSignal.aborted) {
        askAgain = Math.min(askAgain * 2, askAgainMilliseconds.last);
        giveUp = undefined;
        continue;
      }
      if (!hasCode(error, "ZENLITE_DOCKER_UNREACHABLE") && statusOf(error) === undefined) throw error;
      giveUp ??= Date.now() + patienceMilliseconds;
      if (Date.now() > giveUp) return "unreachable";
    }
    await sleep(250);
  }
}

/** Kills and removes at once. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerDelete */
export async function removeNow(engine: Engine, id: string): Promise<void> {
  try {
    await engine.ask(engine.docker.getContainer(id).remove({ force: true, v: true }));
  } catch (error) {
    if (statusOf(error) === 404) return;
    // "Removal is already in progress": the engine's own, because the container has just ended.
    if (statusOf(error) !== 409) throw error;
    await removed(engine, id);
  }
}

/** SIGTERM, the grace, SIGKILL. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerStop */
export async function stopAndRemove(engine: Engine, id: string, graceSeconds: number): Promise<void> {
  try {
    await engine.ask(engine.docker.getContainer(id).stop({ t: Math.ceil(graceSeconds) }));
  } catch (error) {
    // 304: it had ended by itself. 404: it is gone.
    if (statusOf(error) === 404) return;
    if (statusOf(error) !== 304) throw error;
  }
  await untilRemoved(engine, id);
}

/** The engine removes an ended container by itself; where it does not get to it (it crashed meanwhile), it is told to. */
export async function untilRemoved(engine: Engine, id: string, removal = removed(engine, id)): Promise<void> {
  const patience = new AbortController();
  const late = sleep(patienceMilliseconds, "late", { signal: patience.signal }).catch(() => "done");
  const first = await Promise.race([removal, late]);
  patience.abort();
  if (first === "late") await removeNow(engine, id);
}
