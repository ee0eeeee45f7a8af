// Commands about the project itself: `init`, `login`, `doctor`, `schema`, `completion`.
import type { AddCommands } from "./shared.ts";

export const addProject: AddCommands = () => {};
