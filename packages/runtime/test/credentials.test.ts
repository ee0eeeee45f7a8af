// Credentials of the store inside a step's process: handed over with the word, renewed while the step runs, never to be seen.
import type { Credentials } from "@zenlite/core";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeRenewal, type StepWord } from "../src/index.ts";
import { holdCredentials } from "../src/supervise/held-credentials.ts";
import {
  buildRunner,
  call,
  openPlace,
  recordsOf,
  supervise,
  wordFor,
  type Place,
  type WordOptions,
} from "./support.ts";

const made = (key: string, lifeSeconds?: number): Credentials => ({
  kind: "test",
  value: { key },
  ...(lifeSeconds === undefined ? {} : { expiresAt: new Date(Date.now() + lifeSeconds * 1000).toISOString() }),
});
const wanted = { kind: "test", ...call };

describe("held credentials", () => {
  it("are given as they are while they last, and the newest once they are renewed", async () => {
    const held = holdCredentials(made("one", 3600));
    expect((await held.get(wanted)).value).toEqual({ key: "one" });
    held.renew(made("two", 3600));
    expect((await held.get(wanted)).value).toEqual({ key: "two" });
    expect((await holdCredentials(made("for ever")).get(wanted)).value).toEqual({ key: "for ever" });
  });

  it("that have expired are waited for, also where what comes first has expired too", async () => {
    const held = holdCredentials(made("one", -1));
    const asked = Promise.all([held.get(wanted), held.get(wanted)]);
    held.renew(made("two", -1));
    held.renew(made("three", 3600));
    expect((await asked).map(({ value }) => value["key"])).toEqual(["three", "three"]);
  });

  it("that nobody renews are refused with what to do", async () => {
    await expect(holdCredentials(made("one", -1), 10).get(wanted)).rejects.toMatchObject({
      code: "ZENLITE_CREDENTIALS_EXPIRED",
      fault: "environment",
      message: expect.stringContaining("has sent no new ones within 0.01 s"),
      hint: expect.stringContaining("zenlite service-connector verify"),
    });
    const held = holdCredentials(made("one", -1));
    const asked = held.get(wanted);
    held.orphan();
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining("renews them is gone") });
    await expect(held.get(wanted)).rejects.toMatchObject({ code: "ZENLITE_CREDENTIALS_EXPIRED" });
  });

  it("that were waited for in vain are not waited for again, until newer ones come", async () => {
    const held = holdCredentials(made("one", -1), 50);
    await expect(held.get(wanted)).rejects.toMatchObject({ code: "ZENLITE_CREDENTIALS_EXPIRED" });
    let answered = false;
    const again = held.get(wanted).catch(() => (answered = true));
    // A timer would take longer than a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(true);
    await again;
    held.renew(made("two", 3600));
    expect((await held.get(wanted)).value).toEqual({ key: "two" });
  });

  it("that still last serve on when the driver is gone", async () => {
    const held = holdCredentials(made("one", 3600));
    held.orphan();
    expect((await held.get(wanted)).value).toEqual({ key: "one" });
  });

  it("are no longer waited for after an abort, and are given for their own kind only", async () => {
    const impatient = new AbortController();
    const asked = holdCredentials(made("one", -1)).get({ kind: "test", signal: impatient.signal });
    impatient.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await expect(holdCredentials(made("one")).get({ kind: "aws", ...call })).rejects.toMatchObject({
      code: "ZENLITE_CREDENTIALS_KIND",
    });
  });
});

describe("a step's process with its supervisor", () => {
  let place: Place;
  let paths: { runner: string; code: string };
  beforeAll(async () => {
    place = await openPlace();
    paths = await buildRunner(place.folder, join(import.meta.dirname, "fixtures", "guarded-store.ts"));
  });
  afterAll(() => place[Symbol.asyncDispose]());

  function wordWith(step: string, accepts: string, credentials: Credentials, options: WordOptions = {}): StepWord {
    const word = wordFor(place.folder, step, { run: `run-${step}-${accepts}`, ...options });
    return { ...word, store: { ...word.store, config: { accepts }, credentials } };
  }

  it("opens the store with what came with the word", async () => {
    const word = wordWith("done", "first-key", made("first-key", 3600));
    const supervised = supervise(paths);
    supervised.tellWord(word);
    expect((await supervised.ended).exit).toEqual({ code: 0, reason: "exited" });
    expect((await recordsOf(place.store, word)).outcome?.status).toBe("completed");
  });

  it("waits for a renewal where they have expired, and both it and the step's process get it", async () => {
    const word = wordWith("talk", "second-key", made("first-key", -1));
    const supervised = supervise(paths);
    supervised.tellWord(word);
    supervised.tellLine('{"kind":"of a newer driver"}');
    supervised.tellLine(encodeRenewal(made("second-key", 3600)));
    expect((await supervised.ended).exit).toEqual({ code: 0, reason: "exited" });
    // The outcome is written by the step's process, the log by its supervisor.
    const { outcome, log } = await recordsOf(place.store, word);
    expect(outcome?.status).toBe("completed");
    expect(log).toContain("from a child process");
  });

  it("may be told word and renewal in one piece, cut anywhere", async () => {
    const word = wordWith("done", "later-key", made("first-key", -1), { run: "run-cut" });
    const supervised = supervise(paths);
    const text = `${JSON.stringify(word)}\n${encodeRenewal(made("later-key"))}\n`;
    const half = text.indexOf("\n") - 5;
    supervised.process.stdin?.write(text.slice(0, half));
    await new Promise<void>((resolve) => supervised.process.stdin?.write(text.slice(half, half + 9), () => resolve()));
    supervised.process.stdin?.write(text.slice(half + 9));
    expect((await supervised.ended).exit).toEqual({ code: 0, reason: "exited" });
  });

  it("hides them in log and error, the renewed ones too", async () => {
    const word = wordWith("eavesdrops", "planted-one", made("planted-one", 3600));
    const supervised = supervise(paths);
    supervised.tellWord(word);
    await supervised.shows("listening");
    supervised.tellLine(encodeRenewal({ ...made("planted-one"), value: { key: "planted-one", token: "planted-two" } }));
    const { exit, log: shown } = await supervised.ended;
    const { ended, log } = await recordsOf(place.store, word);
    expect(exit).toEqual({ code: 1, reason: "exited" });
    for (const text of [shown, log, ended?.error?.message]) {
      expect(text).toContain('"kind":"credentials"');
      expect(text).toContain("***");
      expect(text).not.toContain("planted");
    }
  });

  it("says why it could not record anything when nobody is left to renew them", async () => {
    const word = wordWith("done", "first-key", made("first-key", -1), { run: "run-orphaned" });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    supervised.endInput();
    const { exit } = await supervised.ended;
    // Lost, so that a driver that adopts it repeats the step.
    expect(exit).toEqual({ code: 1, reason: "lost", detail: expect.stringMatching(/renews them is gone$/u) });
  });
});
