import { availableParallelism } from "node:os";
import { defineFlavor } from "@zenlite/core";
import { socketOf } from "./address.ts";
import { config, merge, settings } from "./settings.ts";

/** Runs each step in its own Docker container. */
export default defineFlavor({
  type: "orchestrator",
  name: "docker",
  description: "Runs each step in its own container on a Docker engine, of this machine or another.",
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
      // Most engines run on this machine, so its CPUs are counted here; one CPU still lets two steps take turns on input and output.
      parallel: { max: maxParallel ?? Math.max(2, availableParallelism()), lookAhead },
      // Where the environment names another machine's, `check` says so.
      hostFolders: config.host === undefined || socketOf(config.host) !== undefined,
    };
  },
  open: async (config, context) => (await import("./launcher.ts")).openLauncher(config, context),
});
