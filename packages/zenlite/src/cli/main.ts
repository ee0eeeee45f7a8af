// One command line: parsed, its verb run, its end told as an exit code.
import { CommanderError } from "commander";
import { exitCodeOf, exitCodes } from "./exit.ts";
import { buildProgram } from "./program.ts";

/** Runs one command line; sets the process's exit code and never throws. */
export async function main(args: readonly string[]): Promise<void> {
  let verbEnded = false;
  // Until a verb says otherwise: a process that runs out of things to wait for must not look as if it had done its work.
  process.exitCode = exitCodes.failed;
  const program = buildProgram(async (verb) => {
    process.exitCode = await verb();
    verbEnded = true;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    // Steps in this process may have left timers and sockets behind; what was asked for is done all the same.
    if (verbEnded) exitWhenWritten();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were asked for and end well; anything else is a mistake on the command line, which commander has explained.
      const asked = ["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
      process.exitCode = asked && error.exitCode === 0 ? exitCodes.done : exitCodes.user;
      return;
    }
    const { reportError } = await import("./output/errors.ts");
    reportError(error, args.includes("--json"));
    process.exitCode = exitCodeOf(error);
    // A flavor's module may have left timers and sockets behind before it failed.
    exitWhenWritten();
  }
}

function exitWhenWritten(): void {
  process.stderr.write("", () => process.stdout.write("", () => process.exit()));
}
