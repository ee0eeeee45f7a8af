// From a module, a run configuration and a stack to a plan and the folders that run it.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import {
  canonicalJson,
  isZenliteError,
  type ArtifactStore,
  type Call,
  type JsonObject,
  type Plan,
  type PlanStack,
} from "@zenlite/core";
import type { ResolvedComponent } from "@zenlite/core/config";
import { digestOf } from "@zenlite/records";
import { findModule } from "./choose-pipeline.ts";
import { createModules } from "./code/modules.ts";
import { createPackages } from "./code/packages.ts";
import type { CodeFacts } from "./code/user-code.ts";
import { hostConditions } from "./conditions.ts";
import type { FlavorLookup } from "./config/flavor-settings.ts";
import { readRunConfig } from "./config/run-config.ts";
import { overrideInputs } from "./config/step-inputs.ts";
import { materialize as materializeFolders } from "./folders/materialize.ts";
import { publishPlan, type PublishedFolders } from "./folders/publish.ts";
import { prepareRunner } from "./folders/runner.ts";
import { configSources, integrationsOf, readyLayers, requirementsOf } from "./layers.ts";
import { planSteps, type PlanRequest } from "./plan/plan.ts";
import type { Compiled, CompileRequest } from "./request.ts";
import { startTracer, type Tracer } from "./trace/tracer.ts";
import { traceCode } from "./traced-code.ts";

/**
 * Throws the user's mistakes in code (ZENLITE_CODE_INVALID, ZENLITE_MODULE_NOT_FOUND, ZENLITE_PIPELINE_…) and in
 * configuration (ZENLITE_CONFIG_…, ZENLITE_PARAMETER_…, ZENLITE_UNSUPPORTED), and what the machine lacks; nothing stays
 * behind then. With an unchanged bundle nothing is written either.
 */
export async function compile(request: CompileRequest): Promise<Compiled> {
  using tracers = openTracers(request);
  const entry = findModule(request.module);
  const projectFolder = realpathSync(request.projectFolder);
  const conditions = request.conditions ?? hostConditions(process.execArgv, process.env["NODE_OPTIONS"]);
  const config = request.runConfig === undefined ? undefined : await readRunConfig(request.runConfig, projectFolder);
  const written = configSources(config);
  const sources = [written.pipeline, ...written.steps.values()];
  const store = request.stack.components["artifact-store"];

  // Both run until they are done: what one of them made is taken away where the other fails.
  const [traced, runner] = await Promise.allSettled([
    traceCode({
      code: {
        entry,
        projectFolder,
        stateFolder: request.stateFolder,
        conditions,
        requirements: requirementsOf(sources),
        integrations: integrationsOf(sources),
      },
      label: createModules(projectFolder, createPackages()).labelOf(entry),
      export: request.export,
      pipeline: request.pipeline,
      given: { config, values: request.parameters ?? {}, overrides: request.overrides ?? [] },
      start: () => tracers.next(),
    }),
    prepareRunner({
      projectFolder,
      stateFolder: request.stateFolder,
      storeModule: store.source.moduleFile,
      storeName: `artifact-store "${store.name}" (${store.flavor.name})`,
      conditions,
    }),
  ]);
  const staged = [
    ...(traced.status === "fulfilled" ? [traced.value.code.staged] : []),
    ...(runner.status === "fulfilled" ? [runner.value.staged] : []),
  ];
  try {
    if (traced.status === "rejected") throw traced.reason;
    if (runner.status === "rejected") throw runner.reason;
    const { code, graph, loaded, options, stepOverrides } = traced.value;
    const [facts, layers] = await Promise.all([
      code.facts(loaded.steps),
      readyLayers(options, written, lookupOf(request), request.cache === false ? { cache: false } : {}),
    ]);
    const planned = planSteps({
      graph,
      code: facts,
      runner: runner.value.digest,
      stack: planStackOf(request.stack.name, request.stack.components),
      layers,
      inputs: overrideInputs(graph, config, stepOverrides),
      orchestrator: orchestratorOf(request.stack.components.orchestrator),
    });
    const json = canonicalJson(planned.plan);
    const digest = digestOf(json);
    const folders: PublishedFolders = {
      codeFolder: join(await code.staged.commit(), "app"),
      runnerFolder: await runner.value.staged.commit(),
    };
    await Promise.all([code.remember(), runner.value.remember()]);
    return {
      plan: planned.plan,
      digest,
      ...folders,
      notices: [...new Set([...facts.notices, ...imageNotices(facts, planned.plan), ...planned.notices])],
      strictResources: planned.strictResources,
      publish: (target: ArtifactStore, call: Call) =>
        publishPlan(planned.plan, { digest, json }, folders, target, call),
    };
  } catch (error) {
    await Promise.all(staged.map((folder) => folder.discard()));
    throw error;
  }
}

/** The folders of a stored plan, from the cache or out of the store. */
export function materialize(
  store: ArtifactStore,
  plan: Plan,
  stateFolder: string,
  call: Call,
): Promise<PublishedFolders> {
  return materializeFolders(plan, store, stateFolder, call);
}

/** The first thread starts now, while files are looked at; a further turn starts its own. */
function openTracers(request: CompileRequest): Disposable & { next(): Tracer } {
  const startOne = (): Tracer =>
    startTracer({
      ...(request.traceWorker === undefined ? {} : { file: request.traceWorker }),
      seconds: request.traceSeconds ?? 30,
      print: request.print ?? ((text) => void process.stderr.write(text)),
    });
  let waiting: Tracer | undefined = startOne();
  return {
    next() {
      const tracer = waiting ?? startOne();
      waiting = undefined;
      return tracer;
    },
    [Symbol.dispose]: () => waiting?.[Symbol.dispose](),
  };
}

function planStackOf(name: string, components: CompileRequest["stack"]["components"]): PlanStack {
  const entries = Object.entries(components).map(([type, component]: [string, ResolvedComponent]) => [
    type,
    { name: component.name, flavor: component.flavor.name, config: component.raw },
  ]);
  return { name, components: Object.fromEntries(entries) as PlanStack["components"] };
}

function orchestratorOf(component: ResolvedComponent<"orchestrator">): PlanRequest["orchestrator"] {
  return {
    name: component.name,
    flavor: component.flavor.name,
    supports: (settings: JsonObject) =>
      Object.keys(settings).length === 0
        ? component.flavor.supports(component.config, component.place)
        : component.flavor.supports(component.config, component.place, settings),
  };
}

function lookupOf(request: CompileRequest): FlavorLookup {
  const components: { readonly [type: string]: ResolvedComponent | undefined } = { ...request.stack.components };
  return {
    active: (type) => components[type]?.flavor,
    async find(type, name) {
      const source = request.flavors?.find((flavor) => flavor.type === type && flavor.name === name);
      try {
        return await source?.load();
      } catch (error) {
        // A flavor that this run does not use is not this run's problem: its settings stay unchecked.
        if (isZenliteError(error)) return undefined;
        throw error;
      }
    },
  };
}

function imageNotices(facts: CodeFacts, plan: Plan): readonly string[] {
  const silenced = plan.steps.some((step) => step.image?.recipe !== undefined) ? (facts.image?.silenced ?? []) : [];
  return silenced.map(
    (name) =>
      `${name} has install scripts, which do not run in the image unless they are allowed: npm install-scripts approve ${name}`,
  );
}
