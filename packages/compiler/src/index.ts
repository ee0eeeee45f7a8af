export { compile, materialize } from "./compile.ts";
export type { Compiled, CompileRequest } from "./request.ts";
export { findUnused, removeUnused, type UnusedFolder } from "./folders/unused.ts";
export type { PublishedFolders } from "./folders/publish.ts";
export type { Override } from "./config/parameters.ts";
export { runConfigurationSchema } from "./config/schema.ts";
export { integrations } from "./config/integrations.ts";
export { createStackMap, type StackMap } from "./trace/stack-map.ts";
export { hostConditions } from "./conditions.ts";
