// Compute is started once, found, stopped and taken away; it outlives its driver only where it has begun to work.
import assert from "node:assert/strict";
import { collect, type LauncherTest } from "./bench.ts";
import { startDriver } from "./driving.ts";

export const livingTests: readonly LauncherTest[] = [
  {
    name: "launching one attempt twice is one compute",
    async run(bench) {
      const step = bench.step("waits");
      const [first, second] = await Promise.all([
        bench.launcher.launch(step, undefined, bench.call),
        bench.launcher.launch(step, undefined, bench.call),
      ]);
      assert.deepEqual(second, first);
      assert.deepEqual(await bench.handles(), [first]);
      await bench.launcher.stop(first, bench.call);
    },
  },
  {
    name: "what runs is found by project and by run, and nothing after its end",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      assert.deepEqual(await bench.handles(), [handle]);
      assert.deepEqual(await collect(bench.launcher.find({ project: bench.project }, bench.call)), [handle]);
      assert.deepEqual(await bench.handles({ run: "20000101-000000-000-aaaaaa" }), []);
      assert.deepEqual(await bench.handles({ project: "of-somebody-else" }), []);
      await bench.launcher.stop(handle, bench.call);
      assert.deepEqual(await bench.handles(), []);
    },
  },
  {
    name: "a handle is plain JSON",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      const copy: unknown = JSON.parse(JSON.stringify(handle));
      assert.deepEqual(copy, handle);
      await bench.launcher.stop(handle, bench.call);
    },
  },
  {
    name: "a step that is stopped is gone when stop resolves, and its exit says stopped",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      const exit = bench.launcher.wait(handle, bench.call);
      await bench.launcher.stop(handle, bench.call);
      assert.equal((await exit).reason, "stopped");
      assert.deepEqual(await bench.handles(), []);
      assert.equal((await bench.look(handle)).outcome, undefined);
    },
  },
  {
    name: "stopping without grace is at once",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      await bench.launcher.stop(handle, { ...bench.call, graceSeconds: 0 });
      assert.equal((await bench.launcher.wait(handle, bench.call)).reason, "stopped");
      assert.deepEqual(await bench.handles(), []);
    },
  },
  {
    name: "stopping what is gone is no error, twice neither",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("adds"), undefined, bench.call);
      await bench.launcher.wait(handle, bench.call);
      await bench.launcher.stop(handle, bench.call);
      await bench.launcher.stop(handle, bench.call);
    },
  },
  {
    name: "an abort ends the waiting and not the step",
    async run(bench) {
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      const impatient = new AbortController();
      const waiting = bench.launcher.wait(handle, { signal: impatient.signal });
      impatient.abort(new Error("no patience"));
      await assert.rejects(waiting, /no patience/u);
      assert.deepEqual(await bench.handles(), [handle]);
      await bench.launcher.stop(handle, bench.call);
    },
  },
  {
    name: "what is prepared runs when it is launched",
    only: ({ prepares }) => prepares,
    async run(bench) {
      const step = bench.step("adds");
      const prepared = await bench.launcher.prepare?.({ ...step, word: "" }, bench.call);
      const handle = await bench.launcher.launch(step, prepared, bench.call);
      assert.equal((await bench.launcher.wait(handle, bench.call)).code, 0);
      assert.equal((await bench.look(handle)).outcome?.status, "completed");
    },
  },
  {
    name: "what is prepared and stopped leaves nothing",
    only: ({ prepares }) => prepares,
    async run(bench) {
      const step = bench.step("adds");
      const ref = (await bench.launcher.prepare?.({ ...step, word: "" }, bench.call)) ?? null;
      const handle = { run: step.run, step: step.step, attempt: step.attempt, ref };
      await bench.launcher.stop(handle, bench.call);
      assert.deepEqual(await bench.handles(), []);
      assert.deepEqual(await bench.look(handle), { outcome: undefined, ended: undefined });
    },
  },
  {
    name: "what was prepared ends by itself when its driver is killed",
    only: ({ prepares }) => prepares,
    async run(bench) {
      const driver = await startDriver(bench, "prepare", bench.step("waits"));
      driver.kill();
      await driver.gone();
    },
  },
  {
    name: "what is prepared is gone when its launcher is disposed of",
    only: ({ prepares }) => prepares,
    async run(bench) {
      const driver = await startDriver(bench, "prepare", bench.step("waits"));
      driver.dispose();
      await driver.gone();
    },
  },
  {
    name: "a step that runs is found, followed and waited for by another process",
    only: ({ outlives }) => outlives,
    async run(bench) {
      const other = await bench.another();
      const handle = await bench.launcher.launch(bench.step("waits"), undefined, bench.call);
      await bench.printed(bench.launcher, handle, "waiting");
      const [found] = await collect(other.find({ project: bench.project, run: bench.run }, bench.call));
      assert.deepEqual(found, handle);
      await bench.printed(other, handle, "waiting");
      const exit = other.wait(handle, bench.call);
      await bench.launcher.stop(handle, bench.call);
      assert.equal((await exit).reason, "stopped");
    },
  },
  {
    name: "a step that runs goes on when its driver is killed, and another one sees it complete",
    only: ({ outlives }) => outlives,
    async run(bench) {
      const driver = await startDriver(bench, "launch", bench.step("takes", { inputs: { seconds: 1.5 } }));
      driver.kill();
      const [found] = await bench.handles();
      assert.deepEqual(found, driver.handle);
      assert.equal((await bench.launcher.wait(driver.handle, bench.call)).code, 0);
      assert.equal((await bench.look(driver.handle)).outcome?.status, "completed");
    },
  },
];
