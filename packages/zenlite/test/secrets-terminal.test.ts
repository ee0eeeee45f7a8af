// `zenlite secret` on a terminal: it asks, and shows nothing of the answer.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createHome, secret, type Answer, type Home } from "./home.ts";
import { binary } from "./project.ts";

// https://man7.org/linux/man-pages/man1/script.1.html: part of every Debian; elsewhere its options differ.
describe.skipIf(process.platform !== "linux")("on a terminal", () => {
  /** Types each answer when its question is there. */
  function type(
    home: Home,
    args: readonly string[],
    answers: readonly (readonly [question: string, answer: string])[],
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const command = [process.execPath, binary, "secret", ...args].map((word) => `'${word}'`).join(" ");
      const terminal = ["script", "-qec", command, "/dev/null"] as const;
      const child = spawn(terminal[0], terminal.slice(1), {
        cwd: home.folder,
        env: { ...process.env, NODE_OPTIONS: "", XDG_CONFIG_HOME: home.folder },
      });
      let stdout = "";
      const left = [...answers];
      let from = 0;
      child.stdout.on("data", (data: Buffer) => {
        stdout += data.toString();
        const [next] = left;
        const found = next === undefined ? -1 : stdout.indexOf(next[0], from);
        if (next === undefined || found < 0) return;
        from = found + next[0].length;
        left.shift();
        child.stdin.write(next[1]);
      });
      child.on("error", reject).on("close", (code) => {
        child.stdin.end();
        resolve({ code, stdout, stderr: "" });
      });
    });
  }

  test("asks for each value, and shows none", async () => {
    using home = createHome();
    const ended = await type(
      home,
      ["create", "openai", "--key", "one", "--key", "two"],
      [
        ["openai.one", "hunterX\u007f2\r"],
        ["openai.two", "hunter 3\r"],
      ],
    );
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).not.toContain("hunter");
    expect(home.read()).toEqual({ openai: { one: "hunter2", two: "hunter 3" } });
  });

  test("Ctrl-C stores nothing", async () => {
    using home = createHome();
    const ended = await type(home, ["create", "openai", "--key", "one"], [["openai.one", "hunter2\u0003"]]);
    expect(ended.code).toBe(130);
    expect(ended.stdout).toContain("Nothing was stored.");
    expect(existsSync(home.file)).toBe(false);
  });

  test("a name that is taken is refused before anything is asked", async () => {
    using home = createHome();
    await secret(home, undefined, ["create", "a", "--key", "k"], "x");
    const ended = await type(home, ["create", "a", "--key", "k"], []);
    expect(ended.code).toBe(2);
    expect(ended.stdout).not.toContain("not shown");
  });

  test.each([
    ["y\r", 0, {}],
    ["\r", 1, { a: { k: "x" } }],
  ])("delete asks, and %j means what it says", async (answer, code, left) => {
    using home = createHome();
    await secret(home, undefined, ["create", "a", "--key", "k"], "x");
    const ended = await type(home, ["delete", "a"], [["[y/N]", answer]]);
    expect(ended.code, ended.stdout).toBe(code);
    expect(home.read()).toEqual(left);
  });
});
