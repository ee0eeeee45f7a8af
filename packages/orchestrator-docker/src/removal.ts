/** Waiting until a container is gone, and making it go. */
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "@zenlite/core";
import { statusOf, type Engine } from "./engine.ts";

/** `code` where the engine still knew it; `unreachable` where the engine itself went away. */
export type Removal = { readonly code?: number } | "unreachable";

/** How long an engine that went away (a restart) is waited for. */
const patienceMilliseconds = 10_000;

/**
 * The engine may forget whoever begins to wait in the moment in which it removes the container, so nobody waits longer than this
 * without asking anew.
 */
const askAgainMilliseconds = 2_000;

/** Resolves when the container is no more. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerWait */
export async function removed(engine: Engine, id: string): Promise<Removal> {
  const container = engine.docker.getContainer(id);
  for (let giveUp: number | undefined; ;) {
    const abortSignal = AbortSignal.timeout(askAgainMilliseconds);
    try {
      const answer: unknown = await engine.ask(container.wait({ condition: "removed", abortSignal }));
      const known = typeof answer === "object" && answer !== null && "StatusCode" in answer;
      return known && typeof answer.StatusCode === "number" ? { code: answer.StatusCode } : {};
    } catch (error) {
      if (statusOf(error) === 404) return {};
      if (abortSignal.aborted) {
        giveUp = undefined;
        continue;
      }
      if (!isOutage(error) && statusOf(error) === undefined) throw error;
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
  if (graceSeconds <= 0) return removeNow(engine, id);
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
export async function untilRemoved(engine: Engine, id: string): Promise<void> {
  const patience = new AbortController();
  const late = sleep(patienceMilliseconds, "late", { signal: patience.signal }).catch(() => "done");
  const first = await Promise.race([removed(engine, id), late]);
  patience.abort();
  if (first === "late") await removeNow(engine, id);
}

function isOutage(error: unknown): boolean {
  return hasCode(error, "ZENLITE_DOCKER_UNREACHABLE");
}
