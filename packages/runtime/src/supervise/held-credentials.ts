// What the driver handed over to open the store with, in a step's process: the newest, and the waiting for newer ones.
import { ZenliteError, type ComponentContext, type Credentials } from "@zenlite/core";

export interface HeldCredentials {
  /** As `ComponentContext.credentials`. Throws ZENLITE_CREDENTIALS_EXPIRED where no newer ones come. */
  readonly get: NonNullable<ComponentContext["credentials"]>;
  renew(credentials: Credentials): void;
  /** The driver is gone: nobody renews them any more. */
  orphan(): void;
}

/** The driver renews long before the end: whoever waits so long waits in vain. */
const patienceMilliseconds = 60_000;

/** What is about to expire would have done so when the request arrives. */
const leastMilliseconds = 2000;

export function holdCredentials(first: Credentials, patience = patienceMilliseconds): HeldCredentials {
  let newest = first;
  let usableUntil = endOf(first);
  let orphaned = false;
  /** Since when newer ones are missing: a process waits once, not with each of its requests. */
  let missingSince: number | undefined;
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };

  return {
    async get({ kind, signal }) {
      if (kind !== newest.kind)
        throw new ZenliteError(
          "ZENLITE_CREDENTIALS_KIND",
          `The artifact store asks for credentials of kind "${kind}"; the driver handed over "${newest.kind}".`,
          { fault: "internal" },
        );
      for (;;) {
        signal.throwIfAborted();
        if (Date.now() < usableUntil) return newest;
        missingSince ??= performance.now();
        const left = missingSince + patience - performance.now();
        if (orphaned || left <= 0) break;
        await unlessEnded(changed.promise, left, signal);
      }
      // The last moments of what nobody renews are better than none.
      if (Date.now() < expiryOf(newest)) return newest;
      throw expired(newest, orphaned, patience);
    },
    renew(credentials) {
      newest = credentials;
      usableUntil = endOf(credentials);
      if (Date.now() < usableUntil) missingSince = undefined;
      change();
    },
    orphan() {
      orphaned = true;
      change();
    },
  };
}

function expiryOf({ expiresAt }: Credentials): number {
  const time = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt);
  return Number.isNaN(time) ? Infinity : time;
}

function endOf(credentials: Credentials): number {
  const expiry = expiryOf(credentials);
  return expiry - Math.min(leastMilliseconds, Math.max(0, expiry - Date.now()) / 10);
}

/** Resolves with the change, after so long, or with the abort. The timer keeps the process alive: it may be all that is left to wait for. */
async function unlessEnded(change: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  const timer = setTimeout(done, milliseconds);
  signal.addEventListener("abort", done);
  await Promise.race([change, promise]);
  clearTimeout(timer);
  signal.removeEventListener("abort", done);
}

function expired({ expiresAt = "" }: Credentials, orphaned: boolean, patience: number): ZenliteError {
  const why = orphaned
    ? "the process that drives this run and renews them is gone"
    : `the process that drives this run has sent no new ones within ${patience / 1000} s`;
  return new ZenliteError(
    "ZENLITE_CREDENTIALS_EXPIRED",
    `The credentials for the artifact store expired at ${expiresAt}, and ${why}.`,
    {
      fault: "environment",
      hint: orphaned
        ? "Leave zenlite running while steps run. Run again: what is done comes from the cache."
        : "Where zenlite runs, sign in again or look at the connector (zenlite service-connector verify <name>). Run again: what is done comes from the cache.",
    },
  );
}
