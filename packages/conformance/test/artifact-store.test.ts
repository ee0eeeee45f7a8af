import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { artifactStoreSuite } from "../src/artifact-store.ts";
import { type Fault, memoryStore } from "./memory-store.ts";

interface Verdict {
  readonly name: string;
  readonly error?: unknown;
}

/** Runs the suite as a test runner would, and tells which tests failed. A test that never ends has failed too. */
async function runSuite(fault?: Fault): Promise<Verdict[]> {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  artifactStoreSuite({ test: (name, run) => tests.push({ name, run }), open: async () => memoryStore(fault) });
  const verdicts: Verdict[] = [];
  for (const { name, run } of tests) {
    const idle = Promise.withResolvers<never>();
    // Nothing here waits for a timer or a socket: once the loop has gone round so often, what has not ended hangs.
    const watch = (left: number): void =>
      void setImmediate(() => (left > 0 ? watch(left - 1) : idle.reject(new Error("hangs"))));
    watch(20_000);
    verdicts.push(
      await Promise.race([run(), idle.promise]).then(
        () => ({ name }),
        (error: unknown) => ({ name, error }),
      ),
    );
  }
  return verdicts;
}

const failed = (verdicts: readonly Verdict[]): string[] =>
  verdicts.filter((verdict) => "error" in verdict).map(({ name }) => name);

test("a right store passes all of it, and no two tests have the same name", async () => {
  const verdicts = await runSuite();
  expect(verdicts.filter((verdict) => "error" in verdict)).toEqual([]);
  expect(new Set(verdicts.map(({ name }) => name)).size).toBe(verdicts.length);
});

/** Each fault, and a test whose name says it. */
const faults: readonly (readonly [Fault, RegExp])[] = [
  ["a lost write", /^write, then read/],
  ["absent replaces", /^absent: the first wins/],
  ["absent is checked before the body is read", /^absent: of many writers/],
  ["etag is not compared", /^etag: over that version only/],
  ["etag null replaces", /^etag null: only where the key holds nothing/],
  ["stat has another etag", /^etag: over that version only/],
  ["a delayed listing", /^write, then read/],
  ["UTF-16 order", /not by UTF-16 units/],
  ["after is inclusive", /need not be a key/],
  ["after is ignored", /need not be a key/],
  ["only folders as prefix", /any beginning of a key/],
  ["the first page only", /2,000 keys/],
  ["from is ignored", /begins at byte `from`/],
  ["a failed stream is kept", /source that fails: /],
  ["an abort is not heard", /^an abort during a write/],
  ["an abort keeps what came", /^an abort during a write/],
  ["the source is not cancelled", /^an abort during a write/],
  ["delete takes the folder", /^delete takes keys only/],
  ["delete throws for what is missing", /^delete removes/],
  ["keys are not checked", /^a bad key is refused .*: a part \.\.$/],
  ["keys are decoded", /percent signs/],
  ["an empty object is none", /^an empty object/],
  ["the whole buffer of a view", /^a view of a larger buffer/],
  ["another code for what is missing", /^a key that is not there/],
];

test.each(faults)("the suite finds a planted fault: %s", async (fault, expected) => {
  expect(failed(await runSuite(fault))).toContainEqual(expect.stringMatching(expected));
});

test("the suite runs under node:test as well", () => {
  const fixture = join(import.meta.dirname, "node-test.fixture.ts");
  const args = ["--conditions=zenlite-source", "--test", "--test-reporter=tap", fixture];
  // Node's runner takes itself for a child of another where the variable is set.
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(50);
  expect(status).toBe(0);
});
