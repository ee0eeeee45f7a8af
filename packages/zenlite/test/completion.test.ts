// `zenlite completion`: candidates come from the program and the project; bash is asked for real, other shells where they are there.
import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "commander";
import { buildProgram } from "../src/cli/program.ts";
import { findWanted } from "../src/cli/verbs/completion/wanted.ts";
import { binary, createProject, dockerConfiguration, zenlite, type Project } from "./project.ts";

const runFile = `import { pipeline, step } from "zenlite";
export const one = step("one", () => ({ n: 1 }));
export const solo = pipeline("solo", () => one());
`;

let project: Project;
let runId: string;

beforeAll(async () => {
  project = createProject({
    ".zenliterc": `${dockerConfiguration}service-connector: {}\nartifact-store: { disk: { flavor: local, path: ./elsewhere } }\n`,
    "run.ts": runFile,
    "configs/training.yaml": "",
    "configs/two words.yaml": "",
    "zenlite/secrets.json": "",
  });
  execFileSync("chmod", ["600", project.path("zenlite/secrets.json")]);
  project.write("zenlite/secrets.json", '{"openai": {"api_key": "hunter2"}}');
  expect((await zenlite(project.folder, ["run", "run.ts"])).code).toBe(0);
  const listed = await zenlite(project.folder, ["runs", "list", "--json"]);
  runId = (JSON.parse(listed.stdout) as readonly { readonly id: string }[])[0]?.id ?? "";
});

afterAll(() => project[Symbol.dispose]());

async function complete(shell: string, ...words: readonly string[]): Promise<readonly string[]> {
  const ended = await zenlite(project.folder, ["__complete", shell, "--", ...words], {
    XDG_CONFIG_HOME: project.folder,
  });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  return ended.stdout.split("\n").filter((line) => line !== "");
}

const values = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await complete("zsh", ...words)).map((line) => line.split("\t")[0] ?? "");

describe("what may stand there", () => {
  test.each<readonly [words: readonly string[], expected: readonly string[]]>([
    [["sta"], ["stack"]],
    [["__"], []],
    [
      ["stack", "set", ""],
      ["default", "docker"],
    ],
    [["stack", "set", "do"], ["docker"]],
    [["stack", "set", "docker", ""], []],
    [
      ["runs", "list", "--stack", "d"],
      ["default", "docker"],
    ],
    [["runs", "list", "--stack=do"], ["--stack=docker"]],
    [
      ["stack", "register", "new", "-o", ""],
      ["default", "containers"],
    ],
    [
      ["stack", "register", "new", "--artifact-store=d"],
      ["--artifact-store=default", "--artifact-store=disk"],
    ],
    [["stack", "register", ""], []],
    [
      ["orchestrator", "describe", ""],
      ["default", "containers"],
    ],
    [
      ["orchestrator", "register", "new", "-f", ""],
      ["local", "docker"],
    ],
    [["artifact-store", "explain", ""], ["local"]],
    [["orchestrator", "flavor", "describe", "d"], ["docker"]],
    [["orchestrator", "flavor", "register", ""], [":files"]],
    [["integration", "install", "docker", "s"], ["s3"]],
    [
      ["artifact-store", "delete", ""],
      ["default", "disk"],
    ],
    [["secret", "delete", ""], ["openai"]],
    [["secret", "create", ""], []],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["schema", "r"], ["run"]],
    [["run", ""], [":files"]],
    [["run", "run.ts", "--config", ""], [":files"]],
    [["doctor", "--st"], ["--stack"]],
    [["nonsense", ""], []],
    [["stack", "--", "--"], []],
  ])("%j → %j", async (words, expected) => {
    expect(await values(...words)).toEqual(expected);
  });

  test("runs, the newest first, with what they are", async () => {
    expect(await complete("fish", "runs", "show", "")).toEqual([`${runId}\tsolo, completed`]);
    // The store of that stack is another folder, in which nothing has run.
    expect(await values("runs", "show", "--stack", "nowhere", "")).toEqual([]);
  });

  test("no secret's value, and nothing at all where the project cannot be read", async () => {
    expect((await complete("zsh", "secret", "delete", "")).join()).not.toContain("hunter2");
    using broken = createProject({ ".zenliterc": "stack: {\n" });
    const ended = await zenlite(broken.folder, ["__complete", "bash", "--", "stack", "set", ""]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.split("\n").map((line) => line.split("\t")[0])).toEqual(["default", ""]);
  });

  test("imports no flavor of the project", async () => {
    using own = createProject({
      ".zenliterc":
        "flavors: [{ type: orchestrator, name: mine, module: ./mine.ts }]\norchestrator: { own: { flavor: mine } }\nstack: { s: { orchestrator: own, artifact-store: default } }\n",
      "mine.ts": 'import { writeFileSync } from "node:fs"; writeFileSync("imported", ""); export default {};',
    });
    for (const words of [
      ["stack", "set", ""],
      ["orchestrator", "describe", ""],
      ["orchestrator", "register", "x", "-f", ""],
      ["runs", "show", "--stack", "s", ""],
    ])
      await zenlite(own.folder, ["__complete", "bash", "--", ...words]);
    expect(own.exists("imported")).toBe(false);
  });
});

/** Every command of the program with the words that lead to it. */
function commands(command: Command, path: readonly string[] = []): readonly (readonly [readonly string[], Command])[] {
  return [[path, command], ...command.commands.flatMap((child) => commands(child, [...path, child.name()]))];
}

test("every command that is in the program is offered, and so is every option", () => {
  const program = buildProgram(() => Promise.resolve());
  for (const [path, command] of commands(program)) {
    const offered = (last: string): readonly string[] =>
      findWanted(program, [...path, last]).candidates.map(({ value }) => value);
    const visible = command.commands.map((child) => child.name()).filter((name) => !name.startsWith("__"));
    expect(offered(""), path.join(" ")).toEqual(expect.arrayContaining(visible));
    const options = command.options.filter((option) => !option.hidden).map(({ long, short }) => long ?? short);
    expect(offered("-"), path.join(" ")).toEqual(expect.arrayContaining([...options, "--help"]));
  }
});

describe("in bash", () => {
  /** What a Tab at the end of the line would offer: words parted as bash parts them. */
  function press(line: string, cursorWords: readonly string[]): readonly string[] {
    const script = [
      `source <('${process.execPath}' '${binary}' completion bash)`,
      `COMP_WORDS=(${cursorWords.map((word) => `'${word}'`).join(" ")})`,
      `COMP_CWORD=${cursorWords.length - 1}`,
      `COMP_LINE='${line}'; COMP_POINT=${line.length}`,
      `_zenlite_complete '${cursorWords[0]}' '${cursorWords.at(-1)}' '${cursorWords.at(-2)}'`,
      'printf "%s\\n" "${COMPREPLY[@]}"',
      "complete -p zenlite",
    ].join("\n");
    const ended = spawnSync("bash", ["--noprofile", "--norc", "-c", script], {
      cwd: project.folder,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "", XDG_CONFIG_HOME: project.folder },
    });
    expect(ended.stderr).toBe("");
    const lines = ended.stdout.trimEnd().split("\n");
    expect(lines.pop()).toBe("complete -F _zenlite_complete zenlite");
    return lines.filter((each) => each !== "");
  }

  const program = binary;
  test.each<readonly [words: readonly string[], expected: readonly string[]]>([
    [["sta"], ["stack"]],
    [
      ["stack", "set", ""],
      ["default", "docker"],
    ],
    [["runs", "list", "--stack", "=", "do"], ["docker"]],
    [
      ["runs", "list", "--stack", "="],
      ["default", "docker"],
    ],
    [["runs", "list", "--stack", "=", "docker", "--j"], ["--json"]],
    [["run", "ru"], ["run.ts"]],
    [
      ["run", "run.ts", "--config", "configs/t"],
      ["configs/training.yaml", "configs/two words.yaml"],
    ],
  ])("%j → %j", (words, expected) => {
    const offered = press(`zenlite ${words.join(" ")}`, [program, ...words]);
    // bash lists files in the order of the folder.
    expect(offered.some((each) => each.includes("/")) ? offered.toSorted() : offered).toEqual(expected);
  });

  test("the script itself is sound", () => {
    const script = execFileSync(process.execPath, [binary, "completion", "bash"]);
    expect(spawnSync("bash", ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});

test.each(["zsh", "fish"])(
  "the script for %s asks zenlite; its syntax is checked where the shell is there",
  async (shell) => {
    const { code, stdout } = await zenlite(project.folder, ["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toContain(`__complete ${shell} --`);
    const checked = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    if (checked.error === undefined) expect(checked).toMatchObject({ status: 0, stderr: "" });
  },
);

test("another shell is refused with those that are known", async () => {
  const ended = await zenlite(project.folder, ["completion", "tcsh"]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("bash, zsh, fish");
});
