import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMemory, parseSeconds } from "../src/config/units.ts";

test.each([
  ["4Gb", 4e9],
  ["4GB", 4e9],
  ["4gb", 4e9],
  ["4GiB", 4 * 2 ** 30],
  ["4gib", 4 * 2 ** 30],
  ["512MB", 512e6],
  ["1.5 KiB", 1536],
  ["100", 100],
  ["100B", 100],
  [1048576, 1048576],
])("%s is %i bytes", (written, bytes) => {
  expect(parseMemory(written)).toEqual({ amount: bytes });
});

test.each([
  "4 bananas",
  "",
  "GB",
  "-1GB",
  "0",
  0,
  "4G",
  "4GBs",
  "1e3MB",
  Number.NaN,
  null,
  true,
  ["4GB"],
  "constructor",
  "9999999PiB",
])("%s is no memory", (written) => {
  expect(parseMemory(written)).toEqual({
    problem: expect.stringContaining('such as "4GB", "4GiB" or "512MB"') as unknown,
  });
});

test.each([
  [30, 30],
  [0, 0],
  [0.5, 0.5],
  ["30", 30],
  ["30s", 30],
  ["5m", 300],
  ["2h", 7200],
  ["1d", 86400],
  ["500ms", 0.5],
  ["1.5 M", 90],
])("%s is %d seconds", (written, seconds) => {
  expect(parseSeconds(written)).toEqual({ amount: seconds });
});

test.each([-1, Number.POSITIVE_INFINITY, "", "5 minutes", "s", "1w", false, null, {}])(
  "%s is no duration",
  (written) => {
    expect(parseSeconds(written)).toEqual({ problem: expect.stringContaining('such as "30s" or "5m"') as unknown });
  },
);

test("a text never becomes a nonsensical amount", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const memory = parseMemory(text);
      const seconds = parseSeconds(text);
      if ("amount" in memory) expect(memory.amount).toBeGreaterThanOrEqual(1);
      if ("amount" in seconds) expect(Number.isFinite(seconds.amount)).toBe(true);
    }),
  );
});
