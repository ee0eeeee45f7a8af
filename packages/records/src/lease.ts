// The lease of a run: who drives it now. The one object that changes, by compare-and-swap; clocks of two machines are never compared.
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, type ArtifactStore, type Call } from "@zenlite/core";
import type { Liveness } from "./fold.ts";
import { layout } from "./layout.ts";
import { readText } from "./objects.ts";
import { identityOf, isAlive, type ProcessIdentity } from "./process-identity.ts";

export interface LeaseState {
  readonly format: 1;
  /** Counts drivers: each takeover is one more. */
  readonly epoch: number;
  readonly writer: string;
  /** Counts up while the holder lives. */
  readonly beat: number;
  readonly process?: ProcessIdentity;
  /** The holder has let go: whoever wants may take it. */
  readonly released?: true;
}

export interface Lease extends AsyncDisposable {
  readonly epoch: number;
  /** Aborts when somebody else took the lease over: this process must not write for the run any more. */
  readonly lost: AbortSignal;
}

export interface LeaseClock {
  /** Rejects when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface LeaseOptions {
  readonly clock?: LeaseClock;
  /** `undefined`: the system does not tell, and only beats count. */
  readonly identity?: ProcessIdentity | undefined;
}

const beatMilliseconds = 1000;
/** So long a beat must stand still, on the observer's own clock, until its holder counts as gone. */
const staleMilliseconds = 5000;
/** So often the observer looks whether it moved: a living holder is seen within about a beat. */
const lookMilliseconds = 500;

// Unreferenced: neither a beat nor an observation keeps a process alive by itself.
const systemClock: LeaseClock = {
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal, ref: false }),
};
const waitingClock: LeaseClock = { sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) };

interface Version {
  readonly state: LeaseState | undefined;
  readonly etag: string | null;
}

async function readLease(store: ArtifactStore, run: string, call: Call): Promise<Version> {
  const key = layout.lease(run);
  for (;;) {
    const before = await store.stat(key, call);
    if (before === undefined) return { state: undefined, etag: null };
    const text = await readText(store, key, call);
    // Read between two equal etags, the text is that version's.
    if (text !== undefined && (await store.stat(key, call))?.etag === before.etag)
      return { state: parse(text), etag: before.etag };
  }
}

function parse(text: string): LeaseState | undefined {
  try {
    const state = JSON.parse(text) as Partial<LeaseState>;
    return typeof state.epoch === "number" && typeof state.beat === "number" && typeof state.writer === "string"
      ? (state as LeaseState)
      : undefined;
  } catch {
    return undefined;
  }
}

const encoder = new TextEncoder();

function write(
  store: ArtifactStore,
  run: string,
  state: LeaseState,
  etag: string | null,
  call: Call,
): ReturnType<ArtifactStore["write"]> {
  return store.write(layout.lease(run), encoder.encode(`${JSON.stringify(state)}\n`), { ...call, if: { etag } });
}

/**
 * Takes the lease where nobody holds it, or where its holder is gone, as the next epoch. Where its holder lives: who that is.
 * Of several who try at once, one gets it.
 */
export async function takeLease(
  store: ArtifactStore,
  run: string,
  writer: string,
  call: Call,
  options: LeaseOptions = {},
): Promise<Lease | { readonly held: LeaseState }> {
  const identity = "identity" in options ? options.identity : identityOf();
  const current = await readLease(store, run, call);
  if (current.state !== undefined && (await livenessOf(store, run, current, call, options)) === "live")
    return { held: current.state };
  const state: LeaseState = {
    format: 1,
    epoch: (current.state?.epoch ?? 0) + 1,
    writer,
    beat: 0,
    ...(identity === undefined ? {} : { process: identity }),
  };
  const written = await write(store, run, state, current.etag, call);
  if (written === "conflict") {
    const winner = await readLease(store, run, call);
    return { held: winner.state ?? state };
  }
  return holdLease(store, run, state, written.etag, options.clock ?? systemClock);
}

function holdLease(store: ArtifactStore, run: string, first: LeaseState, firstEtag: string, clock: LeaseClock): Lease {
  const lost = new AbortController();
  const ending = new AbortController();
  let state = first;
  let etag = firstEtag;

  const beat = async (change: Partial<LeaseState>): Promise<void> => {
    const next = { ...state, beat: state.beat + 1, ...change };
    const written = await write(store, run, next, etag, { signal: AbortSignal.timeout(staleMilliseconds) });
    if (written !== "conflict") [state, etag] = [next, written.etag];
    else {
      // A write whose answer was lost comes back as a conflict with itself.
      const current = await readLease(store, run, { signal: AbortSignal.timeout(staleMilliseconds) });
      if (current.state?.writer === first.writer && current.state.epoch === first.epoch && current.etag !== null)
        [state, etag] = [current.state, current.etag];
      else lost.abort();
    }
  };
  const beating = (async () => {
    while (!ending.signal.aborted && !lost.signal.aborted) {
      try {
        await clock.sleep(beatMilliseconds, ending.signal);
        await beat({});
      } catch (error) {
        if (ending.signal.aborted) break;
        // A store that does not answer for a moment loses nobody the lease; whoever takes it over meanwhile shows as a conflict.
        if (hasCode(error, "ABORT_ERR") && lost.signal.aborted) break;
      }
    }
  })();
  return {
    epoch: first.epoch,
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await beating;
      // Twice at most: the first may meet a beat of one's own whose answer was lost.
      for (let attempt = 0; attempt < 2 && !lost.signal.aborted && state.released !== true; attempt += 1)
        await beat({ released: true }).catch(() => undefined);
    },
  };
}

/** Whether somebody drives the run. On the holder's own host the answer is exact and comes at once; elsewhere it takes five seconds of watching. */
export async function observeLease(
  store: ArtifactStore,
  run: string,
  call: Call,
  options: LeaseOptions = {},
): Promise<Liveness> {
  const current = await readLease(store, run, call);
  return current.state === undefined && current.etag === null ? "none" : livenessOf(store, run, current, call, options);
}

async function livenessOf(
  store: ArtifactStore,
  run: string,
  seen: Version,
  call: Call,
  options: LeaseOptions,
): Promise<Liveness> {
  const { state } = seen;
  if (state === undefined || state.released === true) return "stale";
  const alive = state.process === undefined ? undefined : isAlive(state.process);
  if (alive !== undefined) return alive ? "live" : "stale";
  const clock = options.clock ?? waitingClock;
  // Counted in looks: however long each sleep really took, the beat stood still for at least so long.
  for (let waited = 0; waited < staleMilliseconds; waited += lookMilliseconds) {
    await clock.sleep(lookMilliseconds, call.signal);
    if ((await store.stat(layout.lease(run), call))?.etag === seen.etag) continue;
    const later = await readLease(store, run, call);
    return later.state === undefined || later.state.released === true ? "stale" : "live";
  }
  return "stale";
}
