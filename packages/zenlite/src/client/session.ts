// A project with one of its stacks resolved and its artifact store open: where every verb starts.
import { combineErrors, type ArtifactStore, type Logger } from "@zenlite/core";
import {
  checkConfig,
  ensureStateFolder,
  loadConfig,
  openComponent,
  resolveStack,
  type Config,
  type ResolvedStack,
} from "@zenlite/core/config";
import { newNonce } from "@zenlite/records";
import { builtins } from "./builtins.ts";

export interface SessionOptions {
  /** A folder: the project is looked for from here upwards. */
  readonly from: string;
  readonly stack?: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface Session extends AsyncDisposable {
  readonly config: Config;
  readonly stack: ResolvedStack;
  readonly store: ArtifactStore;
  /** The nonce that marks what this process writes. */
  readonly writer: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const config = await loadConfig(options.from, { builtins, environment: process.env });
  const [stack] = await Promise.all([resolveStack(config, options.stack), refuseMistakes(config)]);
  const { signal, log } = options;
  const store = await openComponent(stack.components["artifact-store"], { where: "client", signal, log });
  return {
    config,
    stack,
    store,
    writer: newNonce(),
    signal,
    log,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Every verb refuses a file with mistakes, wherever they stand. A flavor that does not load is the business of those who use it. */
async function refuseMistakes(config: Config): Promise<void> {
  const [first, ...rest] = (await checkConfig(config)).filter(({ code }) => code !== "ZENLITE_FLAVOR_BROKEN");
  if (first !== undefined) throw combineErrors([first, ...rest]);
}

/** Called before the first write of a verb: reading must leave no trace. */
export function prepareToWrite(session: Session): Promise<void> {
  return ensureStateFolder(session.config.stateFolder);
}
