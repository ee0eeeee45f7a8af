// The stack validator: what flavors require of each other, at register, set, update and validate and before a run.
import { describe, expect, test } from "vitest";
import { flavorModule, stackProject } from "./stack-project.ts";

const module = `import { pipeline, step } from "zenlite";
export const one = step("one", () => ({ size: 1 }));
export const single = pipeline("single", () => one());
`;

const away = `orchestrator: { away: { flavor: far } }\n`;
const awayStack = `${away}stack: { mine: { orchestrator: away, artifact-store: default } }\n`;

describe("a stack that lacks what its flavors require", () => {
  const reasons = [
    'orchestrator "away" (far) needs a container-registry. Images are pulled from one.',
    'orchestrator "away" (far) needs a service-connector. It signs in.',
    'steps of orchestrator "away" (far) cannot reach a folder of this machine',
  ];

  test("register refuses it: all problems at once, each with the commands that mend it, and nothing is written", async () => {
    using project = stackProject(away);
    const before = project.text();
    const ended = await project.run("stack", "register", "mine", "-o", "away", "-a", "default");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    for (const reason of reasons) expect(ended.stderr).toContain(reason);
    expect(ended.stderr).toContain(
      "next: zenlite container-registry register <name> -f hub\n        zenlite stack register mine -o away -a default -c <name>",
    );
    expect(ended.stderr).toContain(
      "next: zenlite service-connector register <name> -f badge\n        zenlite orchestrator connect away --connector <name>",
    );
    // The store that is there is no way out, and is not proposed.
    expect(ended.stderr).toContain(
      "next: zenlite artifact-store register <name> -f bucket\n        zenlite stack register mine -o away -a <name>",
    );
    expect(project.text()).toBe(before);
    expect((await project.run("stack", "register", "mine", "-o", "away", "--set")).code).toBe(2);
    expect(project.exists(".zenlite", "state", "active-stack")).toBe(false);
  });

  test.each([
    ["set", ["stack", "set", "mine"]],
    ["validate", ["stack", "validate", "mine"]],
    ["validate --all", ["stack", "validate", "--all"]],
    ["run", ["run", "run.ts", "--stack", "mine"]],
  ])("%s refuses it with the same problems", async (_what, args) => {
    using project = stackProject(awayStack, { "run.ts": module });
    const ended = await project.run(...args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    for (const reason of reasons) expect(ended.stderr).toContain(reason);
    expect(ended.stderr).toContain("zenlite stack update mine -c <name>");
    expect(ended.stderr).toMatch(/\.zenliterc:\d+:\d+ stack\.mine/);
    expect(project.exists(".zenlite", "state")).toBe(false);
    expect(project.exists(".zenlite", "store")).toBe(false);
  });

  test("what each hint says mends it, one after the other", async () => {
    using project = stackProject(away);
    const register = ["stack", "register", "mine", "-o", "away", "-a", "cloud", "-c", "images"];
    for (const command of [
      ["container-registry", "register", "images", "-f", "hub"],
      ["service-connector", "register", "key", "-f", "badge"],
      ["orchestrator", "connect", "away", "--connector", "key"],
      ["artifact-store", "register", "cloud", "-f", "bucket"],
      register,
    ])
      expect(await project.run(...command)).toMatchObject({ code: 0, stderr: "" });
    expect((await project.run("stack", "validate", "mine")).stdout).toBe('Stack "mine" is valid.\n');
  });

  test("with components that fit, the hint names them", async () => {
    using project = stackProject(`${awayStack}container-registry: { a: { flavor: hub }, b: { flavor: hub } }
artifact-store: { cloud: { flavor: bucket } }
service-connector: { key: { flavor: badge } }
`);
    const ended = await project.run("stack", "validate", "mine");
    expect(ended.stderr).toContain("next: zenlite stack update mine -c a (or: b)");
    expect(ended.stderr).toContain("next: zenlite stack update mine -a cloud");
    expect(ended.stderr).toContain("next: zenlite orchestrator connect away --connector key");
  });

  test("update refuses to make a stack wrong, and mends one that is", async () => {
    using project = stackProject(`orchestrator:
  away: { flavor: far, connector: key }
  close: { flavor: near }
artifact-store: { cloud: { flavor: bucket } }
container-registry: { images: { flavor: hub } }
service-connector: { key: { flavor: badge } }
stack: { mine: { orchestrator: close, artifact-store: default } }
`);
    const refused = await project.run("stack", "update", "mine", "-o", "away");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("next: zenlite stack update mine -o away -c images");
    expect((await project.run("stack", "update", "mine", "-o", "away", "-c", "images", "-a", "cloud")).code).toBe(0);
    expect((await project.run("stack", "update", "mine", "--remove", "container-registry")).code).toBe(2);
  });
});

test("what a component supports is compared with what is asked of it", async () => {
  const wants = `requires: [{ type: "image-builder", supports: { platforms: ["linux/arm64"] }, why: "It runs on ARM." }],`;
  const kiln = flavorModule("image-builder", "kiln").replace(
    "platforms:",
    "...(arm ? { platforms: ['linux/arm64'] } : {}), unused:",
  );
  using project = stackProject(
    `orchestrator: { arm: { flavor: near } }
image-builder: { old: { flavor: kiln }, new: { flavor: kiln, size: 2 } }
stack: { mine: { orchestrator: arm, artifact-store: default, image-builder: old } }
`,
    {
      "flavors/near.ts": flavorModule("orchestrator", "near", wants),
      "flavors/kiln.ts": kiln
        .replace("supports: () => (", "supports: ({ size }) => ((arm) => (")
        .replace("credentials: [] }),", "credentials: [] }))(size === 2),"),
    },
  );
  const ended = await project.run("stack", "validate", "mine");
  expect(ended.code, ended.stderr).toBe(2);
  expect(ended.stderr).toContain('needs an image-builder with platforms ["linux/arm64"]; image-builder "old" (kiln)');
  expect(ended.stderr).toContain("next: zenlite stack update mine -i new\n");
  expect((await project.run("stack", "update", "mine", "-i", "new")).code).toBe(0);
});

describe("variables and secrets that are not there", () => {
  const components = `orchestrator: { close: { flavor: near, region: "\${env:NOT_SET_ANYWHERE}", size: "\${secret:cluster.size}" } }\n`;

  test("are no reason to refuse register and set, and are told by validate and before a run", async () => {
    using project = stackProject(components, { "run.ts": module });
    expect(await project.run("stack", "register", "mine", "-o", "close", "-a", "default", "--set")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(await project.run("stack", "set", "mine")).toMatchObject({ code: 0, stderr: "" });
    for (const args of [
      ["stack", "validate"],
      ["run", "run.ts"],
    ]) {
      const ended = await project.run(...args);
      // Nothing is wrong but the environment.
      expect(ended).toMatchObject({ code: 3, stdout: "" });
      expect(ended.stderr).toContain("NOT_SET_ANYWHERE");
      expect(ended.stderr).toContain("cluster.size");
      expect(ended.stderr).toContain("zenlite secret create cluster");
    }
    const set = { NOT_SET_ANYWHERE: "north", ZENLITE_SECRET_CLUSTER_SIZE: "s3cret" };
    const wrong = await project.runWith(set, "stack", "validate");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("what the reference stands for") });
    expect(wrong.stderr).not.toContain("s3cret");
    expect((await project.run("stack", "validate", "default")).code).toBe(0);
  });

  test("what depends on them is not judged", async () => {
    // Where its steps run is known only when the variable is.
    const near = flavorModule("orchestrator", "near")
      .replace("supports: () =>", "supports: ({ region }) =>")
      .replace("hostFolders: true", 'hostFolders: region === "here"');
    using project = stackProject('orchestrator: { close: { flavor: near, region: "${env:PLACE}" } }\n', {
      "flavors/near.ts": near,
    });
    expect((await project.run("stack", "register", "mine", "-o", "close", "-a", "default")).code).toBe(0);
    expect((await project.runWith({ PLACE: "here" }, "stack", "validate", "mine")).code).toBe(0);
    const elsewhere = await project.runWith({ PLACE: "elsewhere" }, "stack", "validate", "mine");
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot reach a folder") });
  });
});

describe("validate", () => {
  test("tells mistakes of every component, as a run does, and each once", async () => {
    using project = stackProject(`orchestrator:
  close: { flavor: near, size: 0 }
  unused: { flavor: near, regoin: x }
stack:
  a: { orchestrator: close, artifact-store: default }
  b: { orchestrator: close, artifact-store: default }
`);
    const ended = await project.run("stack", "validate", "--all", "--json");
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      event: "error",
      code: "ZENLITE_CONFIG_INVALID",
      hint: "zenlite orchestrator update close --size=<value>",
      others: [{ code: "ZENLITE_CONFIG_UNKNOWN_KEY", hint: "zenlite orchestrator explain near" }],
    });
    expect(JSON.parse(ended.stdout).others).toHaveLength(1);
  });

  test("a flavor that does not load is the business of the stacks that use it", async () => {
    using project = stackProject(
      `orchestrator: { close: { flavor: near } }\nstack: { mine: { orchestrator: close, artifact-store: default } }\n`,
      { "flavors/near.ts": "export default ;" },
    );
    expect(await project.json("stack", "validate", "default")).toEqual({ valid: true, stacks: ["default"] });
    for (const args of [["mine"], ["--all"]]) {
      const ended = await project.run("stack", "validate", ...args);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("ZENLITE_FLAVOR_BROKEN") });
    }
    expect((await project.run("stack", "set", "mine")).code).toBe(2);
  });

  test("says which image builder would be taken", async () => {
    using project = stackProject(
      `orchestrator: { boxes: { flavor: near } }\nimage-builder: { oven: { flavor: kiln } }\nstack: { mine: { orchestrator: boxes, artifact-store: default } }\n`,
      {
        "flavors/near.ts": flavorModule("orchestrator", "near").replace(
          "hostFolders: true",
          'hostFolders: true, image: { base: "node" }',
        ),
      },
    );
    const ended = await project.run("stack", "validate", "mine");
    expect(ended).toMatchObject({ code: 0, stdout: 'Stack "mine" is valid.\n' });
    expect(ended.stderr).toContain('the one declared is taken: "oven" (kiln)');
  });

  test.each([
    [["nowhere"], "ZENLITE_STACK_UNKNOWN"],
    [["default", "--all"], "--all checks every stack"],
  ])("%j is refused", async (args, says) => {
    using project = stackProject();
    const ended = await project.run("stack", "validate", ...args);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(says) });
  });
});
