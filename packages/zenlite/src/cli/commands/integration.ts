// `zenlite integration …`.
import type { AddCommands } from "./shared.ts";

export const addIntegration: AddCommands = () => {};
