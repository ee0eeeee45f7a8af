import { availableParallelism } from "node:os";
import { defineFlavor } from "@zenlite/core";
import { config, merge, settings } from "./settings.ts";

/** Runs each step in its own Docker container. */
export default defineFlavor({
  type: "orchestrator",
  name: "docker",
  description: "Runs each step in its own container on a Docker engine of this machine.",
  config,
  settings,
  supports(config, _place, settings) {
    const { baseImage, platform, maxParallel, lookAhead } = merge(config, settings);
    return {
      modes: ["fail_fast", "stop_on_failure", "continue_on_failure"],
      timeout: true,
      retry: true,
      resources: ["cpuCount", "memoryBytes"],
      maxParallel: true,
      resume: true,
      schedules: false,
      image: { base: baseImage, ...(platform === undefined ? {} : { platform }) },
      // The engine runs on this machine, so its CPUs are counted here; one CPU still lets two steps take turns on input and output.
      parallel: { max: maxParallel ?? Math.max(2, availableParallelism()), lookAhead },
      hostFolders: true,
    };
  },
  open: async (config, context) => (await import("./launcher.ts")).openLauncher(config, context),
});
