// `zenlite __complete`: one candidate a line. A mistake anywhere gives no candidates, and no message into somebody's half-typed line.
import type { Command } from "commander";
import { exitCodes } from "../../exit.ts";
import { findWanted, type Candidate } from "./wanted.ts";

export async function completeVerb(program: Command, shell: string, words: readonly string[]): Promise<number> {
  const wanted = findWanted(program, shell === "bash" ? joined(words) : words);
  const names = wanted.names === undefined ? [] : await namesOrNothing(wanted.names, wanted.stack);
  const fitting = [...wanted.candidates, ...names].filter(({ value }) => value.startsWith(wanted.current));
  // bash takes the part after "=" for a word of its own and puts the candidate there.
  const lead = shell === "bash" ? "" : wanted.lead;
  const lines = fitting.map(({ value, description }) => `${lead}${value}\t${description}\n`);
  process.stdout.write(`${lines.join("")}${wanted.names?.kind === "files" ? ":files\n" : ""}`);
  return exitCodes.done;
}

async function namesOrNothing(...asked: Parameters<typeof import("./names.ts").lookUp>): Promise<readonly Candidate[]> {
  try {
    return await (await import("./names.ts")).lookUp(...asked);
  } catch {
    return [];
  }
}

/** bash parts `--stack=x` into three words. */
function joined(words: readonly string[]): readonly string[] {
  return words.reduce<readonly string[]>((before, word, index) => {
    const last = before.at(-1);
    const follows = word === "=" || (words[index - 1] === "=" && last?.endsWith("=") === true);
    return last?.startsWith("--") === true && follows ? [...before.slice(0, -1), last + word] : [...before, word];
  }, []);
}
