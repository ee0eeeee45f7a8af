// docs/tutorial.md, word for word: in a project made from packed tarballs, far from this repository, in real containers.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseImage, engineMissing, repository, start, type Ended } from "./project.ts";
import { readGuide, sampleOf } from "./tutorial/markdown.ts";
import {
  createPackedProject,
  npm,
  packPackages,
  zenliteFamily,
  type PackedProject,
  type Packages,
} from "./tutorial/packed.ts";

const guide = readGuide("docs/tutorial.md");
const [six = [], lookingAround = []] = guide.commands;

/** What the issue promises, whatever the page may say one day. */
const promised = [
  "zenlite init",
  "zenlite orchestrator flavor register ./orchestrator/my-docker-orchestrator-flavor.ts",
  "zenlite orchestrator register my_docker_orchestrator -f my_docker",
  "zenlite stack register my_stack -o my_docker_orchestrator -a default",
  "zenlite stack set my_stack",
  "node run.ts",
];

let packages: Packages | undefined;
let project: PackedProject | undefined;

beforeAll(async () => {
  packages = await packPackages();
  project = createPackedProject();
  const tarballs = zenliteFamily().map((name) => packages?.tarball(name) ?? "");
  await npm(project.folder, ["install", "--silent", ...tarballs, "dockerode"]);
  for (const [path, text] of Object.entries(guide.files))
    // Tests start from an image of this machine: the registry of the page's may not be reachable.
    project.write(path, text.replaceAll("node:24-slim", baseImage));
});

afterAll(() => {
  project?.[Symbol.dispose]();
  packages?.[Symbol.dispose]();
});

function here(): PackedProject {
  if (project === undefined) throw new Error("the project was not made");
  return project;
}

async function type(line: string): Promise<Ended> {
  const ended = await here().shell(line);
  expect(ended.code, `$ ${line}\n${ended.stdout}${ended.stderr}`).toBe(0);
  return ended;
}

/** Ids of containers that the tutorial's orchestrator made. */
async function containers(): Promise<string> {
  return (await start(repository, ["docker", "ps", "--all", "--quiet", "--filter", "name=^my-docker-"]).ended).stdout;
}

/** The configuration without the comments that `init` begins it with. */
const settings = (): string =>
  here()
    .read(".zenliterc")
    .replace(/^(?:#.*\n)+\n*/, "");

test("the page has the tutorial's commands as they were promised, and nothing before them", () => {
  expect(six).toEqual(promised);
  expect(Object.keys(guide.files)).toEqual(["run.ts", "orchestrator/my-docker-orchestrator-flavor.ts"]);
});

test("its files have no type errors", async () => {
  for (const name of ["node", "dockerode"]) {
    const place = here().path("node_modules", "@types", name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(repository, "node_modules", "@types", name), place);
  }
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    erasableSyntaxOnly: true,
    target: "es2024",
    lib: ["es2024"],
    module: "nodenext",
    types: ["node"],
    skipLibCheck: true,
    noEmit: true,
  };
  here().write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["run.ts", "orchestrator"] }));
  const ended = await start(here().folder, [join(repository, "node_modules", ".bin", "tsc"), "--project", "."]).ended;
  expect(ended).toMatchObject({ code: 0, stdout: "" });
});

describe.skipIf(engineMissing)("typed line by line", () => {
  test("the six commands", async () => {
    const [init, flavor, orchestrator, stack, set, run] = promised as [string, string, string, string, string, string];
    expect((await type(init)).stdout).toContain(".zenliterc");
    const comments = here().read(".zenliterc");
    expect(comments).toMatch(/^(?:#.*\n)+$/);

    expect((await type(flavor)).stdout).toBe(
      'Registered orchestrator flavor "my_docker" (./orchestrator/my-docker-orchestrator-flavor.ts) in .zenliterc.\n',
    );
    expect((await type(orchestrator)).stdout).toBe(
      'Registered orchestrator "my_docker_orchestrator" (flavor my_docker) in .zenliterc.\n',
    );
    expect((await type(stack)).stdout).toBe(
      'Registered stack "my_stack" (my_docker_orchestrator, default) in .zenliterc.\n',
    );
    const written = here().read(".zenliterc");
    expect((await type(set)).stdout).toContain('"my_stack"');
    // Which stack is active is nobody else's business.
    expect(here().read(".zenliterc")).toBe(written);
    expect(written).toBe(`${comments}\n${guide.block("yaml")}`);
    expect(settings()).toBe(`flavors:
  - { type: orchestrator, name: my_docker, module: ./orchestrator/my-docker-orchestrator-flavor.ts }

orchestrator:
  my_docker_orchestrator: { flavor: my_docker }

stack:
  my_stack: { orchestrator: my_docker_orchestrator, artifact-store: default }
`);

    const { stdout } = await type(run);
    expect(stdout).toMatch(sampleOf(guide.block("text")));
    const ranIn = [...stdout.matchAll(/(?:imported|trained|evaluated) in container (\S+)$/gm)].map(([, name]) => name);
    // An engine names a container's host by the first twelve digits of its id.
    for (const name of ranIn) expect(name).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set([...ranIn, hostname()]).size).toBe(4);
    expect(await containers()).toBe("");
  });

  test("looking around", async () => {
    const before = here().read(".zenliterc");
    const said = new Map<string, string>();
    for (const line of lookingAround) said.set(line, (await type(line)).stdout);
    expect(said.get("zenlite stack list")).toMatch(/^\* +my_stack +my_docker_orchestrator +default$/m);
    expect(said.get("zenlite flavor list")).toMatch(/^orchestrator +my_docker +\.\/orchestrator\/my-docker-/m);
    expect(said.get("zenlite orchestrator explain my_docker")).toContain("base_image");
    expect(said.get("zenlite runs logs")).toContain("trained in container");
    expect(said.get("zenlite run run.ts --stack default --no-cache")).toContain(`trained in container ${hostname()}`);
    expect(said.get(promised[1] ?? "")).toMatch(/my_docker.* registered already/);
    expect(said.get("zenlite login")).toContain("zenlite needs no server");
    expect(here().read(".zenliterc")).toBe(before);
  });

  test("the second run of it comes from the cache", async () => {
    const { stdout } = await type("node run.ts");
    expect(stdout.match(/= cached/g)).toHaveLength(3);
    expect(stdout).toContain("accuracy  0.9");
  });

  test("an image that is not there is told before anything runs, with what to type", async () => {
    await type("zenlite orchestrator register other -f my_docker --base_image=no-such-image:0");
    await type("zenlite stack register other -o other -a default");
    const ended = await here().shell("node run.ts", { ZENLITE_STACK: "other" });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("Docker has no image no-such-image:0.");
    expect(ended.stderr).toContain("docker pull no-such-image:0");
  });

  test("Ctrl-C leaves no container", async () => {
    here().write(
      "slow.ts",
      `import { pipeline, step } from "zenlite";
export const wait = step("wait", async () => {
  console.log("waiting");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
export const slow = pipeline("slow", () => wait());
`,
    );
    const running = here().type("exec zenlite run slow.ts");
    await running.line((line) => line.includes("| waiting"));
    expect(await containers()).not.toBe("");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(await containers()).toBe("");
  });
});
