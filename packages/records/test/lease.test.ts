import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ArtifactStore } from "@zenlite/core";
import { expect, test } from "vitest";
import { type Lease, layout, type LeaseState, observeLease, readJson, takeLease } from "../src/index.ts";
import { identityOf, isAlive } from "../src/process-identity.ts";
import { manualClock, noClock } from "./clock.ts";
import { call, temporaryStore } from "./support.ts";

const run = "20261121-120000-000-aaaaaa";
const elsewhere = (id: number) => ({ host: "another machine", id, started: "1" });

function taken(result: Lease | { readonly held: LeaseState }): Lease {
  if ("held" in result) throw new Error(`held by ${result.held.writer}`);
  return result;
}

const stateOf = (store: ArtifactStore): Promise<LeaseState | undefined> =>
  readJson<LeaseState>(store, layout.lease(run), call);

async function hold(folder: string, then: string): Promise<{ child: ChildProcess; ended: Promise<unknown[]> }> {
  const args = ["--conditions=zenlite-source", join(import.meta.dirname, "child", "hold.ts"), folder, run, then];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [line] = await Promise.race([once(child.stdout, "data"), ended.then(() => ["ended without taking it"])]);
  expect(String(line)).toMatch(/^held \d+\n$/);
  return { child, ended };
}

test("nobody has taken it: none. Of several who take it at once exactly one gets it, the others hear who", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  expect(await observeLease(store, run, call)).toBe("none");
  const results = await Promise.all(["a", "b", "c", "d"].map((writer) => takeLease(store, run, writer, call)));
  const leases = results.filter((result) => !("held" in result));
  expect(leases).toHaveLength(1);
  const { writer } = (await stateOf(store)) ?? { writer: "" };
  for (const result of results) if ("held" in result) expect(result.held.writer).toBe(writer);
  expect(await observeLease(store, run, call)).toBe("live");
  for (const result of results) if (!("held" in result)) await result[Symbol.asyncDispose]();
});

test("a lease that was let go is taken at once, with the next epoch", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  for (const epoch of [1, 2, 3]) {
    const lease = taken(
      await takeLease(store, run, `w${epoch}`, call, { clock: manualClock(), identity: elsewhere(epoch) }),
    );
    expect(lease.epoch).toBe(epoch);
    await lease[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    expect(lease.lost.aborted).toBe(false);
    expect(await observeLease(store, run, call, { clock: noClock })).toBe("stale");
  }
});

test("elsewhere a beating holder is seen to live as soon as the beat changes, and keeps the lease", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const [holder, observer] = [manualClock(), manualClock()];
  await using lease = taken(await takeLease(store, run, "first", call, { clock: holder, identity: elsewhere(1) }));
  await holder.asleep(1);
  const taking = takeLease(store, run, "second", call, { clock: observer, identity: elsewhere(2) });
  await observer.asleep(1);
  holder.next();
  await holder.asleep(1);
  observer.next();
  expect(await taking).toMatchObject({ held: { writer: "first", epoch: 1 } });
  expect(observer.now()).toBeLessThan(2000);
  expect(lease.lost.aborted).toBe(false);
});

test("elsewhere a lease whose beat stands still for five seconds is taken over, and its holder hears that it lost", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const [holder, observer] = [manualClock(), manualClock()];
  await using first = taken(await takeLease(store, run, "first", call, { clock: holder, identity: elsewhere(1) }));
  await holder.asleep(1);
  const results = Promise.all(
    ["second", "third"].map((writer) =>
      takeLease(store, run, writer, call, { clock: observer, identity: elsewhere(2) }),
    ),
  );
  let done = false;
  void results.then(() => (done = true));
  for (;;) {
    await Promise.race([observer.asleep(2), results]);
    if (done || observer.now() >= 5000) break;
    observer.next();
  }
  const found = await Promise.race([results, undefinedAfter(observer, () => done)]);
  const winners = (found ?? (await results)).filter((result) => !("held" in result));
  expect(winners).toHaveLength(1);
  await using second = taken(winners[0] ?? { held: { format: 1, epoch: 0, writer: "", beat: 0 } });
  expect(second.epoch).toBe(2);
  expect(first.lost.aborted).toBe(false);
  const lost = once(first.lost, "abort");
  holder.next();
  await lost;
  // What lost writes nothing more, not even when it lets go.
  await first[Symbol.asyncDispose]();
  expect(await stateOf(store)).toMatchObject({ epoch: 2 });
});

/** Lets the clock of whoever still watches go on until all have decided. */
async function undefinedAfter(clock: ReturnType<typeof manualClock>, done: () => boolean): Promise<undefined> {
  while (!done()) {
    await clock.asleep(1);
    clock.next();
  }
  return undefined;
}

test("a store that fails for a while does not lose the lease, nor does a write whose answer was lost", async () => {
  await using place = await temporaryStore();
  const clock = manualClock();
  let trouble: "none" | "fails" | "loses answers" = "none";
  const store: ArtifactStore = {
    ...place.store,
    async write(key, body, options) {
      if (trouble === "fails") throw new Error("no connection");
      const written = await place.store.write(key, body, options);
      if (trouble === "loses answers") throw new Error("connection reset");
      return written;
    },
  };
  const lease = taken(await takeLease(store, run, "first", call, { clock, identity: elsewhere(1) }));
  for (const kind of [
    "fails",
    "fails",
    "none",
    "loses answers",
    "none",
    "none",
    "loses answers",
    "loses answers",
    "none",
  ] as const) {
    await clock.asleep(1);
    trouble = kind;
    clock.next();
  }
  await clock.asleep(1);
  expect(lease.lost.aborted).toBe(false);
  const before = (await stateOf(place.store))?.beat ?? 0;
  clock.next();
  await clock.asleep(1);
  expect((await stateOf(place.store))?.beat).toBeGreaterThan(before);

  // The last beat's answer is lost, and then the holder lets go: nobody needs to wait.
  trouble = "loses answers";
  clock.next();
  await clock.asleep(1);
  trouble = "none";
  await lease[Symbol.asyncDispose]();
  expect(await observeLease(place.store, run, call, { clock: noClock })).toBe("stale");
});

test("on one host a holder keeps its lease while its event loop is blocked, and is gone as soon as it is killed", async () => {
  await using place = await temporaryStore();
  const { store, folder } = place;
  const { child, ended } = await hold(folder, "block");
  expect(await observeLease(store, run, call, { clock: noClock })).toBe("live");
  expect(await takeLease(store, run, "second", call, { clock: noClock })).toMatchObject({
    held: { writer: "child", epoch: 1 },
  });
  child.kill("SIGKILL");
  await ended;
  expect(await observeLease(store, run, call, { clock: noClock })).toBe("stale");
  const clock = manualClock();
  await using lease = taken(await takeLease(store, run, "second", call, { clock }));
  expect([lease.epoch, clock.now()]).toEqual([2, 0]);
});

test.each([["dispose"], ["nothing"]])("a lease keeps no process alive: %s", async (then) => {
  await using place = await temporaryStore();
  const { ended } = await hold(place.folder, then);
  expect(await ended).toEqual([0, null]);
  expect(await observeLease(place.store, run, call, { clock: noClock })).toBe("stale");
});

test("an observer that is aborted stops watching", async () => {
  await using place = await temporaryStore();
  const { store } = place;
  const clock = manualClock();
  await using _lease = taken(
    await takeLease(store, run, "first", call, { clock: manualClock(), identity: elsewhere(1) }),
  );
  const stop = new AbortController();
  const observing = observeLease(store, run, { signal: stop.signal }, { clock });
  await clock.asleep(1);
  stop.abort(new Error("enough"));
  await expect(observing).rejects.toThrow("enough");
});

test("a process is known by its start, not by its id alone; one of another host cannot be told", () => {
  const me = identityOf();
  if (me === undefined) throw new Error("this system tells nothing of its processes");
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, started: "1" })).toBe(false);
  expect(isAlive({ ...me, host: "another machine" })).toBeUndefined();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect(isAlive({ ...me, id: pid })).toBe(false);
});

// Hiding processes needs a mount of one's own, and so root on Linux, which CI is.
const mounts = process.platform === "linux" && process.getuid?.() === 0;
test.skipIf(!mounts)(
  `where the system hides the processes of others they are not taken for dead${mounts ? "" : " (skipped: needs root on Linux)"}`,
  () => {
    const script = join(import.meta.dirname, "child", "alive.ts");
    // The group too: group 0 is exempt from the hiding.
    const inside =
      'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';
    const node = [process.execPath, "--conditions=zenlite-source", script, JSON.stringify(identityOf())];
    const { stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", inside, "sh", ...node], {
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "true\n", stderr: "" });
  },
);
