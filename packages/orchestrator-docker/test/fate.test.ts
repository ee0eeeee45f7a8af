import { expect, test } from "vitest";
import { judge, type Story } from "../src/fate.ts";

const quiet: Story = { outOfMemory: false, signals: [] };
const circumstances = { stopped: false, complaint: "" };

test.each([
  [
    "the memory ran out",
    137,
    { ...quiet, outOfMemory: true },
    { ...circumstances, memoryBytes: 256 * 1024 ** 2 },
    { code: 137, reason: "out-of-memory", detail: "killed by the kernel: more than 256 MiB" },
  ],
  [
    "the machine's memory ran out",
    137,
    { ...quiet, outOfMemory: true },
    circumstances,
    { code: 137, reason: "out-of-memory", detail: "killed by the kernel: the machine ran out of memory" },
  ],
  [
    "this launcher stopped it",
    137,
    { ...quiet, signals: [15, 9] },
    { ...circumstances, stopped: true },
    { code: 137, reason: "stopped" },
  ],
  [
    "docker stop",
    143,
    { ...quiet, signals: [15] },
    circumstances,
    { code: 143, reason: "stopped", detail: "stopped from outside (docker stop)" },
  ],
  [
    "docker kill",
    137,
    { ...quiet, signals: [9] },
    circumstances,
    { code: 137, reason: "lost", detail: expect.stringContaining("killed from outside") },
  ],
  [
    "it crashed",
    3,
    quiet,
    { ...circumstances, complaint: "Error: no" },
    { code: 3, reason: "exited", detail: "Error: no" },
  ],
  [
    "it never had its word",
    0,
    quiet,
    circumstances,
    { code: 0, reason: "lost", detail: expect.stringContaining("without saying") },
  ],
  [
    "it was removed before anybody asked",
    undefined,
    { ...quiet, code: 5 },
    circumstances,
    { code: 5, reason: "exited" },
  ],
  [
    "the engine knows nothing",
    undefined,
    quiet,
    circumstances,
    { code: null, reason: "lost", detail: expect.stringContaining("no container") },
  ],
] as const)("%s", (_name, code, story, given, exit) => {
  expect(judge(code, story, given)).toEqual(exit);
});
