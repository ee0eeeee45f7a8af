import { expect, test } from "vitest";
import { createStarts } from "../src/starts.ts";

/** A start that ends when it is told to. */
function scripted(name: string, log: string[]): { start(): Promise<string>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    async start() {
      log.push(`${name} starts`);
      await promise;
      return name;
    },
    end: resolve,
  };
}

test("of coming steps no more than so many start at a time, in their order", async () => {
  const log: string[] = [];
  const starts = createStarts(2);
  const [a, b, c] = [scripted("a", log), scripted("b", log), scripted("c", log)];
  const all = Promise.all([starts.later(a.start), starts.later(b.start), starts.later(c.start)]);
  await Promise.resolve();
  expect(log).toEqual(["a starts", "b starts"]);
  b.end();
  a.end();
  c.end();
  expect(await all).toEqual(["a", "b", "c"]);
  expect(log).toEqual(["a starts", "b starts", "c starts"]);
});

test("beside one that somebody waits for only one other starts; a start that fails makes room", async () => {
  const log: string[] = [];
  const starts = createStarts(4);
  const [first, a, b] = [scripted("first", log), scripted("a", log), scripted("b", log)];
  const urgent = starts.now(first.start);
  const failing = starts.later(() => a.start().then(() => Promise.reject(new Error("no room"))));
  const second = starts.later(b.start);
  await Promise.resolve();
  expect(log).toEqual(["first starts", "a starts"]);
  a.end();
  await expect(failing).rejects.toThrow("no room");
  b.end();
  expect(await second).toBe("b");
  first.end();
  expect(await urgent).toBe("first");
});
