// `zenlite secret …`.
import type { AddCommands } from "./shared.ts";

export const addSecret: AddCommands = () => {};
