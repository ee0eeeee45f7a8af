// Questions on a terminal; what is typed as a secret is not shown.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** True where somebody can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** The line that is typed, unseen; `undefined` where the person gives up (Ctrl-C, Ctrl-D). */
export async function askHidden(question: string): Promise<string | undefined> {
  return ask(question, true);
}

export async function askYes(question: string): Promise<boolean> {
  return /^y(?:es)?$/iu.test((await ask(`${question} [y/N] `, false))?.trim() ?? "");
}

async function ask(question: string, hidden: boolean): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It takes the terminal's echo away and edits the line itself, in a stream that leads nowhere. Only then is asked: what is typed at
  // once must not be shown either.
  const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => resolve(undefined));
      lines.once("close", () => resolve(undefined));
    });
  } finally {
    lines.close();
    if (hidden) process.stderr.write("\n");
  }
}
