// Nothing is run that was not shown, and without `-y` nothing that was not agreed to.
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { relative } from "node:path";
import { hasCode, ZenliteError } from "@zenlite/core";
import { commandText, type ManagerCommand } from "./manager.ts";

/** Shows the command, and asks whether it may be run. Throws ZENLITE_CONSENT_MISSING where there is nobody to ask. */
export async function consent(
  manager: ManagerCommand,
  yes: boolean,
  again: string,
): Promise<"given" | "refused" | "interrupted"> {
  const folder = relative(process.cwd(), manager.folder);
  const line = `${commandText(manager)}${folder === "" ? "" : `   (in ${folder})`}`;
  if (!yes && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new ZenliteError(
      "ZENLITE_CONSENT_MISSING",
      `This would run: ${line}\nThere is no terminal to ask on: add -y.`,
      { hint: `${again} -y` },
    );
  process.stderr.write(`run: ${line}\n`);
  if (yes) return "given";
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await Promise.race([
      terminal.question("Run it? [y/N] ").catch((error: unknown) => {
        // Ctrl-D: no answer is a no.
        if (hasCode(error, "ABORT_ERR")) return "";
        throw error;
      }),
      // Where the terminal goes away, an answer would be waited for without end.
      once(terminal, "close").then(() => ""),
      once(terminal, "SIGINT").then(() => undefined),
    ]);
    process.stderr.write(answer === undefined ? "\n" : "");
    if (answer === undefined) return "interrupted";
    return /^y(?:es)?$/iu.test(answer.trim()) ? "given" : "refused";
  } finally {
    terminal.close();
  }
}
