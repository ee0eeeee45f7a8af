// What users import: steps, pipelines, and pipelines that can be run. The client is loaded only when one is.
import { createPipeline } from "@zenlite/pipeline";

export {
  file,
  materializer,
  step,
  type Artifact,
  type ArtifactFile,
  type ArtifactSink,
  type ArtifactSource,
  type Materializer,
  type Pipeline,
  type Ref,
  type Run,
  type RunOptions,
  type Step,
  type StepContext,
} from "@zenlite/pipeline";

/** A pipeline: a synchronous function that calls steps. `run()` does what `zenlite run` does. */
export const pipeline = createPipeline(
  async (definition, options) => {
    const { runFromCode } = await import("./client/index.ts");
    return await runFromCode(definition, options);
  },
  { recordModule: true },
);
