// Graph + configuration + stack → plan. Pure: data in, data out, the same bytes for the same words.
import { ZenliteError, suggestion } from "@zenlite/core";
import type {
  CodeReference,
  Digest,
  Graph,
  GraphStep,
  ImageRecipe,
  JsonObject,
  Plan,
  PlanStack,
  PlanStep,
  Supports,
} from "@zenlite/core";
import { digestOfJson } from "@zenlite/records";
import type { StepFingerprint } from "../code/fingerprint.ts";
import type { ImagePackages } from "../code/image-packages.ts";
import { mergeLayers, mergeTwo, type Merged, type ReadyLayer } from "../config/merge.ts";
import type { StepInputs } from "../config/step-inputs.ts";
import { orderSteps } from "./order.ts";
import { refuseUnsupported } from "./supported.ts";

export interface PlanRequest {
  readonly graph: Graph;
  readonly code: {
    readonly reference: CodeReference;
    readonly fingerprints: { readonly [step: string]: StepFingerprint };
    readonly image: ImagePackages | null;
  };
  readonly runner: Digest;
  readonly stack: PlanStack;
  /** From low to high: options of the pipeline, of steps by export, the run configuration, its steps, the command line. */
  readonly layers: {
    readonly pipeline: ReadyLayer;
    readonly exports: ReadonlyMap<string, ReadyLayer>;
    readonly config: ReadyLayer;
    readonly steps: ReadonlyMap<string, ReadyLayer>;
    readonly command: ReadyLayer;
  };
  /** Inputs of steps that something was set for. */
  readonly inputs: ReadonlyMap<string, StepInputs>;
  readonly orchestrator: {
    readonly name: string;
    readonly flavor: string;
    /** What the flavor can do under a step's settings. */
    supports(settings: JsonObject): Supports["orchestrator"];
  };
}

export interface Planned {
  readonly plan: Plan;
  readonly strictResources: boolean;
  readonly notices: readonly string[];
}

/** Throws ZENLITE_STEP_UNKNOWN and ZENLITE_UNSUPPORTED. */
export function planSteps(request: PlanRequest): Planned {
  const { graph, layers, orchestrator } = request;
  refuseUnknownSteps(graph, layers.steps);
  const whole = mergeLayers([layers.pipeline, layers.config, layers.command]);
  const known = new Map<Merged, Supports["orchestrator"]>();
  const supportsOf = (merged: Merged): Supports["orchestrator"] => {
    const found = known.get(merged) ?? orchestrator.supports(merged.settings);
    known.set(merged, found);
    return found;
  };
  // Calls of one step share everything that no call was given alone: 10,000 of them merge once.
  const shared = new Map<string, Merged>();
  const mergedFor = (step: GraphStep): Merged => {
    const own = layers.steps.get(step.id);
    const found = own === undefined ? shared.get(step.export) : undefined;
    if (found !== undefined) return found;
    const below = mergeTwo(layers.pipeline, layers.exports.get(step.export) ?? {});
    const merged = mergeLayers([below, layers.config, own ?? {}, layers.command]);
    if (own === undefined) shared.set(step.export, merged);
    return merged;
  };
  const images = imageMaker(request.code.image);
  const merged = new Map(graph.steps.map((step) => [step.id, mergedFor(step)]));
  const wholeSupports = orchestrator.supports(whole.settings);
  const notices = refuseUnsupported(orchestrator, whole, wholeSupports, merged, supportsOf);

  const steps = orderSteps(graph.steps).map((step): PlanStep => {
    const settled = merged.get(step.id) ?? mergedFor(step);
    return planStep(request, step, settled, images(settled, supportsOf(settled)));
  });
  const mode =
    whole.mode ?? (wholeSupports.modes.includes("fail_fast") ? "fail_fast" : (wholeSupports.modes[0] ?? "fail_fast"));
  const maxParallel = maxParallelOf(whole, wholeSupports);
  return {
    plan: {
      format: 1,
      pipeline: graph.pipeline,
      export: graph.export,
      parameters: graph.parameters,
      code: request.code.reference,
      runner: request.runner,
      stack: request.stack,
      mode,
      ...(maxParallel === undefined ? {} : { maxParallel }),
      steps,
      outputs: graph.outputs,
    },
    strictResources: whole.strictResources,
    notices,
  };
}

function planStep(
  request: PlanRequest,
  step: GraphStep,
  merged: Merged,
  image: StepImageAndDigest | undefined,
): PlanStep {
  const fingerprint = request.code.fingerprints[step.export];
  if (fingerprint === undefined)
    throw new ZenliteError("ZENLITE_INTERNAL", `Step "${step.id}" (${step.export}) has no fingerprint.`, {
      fault: "internal",
    });
  return {
    id: step.id,
    name: step.name,
    export: step.export,
    fingerprint: {
      code: fingerprint.code,
      files: fingerprint.files,
      packages: fingerprint.packages,
      materializers: [...new Set(step.materializers)].sort(),
      ...(image?.digest === undefined ? {} : { image: image.digest }),
    },
    inputs: request.inputs.get(step.id) ?? step.inputs,
    after: step.after,
    ...(image === undefined ? {} : { image: image.image }),
    resources: merged.resources,
    retry: merged.retry,
    ...(merged.timeoutSeconds === undefined ? {} : { timeoutSeconds: merged.timeoutSeconds }),
    cache: merged.cache,
    settings: merged.settings,
    environment: merged.environment,
    secrets: merged.secrets,
  };
}

function refuseUnknownSteps(graph: Graph, configured: ReadonlyMap<string, unknown>): void {
  const known = new Set(graph.steps.map((step) => step.id));
  for (const id of configured.keys())
    if (!known.has(id))
      throw new ZenliteError(
        "ZENLITE_STEP_UNKNOWN",
        `Pipeline "${graph.pipeline}" has no step "${id}".${suggestion(id, [...known])}`,
      );
}

interface StepImageAndDigest {
  readonly image: NonNullable<PlanStep["image"]>;
  readonly digest?: Digest;
}

/** The same object for the same base: recipes may be large, and their digests are part of every step's key. */
function imageMaker(
  natives: ImagePackages | null,
): (merged: Merged, supports: Supports["orchestrator"]) => StepImageAndDigest | undefined {
  const made = new Map<string, StepImageAndDigest>();
  return (merged, supports) => {
    if (supports.image === undefined) return undefined;
    const base = merged.parentImage ?? supports.image.base;
    const { platform } = supports.image;
    const key = `${base}\n${platform ?? ""}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const recipe: ImageRecipe | undefined =
      natives === null
        ? undefined
        : {
            base,
            ...(platform === undefined ? {} : { platform }),
            packages: natives.packages,
            ...(natives.lock === undefined ? {} : { lock: natives.lock }),
            allowScripts: natives.allowScripts,
          };
    const image =
      recipe === undefined ? { image: { base } } : { image: { base, recipe }, digest: digestOfJson(recipe) };
    made.set(key, image);
    return image;
  };
}

/** What the pipeline asks for, within what the orchestrator's settings of this run say. */
function maxParallelOf(whole: Merged, supports: Supports["orchestrator"]): number | undefined {
  const max = supports.parallel?.max;
  // What the orchestrator says by itself may depend on the machine, and a plan does not: a written limit counts.
  const limit = max !== undefined && Object.values(whole.settings).includes(max) ? max : undefined;
  if (limit === undefined || whole.maxParallel === undefined) return limit ?? whole.maxParallel;
  return Math.min(limit, whole.maxParallel);
}
