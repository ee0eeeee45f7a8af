// What the stack verbs share: the configuration they work on, names that must be there, and how places read.
import { relative } from "node:path";
import { nearest, ZenliteError, type Place } from "@zenlite/core";
import {
  loadConfig,
  nameMistake,
  shown,
  throwTogether,
  unknownStack,
  type Config,
  type Overlay,
  type StackDeclaration,
} from "@zenlite/core/config";
import { builtins } from "../../../client/builtins.ts";

export interface JsonFlag {
  readonly json?: true;
}

/** With `overlay`: as if the file held that text. */
export function openConfig(overlay?: Overlay): Promise<Config> {
  const options = { builtins, environment: process.env, ...(overlay === undefined ? {} : { overlay }) };
  return loadConfig(process.cwd(), options);
}

/** Throws the problems of a stack together. Where a flavor is not there because its declaration failed, the file's own problems are told instead. */
export async function refuseProblems(problems: readonly ZenliteError[]): Promise<void> {
  if (problems.some(({ code }) => code === "ZENLITE_FLAVOR_UNKNOWN")) await openConfig();
  throwTogether(problems);
}

/** Throws ZENLITE_STACK_UNKNOWN; `retry` is the command with another name. */
export function stackNamed(config: Config, name: string, retry: (name: string) => string): StackDeclaration {
  const found = config.stacks.find((stack) => stack.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    config.stacks.map((stack) => stack.name),
  );
  throw unknownStack(config, name, { hint: near === undefined ? "zenlite stack list" : retry(near) });
}

/** Throws ZENLITE_CONFIG_NAME for a name that no file may hold. */
export function checkName(name: string, hint: string): void {
  const mistake = nameMistake(name);
  if (mistake !== undefined)
    throw new ZenliteError("ZENLITE_CONFIG_NAME", `${shown(name)} cannot name a stack: ${mistake}.`, { hint });
}

export function takenError({ name, where }: StackDeclaration, hint: string): ZenliteError {
  return new ZenliteError("ZENLITE_NAME_TAKEN", `There is a stack ${shown(name)} already (${originText(where)}).`, {
    ...(where === undefined ? {} : { where }),
    hint,
  });
}

/** Where a stack is declared, in words. */
export function originText(where: Place | undefined): string {
  return where === undefined ? "it exists without configuration" : placeText(where);
}

/** Throws for the stack `default` where no file declares it: there is nothing to change. */
export function checkDeclared(stack: StackDeclaration, what: string): void {
  if (stack.where !== undefined) return;
  throw new ZenliteError(
    "ZENLITE_BUILTIN",
    `The stack ${shown(stack.name)} exists without configuration and cannot be ${what}.`,
    { hint: "zenlite stack register <name> -o <orchestrator> -a <artifact-store>" },
  );
}

/** A file as the working folder sees it. */
export function fileText(file: string): string {
  return relative(process.cwd(), file) || file;
}

/** `.zenliterc:4:3`, or where there is no place that a person could open. */
export function placeText(where: Place | undefined): string {
  if (where?.file === undefined) return "the builtin one";
  const position = [where.line, where.column].filter((part) => part !== undefined).join(":");
  return `${fileText(where.file)}${position === "" ? "" : `:${position}`}`;
}
