// What commands share: options, and how a verb's code is loaded and its exit code kept.
import { type Command, Option } from "commander";

/** Loads a verb and runs it; its result is the process's exit code. */
export type Act = (verb: () => Promise<number>) => Promise<void>;

/** Adds commands to the program. Their verbs' code is imported only when one is called. */
export type AddCommands = (program: Command, act: Act) => void;

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const jsonOption = (description = "print JSON"): Option => new Option("--json", description);

export const stackOption = (): Option => new Option("--stack <name>", "the stack to use instead of the active one");
