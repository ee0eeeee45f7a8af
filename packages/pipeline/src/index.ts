export type { StepContext } from "./context.ts";
export { file, isArtifactFile, type ArtifactFile } from "./file.ts";
export {
  builtInMaterializers,
  materializer,
  materializerId,
  type AnyMaterializer,
  type ArtifactSink,
  type ArtifactSource,
  type Materializer,
} from "./materializer.ts";
export { allOutputs, expandOutputs, isLeaf, missingOutput } from "./outputs.ts";
export { createPipeline, pipeline } from "./pipeline.ts";
export { step } from "./step.ts";
export { pipelineOf, stepOf, trace, type NameOf } from "./trace.ts";
export type {
  Arguments,
  Artifact,
  Called,
  Loaded,
  MakePipeline,
  Outputs,
  Pipeline,
  PipelineDefinition,
  PipelineRunner,
  PipelineSettings,
  Ref,
  Refs,
  Run,
  RunOptions,
  Step,
  StepDefinition,
  StepSettings,
} from "./types.ts";
