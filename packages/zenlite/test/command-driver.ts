// Runs command lines one after the other in one process, for tests of many: what each would end with, and what it would say.
import { CommanderError } from "commander";
import { exitCodeOf, exitCodes } from "../src/cli/exit.ts";
import { errorText } from "../src/cli/output/errors.ts";
import { buildProgram } from "../src/cli/program.ts";

export interface DriverRequest {
  readonly folder: string;
  readonly args: readonly string[];
}

export interface DriverAnswer {
  readonly code: number;
  readonly error: string;
}

/** As `main` does it, without ending the process. */
async function perform({ folder, args }: DriverRequest): Promise<DriverAnswer> {
  process.chdir(folder);
  let code: number = exitCodes.failed;
  try {
    await buildProgram(async (verb) => {
      code = await verb();
    }).parseAsync(args, { from: "user" });
    return { code, error: "" };
  } catch (error) {
    if (error instanceof CommanderError) return { code: exitCodes.user, error: error.message };
    return { code: exitCodeOf(error), error: errorText(error, false) };
  }
}

process.on("message", (request: DriverRequest) => {
  void perform(request).then((answer) => process.send?.(answer));
});
