// What may stand at the end of an unfinished command line, read from the program itself. Pure.
import type { Argument, Command, Option } from "commander";
import { componentTypes, type ComponentType } from "@zenlite/core";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Names that a project has, to be looked up. */
export type Names =
  | { readonly kind: "stacks" | "runs" | "secrets" | "integrations" | "files" }
  | { readonly kind: "components"; readonly type: ComponentType }
  | { readonly kind: "flavors"; readonly type?: ComponentType };

export interface Wanted {
  /** The unfinished part: candidates start with it. */
  readonly current: string;
  /** What stands before it in the same word: `--stack=`. */
  readonly lead: string;
  readonly candidates: readonly Candidate[];
  readonly names?: Names;
  /** What `--stack` says, where it was written already. */
  readonly stack?: string;
}

/** `words`: all after the program's name, the last one unfinished. */
export function findWanted(program: Command, words: readonly string[]): Wanted {
  const { command, positional, pending, closed, stack } = readWords(program, words.slice(0, -1));
  const current = words.at(-1) ?? "";
  const said = stack === undefined ? {} : { stack };
  const value = (holder: Option | Argument | undefined, lead = "", part = current): Wanted => ({
    current: part,
    lead,
    candidates: (holder?.argChoices ?? []).map((choice) => ({ value: choice, description: "" })),
    ...namesOf(command, holder),
    ...said,
  });
  if (pending !== undefined) return value(pending);
  if (!closed && current.startsWith("-")) {
    const [name = "", ...rest] = current.split("=");
    if (rest.length > 0) return value(findOption(command, name), `${name}=`, rest.join("="));
    return { current, lead: "", candidates: optionsOf(command) };
  }
  const commands = positional === 0 ? commandsOf(command) : [];
  const wanted = value(command.registeredArguments[positional] ?? variadic(command));
  return { ...wanted, candidates: [...commands, ...wanted.candidates] };
}

interface Read {
  readonly command: Command;
  /** How many arguments of the command are there. */
  readonly positional: number;
  /** An option that waits for its value. */
  readonly pending?: Option;
  /** True after `--`. */
  readonly closed: boolean;
  readonly stack?: string;
}

function readWords(program: Command, words: readonly string[]): Read {
  let command = program;
  let positional = 0;
  let pending: Option | undefined;
  let closed = false;
  let stack: string | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.long === "--stack") stack = word;
      pending = undefined;
    } else if (word === "--") closed = true;
    else if (!closed && word.length > 1 && word.startsWith("-")) {
      const [name = "", ...rest] = word.split("=");
      const option = findOption(command, name);
      if (rest.length === 0 && option?.required === true) pending = option;
      if (rest.length > 0 && option?.long === "--stack") stack = rest.join("=");
    } else {
      const next =
        positional > 0
          ? undefined
          : command.commands.find((each) => each.name() === word || each.aliases().includes(word));
      if (next === undefined) positional += 1;
      else command = next;
    }
  }
  return {
    command,
    positional,
    closed,
    ...(pending === undefined ? {} : { pending }),
    ...(stack === undefined ? {} : { stack }),
  };
}

function variadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic === true ? last : undefined;
}

function findOption(command: Command, name: string): Option | undefined {
  for (let each: Command | null = command; each !== null; each = each.parent) {
    const found = each.options.find((option) => option.long === name || option.short === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function commandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((each) =>
      [each.name(), ...each.aliases()].map((value) => ({
        value,
        description: firstLine(each.summary() || each.description()),
      })),
    );
}

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? "", description: firstLine(description) }));
}

function firstLine(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}

/** Verbs whose name is one that is not there yet. */
const naming = ["register", "create", "import"];
/** What a placeholder such as `<run>` stands for, wherever it is used. */
const byPlaceholder: { readonly [placeholder: string]: Names } = {
  run: { kind: "runs" },
  stack: { kind: "stacks" },
  file: { kind: "files" },
  path: { kind: "files" },
  folder: { kind: "files" },
  module: { kind: "files" },
  "package-or-module": { kind: "files" },
  integration: { kind: "integrations" },
  connector: { kind: "components", type: "service-connector" },
};

function namesOf(command: Command, holder: Option | Argument | undefined): { readonly names?: Names } {
  if (holder === undefined || holder.argChoices !== undefined) return {};
  const names = "flags" in holder ? ofOption(command, holder) : ofArgument(command, holder);
  return names === undefined ? {} : { names };
}

function ofOption(command: Command, option: Option): Names | undefined {
  const name = option.long?.replace(/^--/u, "") ?? "";
  const type = typeOf(name);
  if (type !== undefined) return { kind: "components", type };
  const placeholder = /[<[]([\w-]+)/u.exec(option.flags)?.[1] ?? "";
  if (placeholder === "flavor") return flavors(command);
  return byPlaceholder[name] ?? byPlaceholder[placeholder];
}

function ofArgument(command: Command, argument: Argument): Names | undefined {
  const name = argument.name();
  const type = typeOf(name);
  if (type !== undefined) return { kind: "components", type };
  const group = command.parent?.name() ?? "";
  if (name === "flavor" || (group === "flavor" && name === "name")) return flavors(command);
  if (byPlaceholder[name] !== undefined) return byPlaceholder[name];
  if (!/^names?$/u.test(name) || naming.includes(command.name())) return undefined;
  if (group === "stack") return { kind: "stacks" };
  if (group === "secret") return { kind: "secrets" };
  if (group === "integration") return { kind: "integrations" };
  const grouped = typeOf(group);
  return grouped === undefined ? undefined : { kind: "components", type: grouped };
}

/** Of the type that the command is about, else of every type. */
function flavors(command: Command): Names {
  for (let each: Command | null = command; each !== null; each = each.parent) {
    const type = typeOf(each.name());
    if (type !== undefined) return { kind: "flavors", type };
  }
  return { kind: "flavors" };
}

function typeOf(name: string): ComponentType | undefined {
  return componentTypes.find((type) => type === name);
}
