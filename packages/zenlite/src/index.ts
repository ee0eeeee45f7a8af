// What users import: steps, pipelines, and pipelines that can be run. The client is loaded only when one is.
import { createPipeline } from "@zenlite/pipeline";

// Everything but `pipeline`, which is declared below and so comes before the one of the same name.
export * from "./step.ts";

/** A pipeline: a synchronous function that calls steps. `run()` does what `zenlite run` does. */
export const pipeline = createPipeline(
  async (definition, options) => {
    const { runFromCode } = await import("./client/index.ts");
    return await runFromCode(definition, options);
  },
  { recordModule: true },
);
