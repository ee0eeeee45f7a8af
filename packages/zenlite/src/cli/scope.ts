// What every verb works in: a session of the project in the current folder.
import type { Logger } from "@zenlite/core";
import { openSession, type Session } from "../client/session.ts";

/** Lines for people while a verb works; standard output stays free for results. */
export const progressLog: Logger = {
  info: (message) => void process.stderr.write(`${message}\n`),
  warn: (message) => void process.stderr.write(`${message}\n`),
};

export interface VerbFlags {
  readonly stack?: string;
  readonly json?: true;
}

/** Opens the project, lets the verb work, closes everything. */
export async function withSession<Result>(
  flags: VerbFlags,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  await using session = await openSession({
    from: process.cwd(),
    ...(flags.stack === undefined ? {} : { stack: flags.stack }),
    signal: new AbortController().signal,
    log: progressLog,
  });
  return await work(session);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
