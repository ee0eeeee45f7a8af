import { availableParallelism } from "node:os";
import { defineFlavor, defineSchema } from "@zenlite/core";

const settings = defineSchema({
  isolation: {
    enum: ["in-process", "process"],
    default: "in-process",
    description: "Where steps run: in this process, so that a debugger works, or each in a process of its own.",
  },
  maxParallel: {
    type: "integer",
    minimum: 1,
    description: "How many steps run at once. Default: the number of processors.",
  },
});

export default defineFlavor({
  type: "orchestrator",
  name: "local",
  description: "Runs steps on this machine: in this process, or one process a step.",
  config: settings,
  settings,
  supports: (config, _place, own) => ({
    modes: ["fail_fast", "stop_on_failure", "continue_on_failure"],
    timeout: true,
    retry: true,
    resources: [],
    maxParallel: true,
    resume: true,
    schedules: false,
    hostFolders: true,
    parallel: {
      max: own?.maxParallel ?? config.maxParallel ?? availableParallelism(),
      // Processes started ahead hide their start; in this process there is nothing to start.
      lookAhead: (own?.isolation ?? config.isolation) === "process" ? 2 : 0,
    },
  }),
  open: async () => (await import("./launcher.ts")).openLauncher(),
});
