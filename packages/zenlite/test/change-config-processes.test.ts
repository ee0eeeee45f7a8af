// Commands at the same time, and commands that are killed: real processes, one file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isJsonObject } from "@zenlite/core";
import { readText } from "@zenlite/core/config";
import { changeConfig } from "../src/client/change-config.ts";
import { createProject, start, type Project, type Running } from "./project.ts";

const child = join(import.meta.dirname, "change-config-child.ts");
const comments =
  "# Kept: the first line.\norchestrator:\n  # Kept: above.\n  first: { flavor: local } # Kept: beside.\n";

function openProject(): Project {
  const project = createProject({ ".zenliterc": comments });
  onTestFinished(() => project[Symbol.dispose]());
  return project;
}

function change(project: Project, name: string, times: number): Running {
  return start(project.folder, [
    process.execPath,
    "--conditions=zenlite-source",
    child,
    project.folder,
    name,
    String(times),
  ]);
}

async function namesIn(project: Project): Promise<readonly string[]> {
  const text = readFileSync(project.path(".zenliterc"), "utf8");
  expect(text.startsWith(comments)).toBe(true);
  const { value, problems } = await readText(project.path(".zenliterc"), text);
  expect(problems).toEqual([]);
  const orchestrators = isJsonObject(value) ? value["orchestrator"] : undefined;
  return isJsonObject(orchestrators) ? Object.keys(orchestrators) : [];
}

test.each([2, 8])("%i processes at once lose nothing", async (count) => {
  const project = openProject();
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  const ended = await Promise.all(names.map((name) => change(project, name, 4).ended));
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(names.map(() => ({ code: 0, stderr: "" })));
  const expected = names.flatMap((name) => [0, 1, 2, 3].map((turn) => `${name}_${turn}`));
  expect((await namesIn(project)).toSorted()).toEqual(["first", ...expected].toSorted());
});

const kills = 30;

test("kill -9 at any moment leaves the file from before or after, and the next command goes on", async () => {
  const killOne = async (index: number): Promise<void> => {
    const project = openProject();
    const running = change(project, "k", 1000);
    await running.line((line) => line === `deciding ${index % 3}`);
    // Any moment will do, so that over the attempts they are many different ones: the file is written some milliseconds after.
    setTimeout(() => running.child.kill("SIGKILL"), Math.random() * 25);
    const { stdout } = await running.ended;
    const done = stdout.split("\n").filter((line) => line.startsWith("done")).length;
    const turns = (count: number): readonly string[] =>
      Array.from({ length: count }, (_, turn) => `k_${turn}`).toSorted();
    const names = (await namesIn(project)).filter((name) => name !== "first").toSorted();
    expect([turns(done), turns(done + 1)]).toContainEqual(names);
    await changeConfig(project.folder, () => [{ at: ["orchestrator", "after"], set: { flavor: "local" } }]);
    expect((await namesIn(project)).toSorted()).toEqual([...names, "after", "first"].toSorted());
    expect(readdirSync(project.folder).filter((name) => name.startsWith(".zenliterc"))).toEqual([".zenliterc"]);
  };
  const queue = Array.from({ length: kills }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) await killOne(index);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
});

test("a command that holds the file too long is named, with what to do", async () => {
  const project = openProject();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isDeciding = (): void => undefined;
  const deciding = new Promise<void>((resolve) => {
    isDeciding = resolve;
  });
  const holder = changeConfig(project.folder, async () => {
    isDeciding();
    await held;
    return [];
  });
  await deciding;
  const { code, stderr } = await change(project, "late", 1).ended;
  release();
  await holder;
  expect(code).not.toBe(0);
  expect(stderr).toContain("ZENLITE_CONFIG_LOCKED");
  expect(stderr).toContain(`rm -r ${project.path(".zenlite", "state", "config.lock")}`);
  expect(await namesIn(project)).toEqual(["first"]);
});
