/** Launches each attempt of a step in a container of its own. */
import { availableParallelism } from "node:os";
import type { ComponentContext, StepExit, StepHandle, StepLaunch, StepLauncher } from "@zenlite/core";
import { isJsonObject } from "@zenlite/core";
import { unlessAborted } from "./abort.ts";
import { grant, readFacts, type EngineFacts } from "./capacity.ts";
import { checkSteps, refuseFarStore } from "./check.ts";
import { callerOf, describeContainer, labels } from "./container.ts";
import { openEngine, statusOf } from "./engine.ts";
import { fateOf, outOfMemory } from "./fate.ts";
import { probeSight, type Sight } from "./probe.ts";
import { removeNow, stopAndRemove, untilRemoved } from "./removal.ts";
import { adoptContainer, startContainer, type Session } from "./session.ts";
import { createStarts } from "./starts.ts";
import { merge, type DockerConfig } from "./settings.ts";

/** What this process knows of one attempt. */
interface Attempt {
  readonly session: Promise<Session>;
  readonly memoryBytes?: number;
  /** True once the supervisor has its word, so that the step may have begun. */
  worded: boolean;
}

/** The supervisor gives the step a second and a half, and then needs a moment to record the end. */
const defaultGraceSeconds = 2;

export async function openLauncher(
  config: DockerConfig,
  context: ComponentContext,
): Promise<StepLauncher & AsyncDisposable> {
  const engine = await openEngine(config.host);
  const attempts = new Map<string, Attempt>();
  /** Names of attempts that this launcher stopped: what is asked about them later has no container to look at. */
  const stopped = new Set<string>();

  let known: Promise<EngineFacts> | undefined;
  const facts = (): Promise<EngineFacts> => {
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemInfo
    known ??= engine.ask(engine.docker.info()).then(readFacts);
    // Not remembered where it failed: the engine may be up the next time.
    known.catch(() => (known = undefined));
    return known;
  };

  function remember(name: string, attempt: Attempt): Attempt {
    attempts.set(name, attempt);
    attempt.session.catch(() => forget(name, attempt));
    return attempt;
  }

  function forget(name: string, attempt: Attempt): void {
    if (attempts.get(name) === attempt) attempts.delete(name);
  }

  let sight: Sight | undefined;
  let looking: Promise<Sight> | undefined;

  /** A run that is resumed comes without a check. A local store is mounted, or there is no run. */
  async function mounts(step: StepLaunch, settings: DockerConfig, facts: EngineFacts): Promise<boolean> {
    refuseFarStore(engine, step.store);
    if (engine.remote) return false;
    if (step.store !== undefined) return true;
    const { place, log, signal } = context;
    const image = step.image ?? settings.baseImage;
    if (sight === undefined || sight === "unknown") {
      looking ??= probeSight({ engine, facts, place, image, settings, log, signal }).finally(
        () => (looking = undefined),
      );
      sight = await looking;
    }
    return sight !== "unseen";
  }

  const starts = createStarts(Math.max(2, availableParallelism()));

  function start(step: StepLaunch, turn: "now" | "later"): Attempt {
    const session = starts[turn](async (): Promise<Session> => {
      const engineFacts = await facts();
      const settings = merge(config, step.settings);
      const terms = {
        granted: grant(step.resources, engineFacts),
        user: callerOf(engineFacts.rootless),
        mounts: await mounts(step, settings, engineFacts),
      };
      return startContainer(engine, describeContainer(step, settings, terms));
    });
    const { memoryBytes } = step.resources;
    return remember(step.attempt, {
      session,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      worded: false,
    });
  }

  /** The attempt of a handle, which another process may have launched. */
  function attemptOf(handle: StepHandle): Attempt {
    const { container, memoryBytes } = readReference(handle);
    return (
      attempts.get(handle.attempt) ??
      remember(handle.attempt, {
        session: adoptContainer(engine, container),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        worded: true,
      })
    );
  }

  async function exitOf(handle: StepHandle): Promise<StepExit> {
    const attempt = attemptOf(handle);
    const session = await attempt.session.catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw error;
    });
    const framed = await session?.exit;
    // In the background: the next step need not wait until the engine has cleaned up after this one.
    if (session !== undefined)
      void untilRemoved(engine, session.id, session.removal)
        .catch(() => undefined)
        .then(() => forget(handle.attempt, attempt));
    if (framed?.reason === "out-of-memory") return { detail: outOfMemory(attempt.memoryBytes), ...framed };
    if (framed !== undefined) return framed;
    const circumstances = {
      ...(attempt.memoryBytes === undefined ? {} : { memoryBytes: attempt.memoryBytes }),
      stopped: stopped.has(handle.attempt),
      complaint: session?.complaint() ?? "",
    };
    return fateOf(engine, readReference(handle).container, circumstances, session?.removal);
  }

  return {
    drives: "steps",
    async check(steps, { signal }) {
      for (const { store } of steps) refuseFarStore(engine, store);
      const checked = await checkSteps({
        engine,
        config,
        context,
        facts: await unlessAborted(facts(), signal),
        steps,
        signal,
      });
      sight = checked.sight;
      return checked.notices;
    },

    async prepare(step, { signal }) {
      const session = await unlessAborted((attempts.get(step.attempt) ?? start(step, "later")).session, signal);
      return { container: session.id };
    },

    async launch(step, _prepared, { signal }) {
      let attempt = attempts.get(step.attempt) ?? start(step, "now");
      let session = await unlessAborted(attempt.session, signal);
      if (!attempt.worded && session.hasEnded()) {
        // It was prepared and died before it had anything to do (killed from outside): that is no attempt yet.
        await unlessAborted(untilRemoved(engine, session.id, session.removal), signal);
        attempt = start(step, "now");
        session = await unlessAborted(attempt.session, signal);
      }
      if (!attempt.worded && session.ours) session.send(step.word);
      attempt.worded = true;
      const { memoryBytes } = attempt;
      const { run, step: name } = step;
      const ref = { container: session.id, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
      return { run, step: name, attempt: step.attempt, ref };
    },

    wait: (handle, { signal }) => unlessAborted(exitOf(handle), signal),

    async tell(handle, line, { signal }) {
      const attempt = attempts.get(handle.attempt);
      const session = await unlessAborted(
        attempt?.session.catch(() => undefined) ?? Promise.resolve(undefined),
        signal,
      );
      // A container's standard input is its first driver's: whoever adopted it only reads.
      if (attempt?.worded === true && session?.ours === true) session.send(line);
    },

    async stop(handle, { signal, graceSeconds = defaultGraceSeconds }) {
      const attempt = attempts.get(handle.attempt);
      stopped.add(handle.attempt);
      const session = await unlessAborted(
        attempt?.session.catch(() => undefined) ?? Promise.resolve(undefined),
        signal,
      );
      const id = session?.id ?? readReference(handle).container;
      const goodBye = async (): Promise<void> => {
        // One that only waits for its word has nothing to say good-bye to.
        if (graceSeconds <= 0 || attempt?.worded === false) return removeNow(engine, id);
        await session?.untilListening();
        await stopAndRemove(engine, id, graceSeconds);
      };
      await unlessAborted(goodBye(), signal);
      if (attempt !== undefined) forget(handle.attempt, attempt);
    },

    async *tail(handle, { signal }) {
      const session = await unlessAborted(attemptOf(handle).session, signal).catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
      if (session !== undefined) yield* session.lines.follow(signal);
    },

    async *find({ project, run }, { signal }) {
      const wanted = [`${labels.project}=${project}`, ...(run === undefined ? [] : [`${labels.run}=${run}`])];
      // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerList
      const list = engine.ask(engine.docker.listContainers({ all: true, filters: { label: wanted } }));
      for (const { Id, State, Labels } of await unlessAborted(list, signal)) {
        const {
          [labels.run]: ofRun,
          [labels.step]: step,
          [labels.attempt]: attempt,
          [labels.memoryBytes]: memory,
        } = Labels;
        // One that the engine is removing already is as good as gone.
        if (State === "removing" || ofRun === undefined || step === undefined || attempt === undefined) continue;
        const ref = { container: Id, ...(memory === undefined ? {} : { memoryBytes: Number(memory) }) };
        yield { run: ofRun, step, attempt, ref };
      }
    },

    async [Symbol.asyncDispose]() {
      const letGo = async ([name, attempt]: [string, Attempt]): Promise<void> => {
        const session = await attempt.session;
        const ends = session.hasEnded() || stopped.has(name);
        session.detach();
        if (!attempt.worded) await removeNow(engine, session.id);
        else if (ends) await untilRemoved(engine, session.id, session.removal);
      };
      await Promise.allSettled([...attempts].map(letGo));
      engine.close();
    },
  };
}

function readReference({ ref }: StepHandle): { readonly container: string; readonly memoryBytes?: number } {
  const { container, memoryBytes } = isJsonObject(ref) ? ref : {};
  return {
    container: typeof container === "string" ? container : "",
    ...(typeof memoryBytes === "number" ? { memoryBytes } : {}),
  };
}
