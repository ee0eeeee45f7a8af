// A stand-in for the real supervisor: does what its word says. The protocol is the same.
import { createInterface } from "node:readline";

const end = (exit) =>
  process.stdout.write(`\u0000zenlite-exit ${JSON.stringify(exit)}\n`, () => process.exit(exit.code));
const say = (value) => process.stdout.write(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);

const acts = {
  lines({ lines }) {
    for (const line of lines) say(line);
    end({ code: 0, reason: "exited" });
  },
  async describe() {
    const { writeFileSync } = await import("node:fs");
    const may = (path) => {
      try {
        writeFileSync(`${path}/zenlite-probe`, "");
        return true;
      } catch (error) {
        return error.code;
      }
    };
    say({
      uid: process.getuid(),
      gid: process.getgid(),
      pid: process.pid,
      folder: process.cwd(),
      environment: process.env,
      arguments: process.argv,
      may: Object.fromEntries(
        ["/", "/tmp", "/zenlite/runner", "/zenlite/app", "/zenlite/app/.runner", "/zenlite/store"].map((path) => [
          path,
          may(path),
        ]),
      ),
    });
    end({ code: 0, reason: "exited" });
  },
  /** Until it is stopped; `deaf`: not even then. */
  hang({ deaf }) {
    if (!deaf) process.on("SIGTERM", () => end({ code: 143, reason: "stopped" }));
    say("hanging");
    setInterval(() => {}, 60_000);
  },
  exhaust() {
    const held = [];
    for (;;) held.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  crash({ code }) {
    process.stderr.write("Error: no way to go on\n", () => process.exit(code));
  },
};

const input = createInterface({ input: process.stdin });
let word;
input.on("line", (line) => {
  word = JSON.parse(line);
  void acts[word.act](word);
});
process.stdin.on("end", () => word === undefined && process.exit(0));
