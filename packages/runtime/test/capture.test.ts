// In a process of its own, as what is tried here would end or garble the one that runs the tests.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

function runDriver(fixture: string, argument: string) {
  const path = join(import.meta.dirname, "fixtures", fixture);
  return spawnSync(process.execPath, ["--conditions=zenlite-source", path, argument], { encoding: "utf8" });
}

describe("openCapture", () => {
  const { stdout, stderr, status } = runDriver("in-process.ts", "");
  const [between, json = "null"] = stdout.trim().split("\n");
  const report = JSON.parse(json) as { [name: string]: unknown };

  it("gives each of two steps its own output, and the process none of it", () => {
    const lines = (name: string): string =>
      [0, 1, 2].map((line) => `${name} ${line}\n${name} error ${line}\n`).join("");
    expect(report["both"]).toEqual(["left", "right"]);
    expect(report["captured"]).toEqual({ left: `${lines("left")}hi\n`, right: `${lines("right")}hi\n` });
    expect(between).toBe("between steps");
    expect(stdout.trim().split("\n")).toHaveLength(2);
  });

  it("makes process.exit() the step's failure", () => {
    for (const [name, code] of [
      ["exit", "3"],
      ["caughtExit", ""],
      ["lateExit", "4"],
    ] as const)
      expect(report[name]).toMatch(
        new RegExp(`^ZENLITE_STEP_CALLED_EXIT: Step "exits" called process.exit\\(${code}\\)`, "u"),
      );
    expect(status).toBe(0);
  });

  it("makes errors in timers and forgotten promises the step's failure", () => {
    expect(report["timer"]).toBe("none: from a timer");
    expect(report["rejection"]).toBe("none: nobody listens");
    expect(report["fine"]).toBe("fine");
  });

  it("keeps what comes after a step's end away from the process's output", () => {
    expect(report["late"]).toBe("after its end\n");
    expect(stderr).toBe('zenlite: step "late" has ended, and now failed: failed after its end\n');
  });

  it("gives back what it took", () => {
    expect(report["restored"]).toBe(true);
  });

  it("leaves the driver's own errors to the process", () => {
    const own = runDriver("in-process.ts", "own-error");
    expect(own.status).toBe(1);
    expect(own.stderr).toContain("the driver's own");
    expect(own.stdout).not.toContain("still alive");
  });
});

describe("executeCaptured", () => {
  const { stdout, stderr } = runDriver("captured.ts", "");
  const report = JSON.parse(stdout || JSON.stringify({ stderr })) as {
    [name: string]: { status: string; error?: object; ended?: object; outcome?: object; said: string };
  };

  it("runs a step, with what it prints and logs", () => {
    expect(report["fine"]).toMatchObject({
      status: "completed",
      outcome: { status: "completed" },
      said: "printed\nlogged\nwarning: warned\n",
    });
  });

  it.each([
    ["exits", "ZENLITE_STEP_CALLED_EXIT", 'Step "exits" called process.exit(3)'],
    ["catchesExit", "ZENLITE_STEP_CALLED_EXIT", 'Step "catchesExit" called process.exit(0)'],
    ["timer", "ZENLITE_STEP_FAILED", "from a timer"],
    ["notLoaded", "ZENLITE_STEP_FAILED", "the module does not load"],
  ])("records as a failure: %s", (name, code, message) => {
    const error = { code, message: expect.stringContaining(message) };
    expect(report[name]).toMatchObject({
      status: "failed",
      error,
      ended: { exit: { code: 1, reason: "exited" }, error },
    });
    expect(report[name]?.outcome).toBeUndefined();
  });
});
