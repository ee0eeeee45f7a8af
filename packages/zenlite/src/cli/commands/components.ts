// `zenlite orchestrator|artifact-store|container-registry|image-builder|service-connector …` and `zenlite flavor list`.
import type { AddCommands } from "./shared.ts";

export const addComponents: AddCommands = () => {};
