// What a person sees of an edit: files as the guides show them.
import { describe, expect, test } from "vitest";
import { editText, type Edit } from "@zenlite/core/config";

const file = "/p/.zenliterc";
const local = { flavor: "local" };
const add = (name: string): Edit => ({ at: ["orchestrator", name], set: local });
const remove = (...at: Edit["at"]): Edit => ({ at, remove: true });

test("an empty file becomes one that a person would have written", async () => {
  const module = "./orchestrator/my-docker-orchestrator-flavor.ts";
  const text = await editText(file, "", [
    { at: ["flavors"], append: { type: "orchestrator", name: "my_docker", module } },
    { at: ["orchestrator", "my_docker_orchestrator"], set: { flavor: "my_docker" } },
    { at: ["stack", "my_stack"], set: { orchestrator: "my_docker_orchestrator", "artifact-store": "default" } },
    { at: ["flavors"], append: "@zenlite/artifact-store-s3" },
    {
      at: ["artifact-store", "cloud"],
      set: {
        flavor: "s3",
        path: "s3://bucket/prefix",
        connector: "cloud_connector",
        environment: { STAGE: "production", DEBUG: "no" },
        regions: ["eu-west-1", "us-east-1"],
        policy: "first line\nsecond line\n",
      },
    },
  ]);
  expect(text).toBe(`flavors:
  - { type: orchestrator, name: my_docker, module: ./orchestrator/my-docker-orchestrator-flavor.ts }
  - "@zenlite/artifact-store-s3"

orchestrator:
  my_docker_orchestrator: { flavor: my_docker }

artifact-store:
  cloud:
    flavor: s3
    path: "s3://bucket/prefix"
    connector: cloud_connector
    environment: { STAGE: production, DEBUG: "no" }
    regions: [eu-west-1, us-east-1]
    policy: |
      first line
      second line

stack:
  my_stack: { orchestrator: my_docker_orchestrator, artifact-store: default }
`);
});

const guide = `# yaml-language-server: $schema=.zenlite/schema/zenliterc.json
# What we run on.

flavors: # npm packages in full, or a module of ours
  - "@zenlite/orchestrator-docker"
  - { type: orchestrator, name: my_docker, module: ./my-docker.ts } # ours

orchestrator:
  # In containers.
  containers:
    flavor: docker
    base_image: "\${env:ZENLITE_BASE_IMAGE:-node:24-slim}"
    # max_parallel: 3

  # Where the machine is fast.
  processes:
    flavor: local
    isolation: process # one process a step

stack:
  docker: { orchestrator: containers, artifact-store: default }
  # Both at once.
  parallel: { orchestrator: processes, artifact-store: default }
`;

/** What `diff` would show, without the lines that stay. */
async function changes(text: string, ...edits: readonly Edit[]): Promise<readonly string[]> {
  const [before, after] = [text.split("\n"), (await editText(file, text, edits)).split("\n")];
  const isIn = (lines: readonly string[]) => (line: string) => !lines.includes(line);
  return [
    ...before.filter(isIn(after)).map((line) => `-${line}`),
    ...after.filter(isIn(before)).map((line) => `+${line}`),
  ];
}

describe("a file with comments changes where the edit is about, and nowhere else", () => {
  test("a component beside others that are blocks", async () => {
    expect(await changes(guide, add("new"))).toEqual(["+  new:"]);
    expect(await editText(file, guide, [add("new")])).toContain(
      "    isolation: process # one process a step\n\n  new:\n    flavor: local\n\nstack:",
    );
  });

  test("a stack beside others on one line", async () => {
    const edit: Edit = { at: ["stack", "new"], set: { orchestrator: "containers", "artifact-store": "default" } };
    expect(await changes(guide, edit)).toEqual(["+  new: { orchestrator: containers, artifact-store: default }"]);
  });

  test("a package, a module", async () => {
    expect(await changes(guide, { at: ["flavors"], append: "@zenlite/artifact-store-s3" })).toEqual([
      '+  - "@zenlite/artifact-store-s3"',
    ]);
  });

  test("a section takes the place it has in the guides", async () => {
    const text = await editText(file, guide, [
      { at: ["artifact-store", "disk"], set: { flavor: "local", path: "/data" } },
    ]);
    expect(text).toContain("one process a step\n\nartifact-store:\n  disk: { flavor: local, path: /data }\n\nstack:");
  });

  test("a value: its comment and its quotes stay", async () => {
    const at = ["orchestrator", "processes", "isolation"];
    expect(await changes(guide, { at, set: "none" })).toEqual([
      "-    isolation: process # one process a step",
      "+    isolation: none # one process a step",
    ]);
    expect(await changes(guide, { at: ["orchestrator", "containers", "baseImage"], set: "mine" })).toEqual([
      '-    base_image: "${env:ZENLITE_BASE_IMAGE:-node:24-slim}"',
      '+    base_image: "mine"',
    ]);
  });

  test("a mapping over a mapping: what is the same is left alone", async () => {
    const set = { flavor: "docker", base_image: "node:24", max_parallel: 3 };
    expect(await changes(guide, { at: ["orchestrator", "containers"], set })).toEqual([
      '-    base_image: "${env:ZENLITE_BASE_IMAGE:-node:24-slim}"',
      '+    base_image: "node:24"',
      "+    max_parallel: 3",
    ]);
    expect(
      await editText(file, guide, [
        { at: ["orchestrator", "processes"], set: { isolation: "process", flavor: "local" } },
      ]),
    ).toBe(guide);
  });

  test("a name", async () => {
    expect(await changes(guide, { at: ["orchestrator", "containers"], rename: "two words" })).toEqual([
      "-  containers:",
      "+  two words:",
    ]);
    expect(await changes('"a": &x {b: 1}\n', { at: ["a"], rename: "c" })).toEqual([
      '-"a": &x {b: 1}',
      '+"c": &x {b: 1}',
    ]);
  });

  test("what goes takes its own comments along, and the line between", async () => {
    const text = await editText(file, guide, [
      remove("orchestrator", "containers"),
      remove("stack", "parallel"),
      remove("flavors", 1),
    ]);
    expect(text).toBe(`# yaml-language-server: $schema=.zenlite/schema/zenliterc.json
# What we run on.

flavors: # npm packages in full, or a module of ours
  - "@zenlite/orchestrator-docker"

orchestrator:
  # Where the machine is fast.
  processes:
    flavor: local
    isolation: process # one process a step

stack:
  docker: { orchestrator: containers, artifact-store: default }
`);
  });

  test("what is left empty goes too, except for comments that stand in a section", async () => {
    expect(await editText(file, guide, [remove("flavors", 1), remove("flavors", 0)])).not.toContain("flavors");
    const text = "orchestrator:\n  # off: { flavor: docker }\n\n  a: { flavor: local }\n";
    const without = await editText(file, text, [remove("orchestrator", "a", "flavor")]);
    expect(without).toBe("orchestrator:\n  # off: { flavor: docker }\n");
    expect(await editText(file, without, [add("b")])).toBe(
      "orchestrator:\n  b: { flavor: local }\n  # off: { flavor: docker }\n",
    );
  });

  test("what an editor needs stays at the top", async () => {
    const text = "# yaml-language-server: $schema=x.json\n# ours\nflavors: [a]\nstack: {}\n";
    expect(await editText(file, text, [remove("flavors")])).toBe("# yaml-language-server: $schema=x.json\nstack: {}\n");
  });

  test("nothing to change", async () => {
    const edits: readonly Edit[] = [
      remove("stack", "gone"),
      { at: ["stack", "docker", "artifactStore"], set: "default" },
      { at: ["stack", "docker"], rename: "docker" },
    ];
    expect(await editText(file, guide, edits)).toBe(guide);
  });
});

describe("keys are found as they are spelled", () => {
  test.each(["artifact-store", "artifact_store", "artifactStore"])("%s", async (type) => {
    const text = `${type}:\n  a: {flavor: local}\nstack:\n  s: {orchestrator: a, ${type}: a}\n`;
    const edits: readonly Edit[] = [
      { at: ["artifact-store", "b"], set: local },
      { at: ["stack", "s", "artifact_store"], set: "b" },
    ];
    expect(await editText(file, text, edits)).toBe(
      `${type}:\n  a: {flavor: local}\n  b: {flavor: local}\nstack:\n  s: {orchestrator: a, ${type}: b}\n`,
    );
  });

  test("keys of a component in either spelling, names and what lies deeper exactly", async () => {
    const text = "orchestrator:\n  my_name: { maxParallel: 1, environment: { my_key: 1 } }\n";
    expect(await editText(file, text, [{ at: ["orchestrator", "my_name", "max_parallel"], set: 2 }])).toBe(
      "orchestrator:\n  my_name: { maxParallel: 2, environment: { my_key: 1 } }\n",
    );
    expect(await editText(file, text, [{ at: ["orchestrator", "my_name", "environment", "myKey"], set: 2 }])).toBe(
      "orchestrator:\n  my_name: { maxParallel: 1, environment: { my_key: 1, myKey: 2 } }\n",
    );
    expect(await editText(file, text, [{ at: ["orchestrator", "myName"], set: local }])).toBe(
      `${text}  myName: { flavor: local }\n`,
    );
  });
});
