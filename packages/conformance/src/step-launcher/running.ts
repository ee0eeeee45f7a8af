// A step runs, and what it did is in the store.
import assert from "node:assert/strict";
import { readText } from "@zenlite/records";
import { encodeRenewal, loadArtifact } from "@zenlite/runtime";
import { collect, type Bench, type Finished, type LauncherTest } from "./bench.ts";

export const runningTests: readonly LauncherTest[] = [
  {
    name: "a step runs, and its outcome is in the store before its end is told",
    async run(bench) {
      const finished = await bench.finish(bench.step("adds", { inputs: { left: 40, right: 2 } }));
      assert.deepEqual(finished.exit, { code: 0, reason: "exited" });
      assert.equal(await valueOf(bench, finished, "sum"), 42);
    },
  },
  {
    name: "a step whose function throws ends with code 1, and its message is in the store",
    async run(bench) {
      const { exit, outcome, ended } = await bench.finish(bench.step("fails"));
      assert.equal(exit.code, 1);
      assert.equal(exit.reason, "exited");
      assert.equal(outcome, undefined, "a failed attempt decides nothing: the driver may try again");
      assert.equal(ended?.exit.code, 1);
      assert.match(ended?.error?.message ?? "", /the step's own mistake/u);
    },
  },
  {
    name: "process.exit in a step ends the attempt with its code",
    async run(bench) {
      const { exit, outcome, ended } = await bench.finish(bench.step("exits"));
      assert.equal(exit.code, 3);
      assert.equal(outcome, undefined);
      assert.equal(ended?.exit.code, 3);
    },
  },
  {
    name: "a step's process that is killed is told of, and recorded",
    async run(bench) {
      const { exit, outcome, ended } = await bench.finish(bench.step("dies"));
      assert.notEqual(exit.code, 0);
      assert.equal(outcome, undefined);
      assert.ok(ended !== undefined, "nobody recorded the end");
      assert.notEqual(ended.exit.code, 0);
    },
  },
  {
    name: "a step is ended when its time is up",
    only: ({ supports }) => supports.timeout,
    async run(bench) {
      const { exit, outcome, ended } = await bench.finish(bench.step("waits", { timeoutSeconds: 1 }));
      assert.equal(exit.reason, "timeout");
      assert.equal(outcome, undefined);
      assert.equal(ended?.exit.reason, "timeout");
    },
  },
  {
    name: "a step that needs more memory than it may is told of as such, and recorded",
    only: ({ supports }) => supports.resources.includes("memoryBytes"),
    async run(bench) {
      const step = bench.step("exhausts", { resources: { memoryBytes: 256 * 1024 * 1024 } });
      const { exit, outcome, ended } = await bench.finish(step);
      assert.equal(exit.reason, "out-of-memory");
      assert.match(exit.detail ?? "", /256/u);
      assert.equal(outcome, undefined);
      assert.equal(ended?.exit.reason, "out-of-memory");
    },
  },
  {
    name: "the log is whole and in order, in the store and in the live view",
    only: ({ tails }) => tails,
    async run(bench) {
      const expected = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`);
      const handle = await bench.launcher.launch(
        bench.step("counts", { inputs: { lines: 200 } }),
        undefined,
        bench.call,
      );
      const live = await collect(bench.launcher.tail?.(handle, bench.call) ?? nothing());
      await bench.launcher.wait(handle, bench.call);
      assert.deepEqual(live.map(trimmed), expected);
      assert.deepEqual((await bench.log(handle)).map(trimmed), expected);
    },
  },
  {
    name: "a last line without a newline is seen, and hides nothing",
    only: ({ tails }) => tails,
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("mutters"), undefined, bench.call);
      const live = await collect(bench.launcher.tail?.(handle, bench.call) ?? nothing());
      assert.deepEqual(live.map(trimmed), ["no newline at the end"]);
      assert.deepEqual(await bench.launcher.wait(handle, bench.call), { code: 0, reason: "exited" });
    },
  },
  {
    name: "lines are seen while the step runs",
    only: ({ tails }) => tails,
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      // It ends only when it is stopped: a line that came with the end would never come.
      await bench.printed(bench.launcher, handle, "waiting");
      await bench.launcher.stop(handle, bench.call);
    },
  },
  {
    name: "environment reaches the step; a secret reaches it by its word and is seen nowhere else",
    async run(bench) {
      const secret = `s3cret-${bench.project}`;
      const step = bench.step("tells", { secrets: { API_KEY: secret }, environment: { GREETING: "hello" } });
      const finished = await bench.finish(step);
      assert.equal(await valueOf(bench, finished, "turned"), turned(secret));
      const environment = await valueOf(bench, finished, "environment");
      assert.equal((environment as { readonly [name: string]: string })["GREETING"], "hello");
      assert.ok(
        !JSON.stringify(await valueOf(bench, finished, "seen")).includes(secret),
        "it is in the environment or the arguments",
      );
      for await (const { key } of bench.store.list(`runs/${bench.run}/`, bench.call))
        assert.ok(!(await readText(bench.store, key, bench.call))?.includes(secret), `it is in ${key}`);
    },
  },
  {
    name: "renewed credentials reach a step that runs and are seen nowhere; telling what is gone, or another's, is no error",
    only: ({ tells, tails }) => tells && tails,
    async run(bench) {
      const { launcher, call } = bench;
      const key = `r3newed-${bench.project}`;
      const { kind, value, ...expiry } = bench.credentials ?? { kind: "test", value: {} };
      const renewal = (renewed: string): string => encodeRenewal({ kind, value: { ...value, renewed }, ...expiry });
      const handle = await launcher.launch(bench.step("hears"), undefined, call);
      await bench.printed(launcher, handle, "listening");
      await (await bench.another()).tell?.(handle, renewal("another's"), call);
      await launcher.tell?.(handle, renewal(key), call);
      const exit = await launcher.wait(handle, call);
      assert.equal(await valueOf(bench, { exit, ...(await bench.look(handle)) }, "turned"), turned(key));
      assert.deepEqual(await bench.log(handle), ["listening", "the key is ***"]);
      await launcher.tell?.(handle, renewal(key), call);
    },
  },
  {
    name: "twenty steps launched at once all run",
    async run(bench) {
      const steps = Array.from({ length: 20 }, (_, index) => bench.step("adds", { inputs: { left: index, right: 0 } }));
      const finished = await Promise.all(steps.map((step) => bench.finish(step)));
      assert.deepEqual(
        finished.map(({ exit }) => exit.code),
        steps.map(() => 0),
      );
      assert.deepEqual(
        await Promise.all(finished.map((each) => valueOf(bench, each, "sum"))),
        steps.map((_, index) => index),
      );
    },
  },
];

async function valueOf(bench: Bench, { exit, outcome, ended }: Finished, output: string): Promise<unknown> {
  const manifest = outcome?.outputs[output];
  assert.ok(manifest !== undefined, `no outcome with ${output}: ${JSON.stringify(ended ?? exit)}`);
  return loadArtifact(manifest, {
    store: bench.store,
    materializers: [],
    call: bench.call,
    scratchFolder: bench.built.place.stateFolder,
  });
}

const turned = (text: string): string => Array.from(text).toReversed().join("");

/** A line may come with its newline. */
const trimmed = (line: string): string => line.trimEnd();

async function* nothing(): AsyncGenerator<string> {}
