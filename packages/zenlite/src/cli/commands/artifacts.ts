// `zenlite artifacts …`.
import { type AddCommands, jsonOption, stackOption } from "./shared.ts";

export const addArtifacts: AddCommands = (program, act) => {
  program
    .command("artifacts")
    .description("Look at what steps stored.")
    .command("show <run> <step.output>")
    .description("An artifact's manifest, and its value where that is small and readable.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  zenlite artifacts show 20261121-182401-123-k3f9x2 evaluator.accuracy")
    .action((run: string, output: string, flags: { stack?: string; json?: true }) =>
      act(async () => (await import("../verbs/artifacts.ts")).showArtifactVerb(run, output, flags)),
    );
};
