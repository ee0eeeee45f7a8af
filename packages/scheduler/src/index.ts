export * from "./graph.ts";
export * from "./protocol.ts";
export { type Phase, type SchedulerState, Stage } from "./state.ts";
export * from "./next.ts";
export { drive } from "./drive.ts";
export type { DriveOptions, DriveResult } from "./driver.ts";
export { type Clock, systemClock } from "./clock.ts";
