// `zenlite secret delete|list`: what is there, what is missing, and never a value.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createHome, secret, type Home } from "./home.ts";
import { binary, createProject } from "./project.ts";

describe("delete", () => {
  const two = { a: { one: "1", two: "2" }, b: { k: "hunter2" } };
  const withTwo = (): Home => {
    const home = createHome();
    mkdirSync(join(home.folder, "zenlite"));
    writeFileSync(home.file, JSON.stringify(two), { mode: 0o600 });
    return home;
  };

  test("a secret, a key, and with the last key the secret", async () => {
    using home = withTwo();
    expect((await secret(home, undefined, ["delete", "a", "--key", "one", "--yes"])).stdout).toContain(
      'Deleted key "one" of secret "a"',
    );
    expect(home.read()).toEqual({ a: { two: "2" }, b: { k: "hunter2" } });
    expect(await secret(home, undefined, ["delete", "a", "--key", "two", "-y"])).toMatchObject({ code: 0 });
    expect(home.read()).toEqual({ b: { k: "hunter2" } });
    const last = await secret(home, undefined, ["delete", "b", "--yes", "--json"]);
    expect(JSON.parse(last.stdout)).toEqual({ file: home.file, name: "b", keys: ["k"], usedBy: [] });
    expect(home.read()).toEqual({});
  });

  test("not without a word where nobody can be asked", async () => {
    using home = withTwo();
    const refused = await secret(home, undefined, ["delete", "a", "--key", "one"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("zenlite secret delete a --key one --yes");
    expect(home.read()).toEqual(two);
  });

  test.each([
    [["delete", "aa", "--yes"], 'Did you mean "a"?'],
    [["delete", "a", "--key", "tow", "--yes"], 'Did you mean "two"?'],
  ])("what is not there: %j", async (args, says) => {
    using home = withTwo();
    const refused = await secret(home, undefined, args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(says);
    expect(home.read()).toEqual(two);
  });
});

describe("list", () => {
  const zenliterc = `flavors: ["@zenlite/orchestrator-docker"]
orchestrator:
  containers: { flavor: docker, environment: { A: "\${secret:openai.api_key}", B: "\${secret:cloud.id}", C: "\${secret:opanai.key}" } }
  others: { flavor: docker, base_image: "x:\${secret:cloud.id}" }
`;

  test("names, keys, where each comes from and who uses it; what is missing, with the command; no value", async () => {
    using home = createHome();
    using project = createProject({ ".zenliterc": zenliterc });
    await secret(home, project, ["create", "openai", "--from-file", "-"], '{"api_key": "hunter2", "spare": "hunter3"}');
    const environment = { ZENLITE_SECRET_CLOUD_ID: "hunter4" };
    const listed = await secret(home, project, ["list"], "", environment);
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/).join(" | "))).toEqual([
      "SECRET | KEY | FROM | USED BY",
      'cloud | id | ZENLITE_SECRET_CLOUD_ID | orchestrator "containers", orchestrator "others"',
      'opanai | key | missing | orchestrator "containers"',
      'openai | api_key | file | orchestrator "containers"',
      "openai | spare | file",
      "next: zenlite secret create opanai --key key",
      "",
    ]);
    const json = await secret(home, project, ["list", "--json"], "", environment);
    expect(JSON.parse(json.stdout)).toMatchObject({
      file: home.file,
      secrets: [
        { name: "cloud", key: "id", from: "environment" },
        { name: "opanai", key: "key", from: "missing", usedBy: ['orchestrator "containers"'] },
        { name: "openai", key: "api_key", from: "file" },
        { name: "openai", key: "spare", from: "file", usedBy: [] },
      ],
    });
    expect(listed.stdout + json.stdout).not.toContain("hunter");
  });

  test("what was deleted and is still referred to is said", async () => {
    using home = createHome();
    using project = createProject({ ".zenliterc": zenliterc });
    await secret(home, project, ["create", "cloud", "--key", "id"], "x");
    const deleted = await secret(home, project, ["delete", "cloud", "--yes"]);
    expect(deleted.stderr).toContain('orchestrator "others" still refers to ${secret:cloud.id}');
  });

  test("outside of a project, and where its file is broken, what is stored is listed all the same", async () => {
    using home = createHome();
    expect((await secret(home, undefined, ["list"])).stdout).toContain("zenlite secret create");
    await secret(home, undefined, ["create", "a", "--key", "k"], "x");
    using project = createProject({ ".zenliterc": "stack: {\n" });
    const listed = await secret(home, project, ["list"]);
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^a +k +file/m);
    expect(listed.stderr).toContain("notice: not every reference is shown");
  });

  test("a stored secret is what a reference stands for", async () => {
    using home = createHome();
    using project = createProject({
      ".zenliterc":
        'artifact-store: { mine: { flavor: local, path: "./${secret:store.folder}" } }\nstack: { s: { orchestrator: default, artifact-store: mine } }\n',
      "run.ts":
        'import { pipeline, step } from "zenlite";\nexport const one = step("one", () => ({ n: 1 }));\nexport const p = pipeline("p", () => one());\n',
    });
    await secret(home, project, ["create", "store", "--key", "folder"], "hidden");
    const ended = await new Promise<number | null>((resolve) => {
      const env = { ...process.env, NODE_OPTIONS: "", XDG_CONFIG_HOME: home.folder };
      spawn(process.execPath, [binary, "run", "run.ts", "--stack", "s"], { cwd: project.folder, env }).on(
        "close",
        resolve,
      );
    });
    expect(ended).toBe(0);
    expect(project.exists("hidden", "project.json")).toBe(true);
  });
});
