// Real supervisors with real step processes: however a step ends, the store holds a true record of it.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
import { layout } from "@zenlite/records";

let place: Place;
let paths: { runner: string; code: string };

beforeAll(async () => {
  place = await openPlace();
  paths = await buildRunner(place.folder);
});
afterAll(() => place[Symbol.asyncDispose]());

/** Runs a step to its end. Every test has a run of its own. */
async function runStep(step: string, options: WordOptions = {}, environment: { readonly [name: string]: string } = {}) {
  const word = wordFor(place.folder, step, { run: `run-${step}-${Object.keys(options).join("-")}`, ...options });
  const supervised = supervise(paths, environment);
  supervised.tellWord(word);
  const result = await supervised.ended;
  return { ...result, word, ...(await recordsOf(place.store, word)), shown: result.log };
}

describe("a step that ends well", () => {
  it("leaves its outcome and its artifact", async () => {
    const { code, exit, outcome, ended, log, shown, word } = await runStep("done");
    expect({ code, exit }).toEqual({ code: 0, exit: { code: 0, reason: "exited" } });
    expect(outcome).toMatchObject({
      status: "completed",
      attempt: word.attempt,
      outputs: { answer: { type: "number", materializer: "json@1" } },
    });
    expect(ended).toBeUndefined();
    expect(log).toBe(`attempt ${word.attempt}`);
    expect(shown).toBe(`attempt ${word.attempt}\n`);
  });

  it("has a log that is complete and in order, with what its own processes wrote", async () => {
    const { log, shown } = await runStep("talk");
    const expected = [
      ...Array.from({ length: 200 }, (_, line) => `line ${line}`),
      "from a child process",
      "no newline at the end",
    ].join("\n");
    expect(log).toBe(expected);
    expect(shown).toBe(expected);
  });

  it("may write more than the store takes at once", async () => {
    const { log, shown } = await runStep("flood");
    expect(shown.length).toBe(3_000_000);
    expect(`${log}\n`.length).toBe(3_000_000);
  });

  it("is not held up by timers and sockets that it leaves open", async () => {
    const { code, outcome } = await runStep("leavesOpen");
    expect({ code, status: outcome?.status }).toEqual({ code: 0, status: "completed" });
  });

  it("may close its channel to the supervisor", async () => {
    const { code, exit, outcome, ended } = await runStep("closesChannel");
    expect({ code, exit, status: outcome?.status, ended }).toEqual({
      code: 0,
      exit: { code: 0, reason: "exited" },
      status: "completed",
      ended: undefined,
    });
  });

  it("has a scratch folder that is gone afterwards", async () => {
    const { log, outcome } = await runStep("scratch");
    expect(outcome?.outputs["note"]).toMatchObject({ materializer: "file@1", bytes: 19 });
    const folder = log.slice("folder ".length);
    expect(folder).toContain("zenlite-step-");
    expect(existsSync(folder)).toBe(false);
  });

  it("gets nothing of its word by arguments or environment", async () => {
    const { log } = await runStep("environment", { secrets: { KEY: "hunter2-and-more" } });
    const { argv, keys } = JSON.parse(log) as { argv: string[]; keys: string[] };
    expect(argv).toEqual([]);
    expect(keys.filter((key) => !/^(?:NODE_CHANNEL_.*|PATH|HOME|ZENLITE_CODE)$/u.test(key))).toEqual([]);
  });
});

describe("a step that fails", () => {
  it.each([
    ["fails", "TypeError: the model is missing", "ZENLITE_STEP_FAILED"],
    ["throwsText", 'It threw "only a text", which is no Error.', "ZENLITE_STEP_FAILED"],
    ["timer", "TypeError: the model is missing", "ZENLITE_STEP_FAILED"],
    ["rejects", "nobody listens", "ZENLITE_STEP_FAILED"],
    [
      "neverSettles",
      "The step's function waits for a promise that nothing is left to settle.",
      "ZENLITE_STEP_NEVER_ENDS",
    ],
  ])("by what it throws: %s", async (step, message, errorCode) => {
    const { code, exit, outcome, ended } = await runStep(step);
    expect({ code, exit, outcome }).toEqual({ code: 1, exit: { code: 1, reason: "exited" }, outcome: undefined });
    expect(ended).toMatchObject({ exit: { code: 1, reason: "exited" }, error: { code: errorCode, message } });
  });

  it("shows the user's frames only, at the places of the sources, and its causes", async () => {
    const { ended } = await runStep("fails", { cache: false });
    expect(ended?.error?.at).toMatch(/^fixtures\/steps\.ts:\d+:\d+$/u);
    const frames = ended?.error?.stack?.split("\n") ?? [];
    expect(frames[0]).toBe("TypeError: the model is missing");
    expect(frames[1]).toMatch(/^ {4}at deep \(fixtures\/steps\.ts:\d+:\d+\)$/u);
    expect(frames.filter((line) => /^\s+at /u.test(line) && !line.includes("fixtures/steps.ts"))).toEqual([]);
    expect(ended?.error?.stack).toContain("caused by: RangeError: no weights");
  });

  it("hides its secrets in log, error and metadata", async () => {
    const { ended, log, shown } = await runStep("secret", { secrets: { KEY: "hunter2-and-more" } });
    expect(ended?.error?.message).toBe("wrong key ***");
    expect(log).toBe("key *** of 16\n***");
    expect(shown).toBe("key *** of 16\n***\n");
    expect(JSON.stringify(ended)).not.toContain("hunter2");
  });

  it.each([
    ["exits", { code: 3, reason: "exited", detail: "exit code 3" }, "exit code 3 before its function returned"],
    [
      "exitsWell",
      { code: 1, reason: "exited", detail: "process.exit(0) before the step returned" },
      "process.exit(0) before",
    ],
    ["aborts", { code: 134, reason: "exited", detail: "killed by SIGABRT" }, "killed by SIGABRT"],
    ["killed", { code: 137, reason: "exited", detail: "killed by SIGKILL" }, "killed by SIGKILL"],
    ["segfault", { code: 139, reason: "exited", detail: "killed by SIGSEGV" }, "killed by SIGSEGV"],
  ])("by the end of its process: %s", async (step, expected, message) => {
    const { code, exit, outcome, ended } = await runStep(step);
    expect({ code, exit, outcome }).toEqual({ code: expected.code, exit: expected, outcome: undefined });
    expect(ended).toMatchObject({ exit: expected, error: { code: "ZENLITE_STEP_EXITED" } });
    expect(ended?.error?.message).toContain(message);
  });

  it("by a full heap, which is told as want of memory", async () => {
    const { exit, ended } = await runStep("heap", {}, { NODE_OPTIONS: "--max-old-space-size=40" });
    expect(exit).toMatchObject({ reason: "out-of-memory", detail: "the JavaScript heap was full" });
    expect(ended?.error).toMatchObject({ code: "ZENLITE_STEP_OUT_OF_MEMORY" });
  });
});

describe("a step that is stopped", () => {
  it("ends by itself when it heeds its signal", async () => {
    const word = wordFor(place.folder, "waits", { run: "run-stop-waits" });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    await supervised.shows("waiting");
    supervised.process.kill("SIGTERM");
    const { code, exit } = await supervised.ended;
    expect({ code, exit }).toEqual({ code: 143, exit: { code: 143, reason: "stopped" } });
    const { ended, outcome } = await recordsOf(place.store, word);
    expect(outcome).toBeUndefined();
    expect(ended).toMatchObject({ exit: { reason: "stopped" }, error: { code: "ZENLITE_STEP_STOPPED" } });
    expect(ended?.error?.stack).toContain("gave up");
  });

  it.each(["stubborn", "busy"])("is killed when it does not: %s", async (step) => {
    const word = wordFor(place.folder, step, { run: `run-stop-${step}` });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    await supervised.shows(step);
    supervised.process.kill("SIGINT");
    const { code, exit } = await supervised.ended;
    expect({ code, exit }).toEqual({ code: 137, exit: { code: 137, reason: "stopped", detail: "it got SIGINT" } });
    expect((await recordsOf(place.store, word)).ended).toMatchObject({
      exit: { reason: "stopped" },
      error: { code: "ZENLITE_STEP_STOPPED" },
    });
  });

  it.each(["waits", "busy"])("has a deadline of its own: %s", async (step) => {
    const { exit, ended } = await runStep(step, { timeoutSeconds: 0.3, run: `run-timeout-${step}` });
    expect(exit?.reason).toBe("timeout");
    expect(ended).toMatchObject({
      exit: { reason: "timeout" },
      error: { code: "ZENLITE_STEP_TIMEOUT", message: expect.stringContaining("0.3 s") },
    });
  });
});

describe("the driver", () => {
  it("may go before it has given its word", async () => {
    const supervised = supervise(paths);
    supervised.endInput();
    expect(await supervised.ended).toMatchObject({ code: 0, exit: undefined, log: "" });
  });

  it("may stop a process that waits for its word", async () => {
    const supervised = supervise(paths);
    supervised.process.kill("SIGTERM");
    const { exit } = await supervised.ended;
    expect(exit).toBeUndefined();
  });

  it("may go while the step runs, which ends it where that is asked for", async () => {
    const word = wordFor(place.folder, "waits", { run: "run-driver-stop" });
    const supervised = supervise(paths, { ZENLITE_ON_DRIVER_EXIT: "stop" });
    supervised.tellWord(word);
    await supervised.shows("waiting");
    supervised.endInput();
    expect((await supervised.ended).exit).toMatchObject({ reason: "stopped" });
    expect((await recordsOf(place.store, word)).ended?.error?.message).toContain("its driver ended");
  });

  it("may go while the step runs, which goes on otherwise", async () => {
    const word = wordFor(place.folder, "closesChannel", { run: "run-driver-continue" });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    supervised.endInput();
    supervised.process.stdout?.destroy();
    expect((await supervised.ended).code).toBe(0);
    expect((await recordsOf(place.store, word)).outcome?.status).toBe("completed");
  });

  it("is told what was wrong with its word", async () => {
    const supervised = supervise(paths);
    supervised.process.stdin?.write('{"format":2}\n');
    const { code, exit } = await supervised.ended;
    expect(code).toBe(1);
    expect(exit).toMatchObject({ reason: "lost", detail: expect.stringContaining("format 2") });
  });

  it("may be a step process's only loss: without its supervisor it ends by itself", async () => {
    const word = wordFor(place.folder, "waits", { run: "run-orphan" });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    await supervised.shows("waiting");
    supervised.process.kill("SIGKILL");
    await supervised.ended;
    await expect
      .poll(async () => (await recordsOf(place.store, word)).ended?.error?.message, { timeout: 10_000 })
      .toContain("its supervisor is gone");
  });
});

describe("the store", () => {
  it("that takes no log does not keep a step from ending", async () => {
    const word = wordFor(place.folder, "talk", { run: "run-log-blocked" });
    // A log's place is taken: the writer of the log cannot make its folder.
    await place.store.write(layout.logs(word.run, word.step.id, word.attempt).replace(/\/$/u, ""), new Uint8Array(1), {
      ...call,
      if: "always",
    });
    const supervised = supervise(paths);
    supervised.tellWord(word);
    const { exit, log } = await supervised.ended;
    expect(exit).toEqual({ code: 0, reason: "exited" });
    expect(log).toContain("the log could not be stored");
  });

  it("that keeps nothing is told of in the exit", async () => {
    const word = wordFor(place.folder, "fails", { run: "run-broken-store" });
    const broken = { ...word, store: { ...word.store, config: { path: `${paths.code}/code.mjs` } } };
    const supervised = supervise(paths);
    supervised.tellWord(broken);
    const { code, exit } = await supervised.ended;
    expect(code).toBe(1);
    expect(exit).toMatchObject({ reason: "exited", detail: expect.stringContaining("not recorded") });
  });
});
