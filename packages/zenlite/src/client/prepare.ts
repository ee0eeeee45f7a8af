// From a module and a run configuration to something that can be started. Nothing of the run is written here.
import { ZenliteError, suggestion, type Plan, type StepCheck } from "@zenlite/core";
import { compile, type Compiled } from "@zenlite/compiler";
import { openLauncher, resolveSecrets, type OpenLauncher } from "./launcher.ts";
import type { Session } from "./session.ts";

export interface CompileOptions {
  /** Absolute path of the module that holds the pipeline. */
  readonly module: string;
  readonly export?: string;
  /** The pipeline's own name, where its export is not known. */
  readonly pipeline?: string;
  /** Path of a run configuration. */
  readonly config?: string;
  readonly overrides: readonly { readonly name: string; readonly value: string }[];
  readonly parameters?: { readonly [name: string]: unknown };
  /** `false`: every step runs. */
  readonly cache: boolean;
  readonly force: readonly string[];
}

export interface Prepared extends AsyncDisposable {
  readonly compiled: Compiled;
  readonly opened: OpenLauncher;
  /** What the launcher and the compiler have to say, once. */
  readonly notices: readonly string[];
}

export async function compilePlan(session: Session, options: CompileOptions): Promise<Compiled> {
  const compiled = await compile({
    module: options.module,
    ...(options.export === undefined ? {} : { export: options.export }),
    ...(options.pipeline === undefined ? {} : { pipeline: options.pipeline }),
    flavors: session.config.flavors,
    projectFolder: session.config.projectFolder,
    stateFolder: session.config.stateFolder,
    stack: session.stack,
    ...(options.config === undefined ? {} : { runConfig: options.config }),
    overrides: options.overrides,
    traceWorker: new URL(import.meta.resolve("zenlite/trace-worker")),
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
  });
  checkForced(compiled.plan, options.force);
  return compiled;
}

function checkForced(plan: Plan, force: readonly string[]): void {
  const known = plan.steps.map((step) => step.id);
  const unknown = force.find((step) => !known.includes(step));
  if (unknown !== undefined)
    throw new ZenliteError(
      "ZENLITE_STEP_UNKNOWN",
      `--force ${unknown}: pipeline "${plan.pipeline}" has no such step.${suggestion(unknown, known)}`,
      { hint: `Its steps: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}` },
    );
}

/**
 * Compiles, and lets the launcher look at every step before anything is started. The launcher is opened meanwhile: loading an SDK takes
 * as long as tracing. Where both fail, the user's code speaks first.
 */
export async function preparePlan(session: Session, options: CompileOptions): Promise<Prepared> {
  const opening = openLauncher(session);
  opening.catch(() => undefined);
  let opened: OpenLauncher | undefined;
  try {
    const compiled = await compilePlan(session, options);
    // A secret that is missing shows now, not when its step's turn comes.
    for (const step of compiled.plan.steps) resolveSecrets(session, step);
    const { launcher } = (opened = await opening);
    const said = (await launcher.check?.(checksOf(session, compiled), { signal: session.signal })) ?? [];
    const { [Symbol.asyncDispose]: close } = opened;
    return {
      compiled,
      opened,
      notices: [...session.stack.notices, ...compiled.notices, ...said],
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await (opened ?? (await opening.catch(() => undefined)))?.[Symbol.asyncDispose]();
    throw error;
  }
}

function checksOf(session: Session, { plan, strictResources }: Compiled): readonly StepCheck[] {
  const { config } = session.stack.components.orchestrator;
  const { supports: store } = session.stack.components["artifact-store"];
  return plan.steps.map((step) => ({
    step: step.id,
    ...(step.image === undefined ? {} : { image: step.image.base }),
    built: step.image?.recipe !== undefined,
    ...(store.local ? { store: store.folder } : {}),
    resources: step.resources,
    settings: { ...config, ...step.settings },
    environment: step.environment,
    retry: step.retry,
    ...(step.timeoutSeconds === undefined ? {} : { timeoutSeconds: step.timeoutSeconds }),
    strict: strictResources,
  }));
}
