// The broker: each step gets the credentials of the artifact store with its word, and newer ones before these expire, as long as this process lives.
import {
  messageOf,
  type ArtifactStore,
  type Call,
  type Credentials,
  type StepHandle,
  type StepLauncher,
} from "@zenlite/core";
import { createMasker, encodeRenewal } from "@zenlite/runtime";

export interface CredentialsBroker extends Disposable {
  /** For the word of an attempt; nothing where the store hands over none. */
  credentials(attempt: string): Promise<Credentials | undefined>;
  /** The launcher, observed: whatever it launches is told of newer credentials until it ends. */
  readonly launcher: StepLauncher;
}

export interface BrokerClock {
  now(): number;
  /** Calls later; gives what takes that back. */
  after(milliseconds: number, run: () => void): () => void;
}

export interface BrokerOptions extends Call {
  /** Says something to people. */
  notice(message: string): void;
  readonly clock?: BrokerClock;
}

const systemClock: BrokerClock = {
  now: Date.now,
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

const mostAhead = 5 * 60_000;
/** Of what is left of a short life so much is kept for trying again. */
const partAhead = 1 / 5;
const again = { least: 1000, most: 30_000, late: 10_000 };
/** A longer timer would go off at once. */
const longestTimer = 2 ** 31 - 1;
const mostWaiting = 60_000;

export function openBroker(launcher: StepLauncher, store: ArtifactStore, options: BrokerOptions): CredentialsBroker {
  if (store.credentials === undefined)
    return { credentials: () => Promise.resolve(undefined), launcher, [Symbol.dispose]: () => {} };
  const handOver = store.credentials.bind(store);
  const { notice, signal, clock = systemClock } = options;
  const masker = createMasker({});
  /** By attempt: what runs, and which credentials it has. */
  const live = new Map<string, StepHandle>();
  const given = new Map<string, Credentials>();
  let newest: Credentials | undefined;
  let renewAt = 0;
  let asking: Promise<Credentials> | undefined;
  let cancelTimer = (): void => {};
  let complained = false;
  let said = false;
  let closed = false;

  /** One question at a time, however many steps wait for the answer. */
  function ask(): Promise<Credentials> {
    asking ??= askStore().finally(() => (asking = undefined));
    return asking;
  }

  async function askStore(): Promise<Credentials> {
    const credentials = await handOver({ signal: AbortSignal.any([signal, AbortSignal.timeout(mostWaiting)]) });
    masker.learn(credentials);
    const left = expiryOf(credentials) - clock.now();
    // A vendor's own cache may give the old ones for a while.
    if (newest !== undefined && expiryOf(credentials) <= expiryOf(newest)) {
      renewAt = clock.now() + soon(left);
      schedule();
      return newest;
    }
    newest = credentials;
    renewAt = clock.now() + left - Math.min(mostAhead, Math.max(0, left) * partAhead);
    complained = false;
    await Promise.all([...live.values()].map(tell));
    schedule();
    return credentials;
  }

  async function tell(handle: StepHandle): Promise<void> {
    if (newest === undefined || given.get(handle.attempt) === newest) return;
    if (launcher.tell === undefined) {
      if (!said)
        notice(
          "This orchestrator cannot pass on renewed credentials: a step that outlives those it began with records nothing.",
        );
      said = true;
      return;
    }
    given.set(handle.attempt, newest);
    // One that ended in this moment needs none any more.
    await launcher.tell(handle, encodeRenewal(newest), { signal }).catch(() => undefined);
  }

  function schedule(): void {
    cancelTimer();
    if (closed || live.size === 0 || renewAt === Infinity) return;
    cancelTimer = clock.after(Math.min(longestTimer, Math.max(0, renewAt - clock.now())), () => void renew());
  }

  async function renew(): Promise<void> {
    if (clock.now() < renewAt) return schedule();
    try {
      await ask();
    } catch (error) {
      if (closed || signal.aborted) return;
      complain(masker(messageOf(error)));
      // Also when they have expired: somebody may sign in again, and a step waits a while.
      renewAt = clock.now() + soon(expiryOf(newest) - clock.now());
      schedule();
    }
  }

  function complain(why: string): void {
    if (!complained)
      notice(`The artifact store's credentials could not be renewed; they expire at ${newest?.expiresAt}: ${why}`);
    complained = true;
  }

  const observed: Partial<StepLauncher> = {
    async launch(step, prepared, call) {
      try {
        const handle = await launcher.launch(step, prepared, call);
        live.set(handle.attempt, handle);
        // They may have been renewed while it was started.
        await tell(handle);
        schedule();
        return handle;
      } catch (error) {
        given.delete(step.attempt);
        throw error;
      }
    },
    async wait(handle, call) {
      const exit = await launcher.wait(handle, call);
      forget(handle);
      return exit;
    },
    async stop(handle, call) {
      await launcher.stop(handle, call);
      forget(handle);
    },
  };

  function forget({ attempt }: StepHandle): void {
    live.delete(attempt);
    given.delete(attempt);
    schedule();
  }

  return {
    async credentials(attempt) {
      if (newest === undefined || clock.now() >= renewAt)
        await ask().catch((error: unknown) => {
          // Those that still last serve; the timer tries again.
          if (clock.now() >= expiryOf(newest)) throw error;
        });
      if (newest !== undefined) given.set(attempt, newest);
      return newest;
    },
    launcher: new Proxy(launcher, {
      get(target, name) {
        const own: unknown = Reflect.get(observed, name);
        if (own !== undefined) return own;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    }),
    [Symbol.dispose]() {
      closed = true;
      live.clear();
      cancelTimer();
    },
  };
}

/** In milliseconds; Infinity for what does not expire, none at all for what is not there. */
function expiryOf(credentials: Credentials | undefined): number {
  if (credentials === undefined) return 0;
  const time = credentials.expiresAt === undefined ? Number.NaN : Date.parse(credentials.expiresAt);
  return Number.isNaN(time) ? Infinity : time;
}

function soon(left: number): number {
  return left <= 0 ? again.late : Math.min(again.most, Math.max(again.least, left * partAhead));
}
