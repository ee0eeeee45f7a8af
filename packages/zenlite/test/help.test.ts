// Help: every command says what it is and shows an example; a slip is met with what was meant.
import { describe, expect, test } from "vitest";
import type { Command } from "commander";
import { buildProgram } from "../src/cli/program.ts";
import { createProject, zenlite } from "./project.ts";

interface Named {
  readonly path: string;
  readonly command: Command;
}

function below(command: Command, path: readonly string[] = []): readonly Named[] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()];
    return [{ path: own.join(" "), command: child }, ...below(child, own)];
  });
}

const all = below(buildProgram(() => Promise.resolve()));
const leaves = all.filter(({ command }) => command.commands.length === 0);

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

test("every command says what it is", () => {
  for (const { path, command } of all) expect(command.description(), path).toMatch(/^[A-Z`].{9}/);
});

test("the help of every command has an example of itself", () => {
  expect(leaves.length).toBeGreaterThan(20);
  for (const { path, command } of leaves) {
    const [, example = ""] = helpOf(command).split(/^Examples?:$/m);
    expect(example, path).toContain(`zenlite ${path}`);
  }
});

test("every option says what it is, and none is there twice", () => {
  for (const { path, command } of leaves) {
    for (const option of command.options) expect(option.description, `${path} ${option.flags}`).not.toBe("");
    const flags = command.options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== undefined);
    expect(new Set(flags).size, path).toBe(flags.length);
  }
});

describe("a slip", () => {
  test.each([
    [["stak", "list"], "stack"],
    [["stack", "lsit"], "list"],
    [["doctr"], "doctor"],
    [["stack", "list", "--jsn"], "--json"],
    [["init", "--josn"], "--json"],
  ])("%j", async (args, meant) => {
    using project = createProject();
    const ended = await zenlite(project.folder, args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`Did you mean ${meant}?`);
    expect(ended.stdout).toBe("");
  });
});

test("the list of commands is whole and hides what only scripts call", async () => {
  using project = createProject();
  const { stdout, code } = await zenlite(project.folder, ["--help"]);
  expect(code).toBe(0);
  for (const { path } of all.filter((each) => !each.path.includes(" ") && !each.path.startsWith("__")))
    expect(stdout).toMatch(new RegExp(`^  ${path}\\b`, "m"));
  expect(stdout).not.toContain("__complete");
});
