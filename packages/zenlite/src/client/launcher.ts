// The orchestrator of a stack, opened; and what it is told of an attempt.
import {
  ZenliteError,
  type Credentials,
  type PlanStep,
  type StepLaunch,
  type StepLauncher,
  type Supports,
} from "@zenlite/core";
import { openComponent, resolveReferences, type ResolvedStack } from "@zenlite/core/config";
import { encodeWord, type StepWord } from "@zenlite/runtime";
import type { Session } from "./session.ts";

export interface OpenLauncher extends AsyncDisposable {
  readonly launcher: StepLauncher;
  readonly supports: Supports["orchestrator"];
}

export async function openLauncher(session: Session, stack: ResolvedStack = session.stack): Promise<OpenLauncher> {
  const component = stack.components.orchestrator;
  const supports = component.flavor.supports(component.config, component.place);
  const opened = await openComponent(component, { where: "client", signal: session.signal, log: session.log });
  if (opened.drives === "platform") {
    await opened[Symbol.asyncDispose]();
    throw new ZenliteError(
      "ZENLITE_ORCHESTRATOR_UNSUPPORTED",
      `Orchestrator "${component.name}" (flavor ${component.flavor.name}) takes whole plans; this version of zenlite drives steps only.`,
      { hint: "zenlite run <module> --stack default" },
    );
  }
  return { launcher: opened, supports, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

export interface LaunchSource {
  readonly session: Session;
  readonly stack: ResolvedStack;
  readonly project: string;
  readonly run: string;
  readonly pipeline: string;
  readonly images: { readonly [step: string]: string };
  readonly runnerFolder: string;
  readonly codeFolder: string;
  /** What an attempt needs to open the store. */
  credentials(attempt: string): Promise<Credentials | undefined>;
}

/** The values of a step's secrets; throws where one is missing. They go into the word and nowhere else. */
export function resolveSecrets(session: Session, step: PlanStep): { readonly [name: string]: string } {
  return resolveReferences(step.secrets, session.config.secrets) as { readonly [name: string]: string };
}

/** Describes attempts to a launcher. The word, and so every secret, is made only where it is asked for. */
export function describeLaunches(
  source: LaunchSource,
): (step: PlanStep, attempt: string, number: number, withWord: boolean) => Promise<StepLaunch> {
  const { session, stack } = source;
  const storeComponent = stack.components["artifact-store"];
  const orchestrator = stack.components.orchestrator;
  const storeSupports = storeComponent.flavor.supports(storeComponent.config, storeComponent.place);
  const store = { config: storeComponent.config, place: storeComponent.place };
  return async (step, attempt, number, withWord) => {
    const image = source.images[step.id];
    const timeout = step.timeoutSeconds === undefined ? {} : { timeoutSeconds: step.timeoutSeconds };
    const head = { project: source.project, run: source.run, pipeline: source.pipeline, attempt };
    const word = async (): Promise<string> => {
      const secrets = resolveSecrets(session, step);
      const credentials = await source.credentials(attempt);
      const content: StepWord = {
        format: 1,
        ...head,
        step,
        number,
        writer: session.writer,
        store: { ...store, ...(credentials === undefined ? {} : { credentials }) },
        secrets,
        ...timeout,
      };
      return encodeWord(content);
    };
    return {
      ...head,
      step: step.id,
      ...(image === undefined ? {} : { image }),
      runner: source.runnerFolder,
      code: source.codeFolder,
      ...(storeSupports.local ? { store: storeSupports.folder } : {}),
      artifactStore: session.store,
      word: withWord ? await word() : "",
      resources: step.resources,
      environment: step.environment,
      settings: { ...orchestrator.config, ...step.settings },
      retry: step.retry,
      ...timeout,
    };
  };
}
