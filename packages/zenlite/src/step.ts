/** What `zenlite` is inside a step: the same names without the client (export condition `zenlite-step`). */
export {
  file,
  materializer,
  pipeline,
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
export {
  defineConfig,
  type ComponentConfig,
  type ConfigValue,
  type ConnectorConfig,
  type Declared,
  type FlavorModule,
  type StackConfig,
  type ZenliteConfig,
} from "./config.ts";
