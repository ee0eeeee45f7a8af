// The two flavors that need no configuration: together they are the stack `default`.
import { fileURLToPath } from "node:url";
import type { Builtin } from "@zenlite/core/config";

export const builtins: readonly Builtin[] = [
  {
    type: "orchestrator",
    name: "local",
    packageName: "@zenlite/orchestrator-local",
    get moduleFile() {
      return fileURLToPath(import.meta.resolve("@zenlite/orchestrator-local"));
    },
    load: async () => (await import("@zenlite/orchestrator-local")).default,
  },
  {
    type: "artifact-store",
    name: "local",
    packageName: "@zenlite/artifact-store-local",
    get moduleFile() {
      return fileURLToPath(import.meta.resolve("@zenlite/artifact-store-local"));
    },
    load: async () => (await import("@zenlite/artifact-store-local")).default,
  },
];
