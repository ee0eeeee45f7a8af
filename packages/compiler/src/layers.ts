// What the options in code and the run configuration say about steps, checked and ready to be merged.
import type { Graph, StepOptions, PipelineOptions, Json } from "@zenlite/core";
import { fieldOf, throwTogether } from "@zenlite/core/config";
import type { Requirement } from "./code/requirements.ts";
import { readComponentSettings, type FlavorLookup } from "./config/flavor-settings.ts";
import { optionsAsConfig, readLayer, type Layer } from "./config/layer.ts";
import type { ReadyLayer } from "./config/merge.ts";
import { openProblems, type Problems } from "./config/problems.ts";
import { readByNode, runConfigNode, stepNode } from "./config/run-config-schema.ts";
import type { RunConfig } from "./config/run-config.ts";
import type { PlanRequest } from "./plan/plan.ts";

/** A layer and where its mistakes are collected. */
export interface Source {
  readonly layer: Layer;
  readonly problems: Problems;
}

export interface CodeOptions {
  readonly pipeline: Source;
  /** By the step's export. */
  readonly exports: ReadonlyMap<string, Source>;
}

/** The options of `pipeline()` and `step()`. Throws every problem together. */
export function readOptions(graph: Graph): CodeOptions {
  const pipeline = readSource(graph.options, `pipeline "${graph.pipeline}"`, graph.export, true);
  const exports = new Map<string, Source>();
  for (const step of graph.steps)
    if (!exports.has(step.export))
      exports.set(step.export, readSource(step.options, `step "${step.name}"`, step.export, false));
  throwTogether([pipeline, ...exports.values()].flatMap(({ problems }) => problems.errors));
  return { pipeline, exports };
}

function readSource(options: StepOptions & PipelineOptions, title: string, key: string, whole: boolean): Source {
  const file = key.slice(0, key.lastIndexOf("#"));
  const problems = openProblems((path) => ({ file, ...(path.length === 0 ? {} : { field: fieldOf(path) }) }), title);
  // Options came through the tracing thread as data.
  const value = readByNode(whole ? runConfigNode : stepNode, optionsAsConfig(options) as Json, [], problems);
  return { layer: readLayer(value, [], problems), problems };
}

export function configSources(config: RunConfig | undefined): {
  readonly pipeline: Source;
  readonly steps: ReadonlyMap<string, Source>;
} {
  const problems = openProblems(config?.locate ?? (() => ({})));
  const empty: Layer = { components: [], requirements: [], integrations: [] };
  return {
    pipeline: { layer: config?.pipeline ?? empty, problems },
    steps: new Map([...(config?.steps ?? [])].map(([id, layer]) => [id, { layer, problems }])),
  };
}

export function requirementsOf(sources: Iterable<Source>): readonly Requirement[] {
  return [...sources].flatMap(({ layer, problems }) => layer.requirements.map((named) => ({ ...named, problems })));
}

export function integrationsOf(sources: Iterable<Source>): readonly Requirement[] {
  return [...sources].flatMap(({ layer, problems }) => layer.integrations.map((named) => ({ ...named, problems })));
}

/** With what flavors say to their settings. Throws every problem together. */
export async function readyLayers(
  options: CodeOptions,
  config: ReturnType<typeof configSources>,
  lookup: FlavorLookup,
  command: ReadyLayer,
): Promise<PlanRequest["layers"]> {
  const all = new Set<Problems>();
  const ready = async ({ layer, problems }: Source): Promise<ReadyLayer> => {
    all.add(problems);
    const { components, requirements: _requirements, integrations: _integrations, ...rest } = layer;
    const settings = await readComponentSettings(components, lookup, problems);
    return settings === undefined ? rest : { ...rest, settings };
  };
  const readyMap = async (sources: ReadonlyMap<string, Source>): Promise<ReadonlyMap<string, ReadyLayer>> => {
    const result = new Map<string, ReadyLayer>();
    for (const [key, source] of sources) result.set(key, await ready(source));
    return result;
  };
  const layers = {
    pipeline: await ready(options.pipeline),
    exports: await readyMap(options.exports),
    config: await ready(config.pipeline),
    steps: await readyMap(config.steps),
    command,
  };
  throwTogether([...all].flatMap(({ errors }) => errors));
  return layers;
}
