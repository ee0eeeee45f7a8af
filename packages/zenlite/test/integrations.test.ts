// `zenlite integration`: names to packages, run by the project's own package manager, declared in .zenliterc. The packages come from a
// registry of our own; npm is the real one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { integrations, packagesOf, planRemoval, versioned } from "../src/client/integrations.ts";
import { binary, createProject, repository, start, zenlite } from "./project.ts";
import {
  createPackedProject,
  npm,
  npmEnvironment,
  packPackages,
  zenliteFamily,
  type Packages,
} from "./tutorial/packed.ts";
import { openRegistry, type Registry } from "./tutorial/registry.ts";

const dockerPackages = ["@zenlite/orchestrator-docker", "@zenlite/image-builder-docker"];
const dockerCommand = "npm i @zenlite/orchestrator-docker@^0.1.0 @zenlite/image-builder-docker@^0.1.0";

describe("the table", () => {
  const folders = readdirSync(join(repository, "packages"));
  const manifests = folders.map(
    (folder) =>
      JSON.parse(readFileSync(join(repository, "packages", folder, "package.json"), "utf8")) as {
        readonly name: string;
        readonly version: string;
        readonly zenliteFlavors?: object;
      },
  );

  test("every flavor package belongs to an integration, or comes with zenlite", () => {
    const flavors = manifests.filter((manifest) => manifest.zenliteFlavors !== undefined).map(({ name }) => name);
    const known = [...Object.values(integrations).flat(), ...zenliteFamily()];
    expect(flavors.filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each([...new Set(Object.values(integrations).flat())])(
    "%s is asked for in the line that stands here",
    (name) => {
      const [, major, minor, patch] = /@\^(\d+)\.(\d+)\.(\d+)$/.exec(versioned(name)) ?? [];
      expect(patch).toBeDefined();
      const here = manifests.find((manifest) => manifest.name === name);
      if (here === undefined) return;
      const [ownMajor, ownMinor] = here.version.split(".");
      expect(ownMajor === "0" ? [ownMajor, ownMinor] : [ownMajor]).toEqual(major === "0" ? [major, minor] : [major]);
    },
  );

  test("what is taken away and what is kept are together what is there, and nothing that is needed goes", () => {
    const names = Object.keys(integrations);
    const everything = [...new Set(Object.values(integrations).flat())];
    const chosen = fc.subarray(names, { minLength: 1 });
    fc.assert(
      fc.property(chosen, fc.subarray(everything), (leaving, there) => {
        const { packages, kept } = planRemoval(leaving, (name) => there.includes(name));
        const asked = packagesOf(leaving).filter((name) => there.includes(name));
        expect([...packages, ...kept.map((each) => each.package)].sort()).toEqual([...asked].sort());
        for (const [name, needed] of Object.entries(integrations)) {
          if (leaving.includes(name) || !needed.every((each) => there.includes(each))) continue;
          const own = needed.some((each) => !packagesOf(leaving).includes(each));
          if (own) expect(packages.filter((each) => needed.includes(each))).toEqual([]);
        }
        for (const { package: name, for: other } of kept) expect(integrations[other]).toContain(name);
      }),
    );
  });

  test("a package that two integrations share stays as long as one of them is there", () => {
    const docker = integrations["docker"] ?? [];
    const aws = integrations["aws"] ?? [];
    expect(planRemoval(["docker"], (name) => [...docker, ...aws].includes(name))).toEqual({
      packages: ["@zenlite/orchestrator-docker"],
      kept: [{ package: "@zenlite/image-builder-docker", for: "aws" }],
    });
    expect(planRemoval(["docker", "aws"], (name) => [...docker, ...aws].includes(name)).kept).toEqual([]);
    expect(planRemoval(["docker"], (name) => docker.includes(name)).packages).toEqual(docker);
  });
});

describe("without a registry", () => {
  test("unknown names are told all at once, each with the nearest", async () => {
    using project = createPackedProject();
    const ended = await zenlite(project.folder, ["integration", "install", "dokcer", "docker", "s33", "-y"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('There is no integration "dokcer". Did you mean "docker"?');
    expect(ended.stderr).toContain('There is no integration "s33". Did you mean "s3"?');
    const prototype = await zenlite(project.folder, ["integration", "uninstall", "__proto__", "-y"]);
    expect(prototype).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("ZENLITE_INTEGRATION_UNKNOWN") as string,
    });
    expect(project.read("package.json")).not.toContain("@zenlite");
  });

  test.each([
    ["package-lock.json", "{}", dockerCommand],
    ["pnpm-lock.yaml", "", dockerCommand.replace("npm i", "pnpm add")],
    ["yarn.lock", "", dockerCommand.replace("npm i", "yarn add")],
    ["bun.lock", "{}", dockerCommand.replace("npm i", "bun add")],
    ["package.json", '{ "packageManager": "pnpm@10.1.0" }', dockerCommand.replace("npm i", "pnpm add")],
    ["package.json", "{}", dockerCommand],
  ])("the package manager is the project's own (%s %s)", async (file, text, command) => {
    using project = createPackedProject();
    project.write(file, text);
    const ended = await zenlite(project.folder, ["integration", "install", "docker"], npmEnvironment());
    // There is no terminal to ask on, so it is shown and not run.
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(`This would run: ${command}\n`);
    expect(ended.stderr).toContain("next: zenlite integration install docker -y");
    expect(readdirSync(project.folder).sort()).toEqual([...new Set([".npmrc", file, "package.json"])].sort());
  });

  test("a package manager that is not there", async () => {
    using project = createPackedProject();
    project.write("pnpm-lock.yaml", "");
    const ended = await zenlite(project.folder, ["integration", "install", "docker", "-y"], { PATH: project.folder });
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(ended.stderr).toContain("This project uses pnpm, which is not on the PATH.");
    expect(project.read("package.json")).not.toContain("@zenlite");
  });

  test("no package.json to install into", async () => {
    using project = createPackedProject();
    rmSync(project.path("package.json"));
    const ended = await zenlite(project.folder, ["integration", "install", "docker", "-y"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("There is no package.json in");
    expect(ended.stderr).toContain("next: npm init -y");
  });

  test("a configuration that cannot be read stops it before anything is run", async () => {
    using project = createPackedProject();
    project.write(".zenliterc", "flavors: [\n");
    const ended = await zenlite(project.folder, ["integration", "install", "docker", "-y"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("ZENLITE_CONFIG_SYNTAX");
    expect(ended.stderr).not.toContain("run:");
  });

  test("installed and not declared: only .zenliterc is mended, without a question", async () => {
    using project = createProject({ ".zenliterc": "# ours\nflavors: [] # none yet\n" });
    const ended = await zenlite(project.folder, ["integration", "install", "docker", "--json"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      integrations: ["docker"],
      installed: [],
      added: dockerPackages,
      file: project.path(".zenliterc"),
    });
    const text = readFileSync(project.path(".zenliterc"), "utf8");
    expect(text).toContain("# ours");
    for (const name of dockerPackages) expect(text).toContain(`"${name}"`);
  });

  test("what a base file declares is not taken out of it", async () => {
    using project = createProject({
      ".zenliterc": "$import: ./base.yaml\n",
      "base.yaml": 'flavors: ["@zenlite/orchestrator-docker"]\n',
    });
    const ended = await zenlite(project.folder, ["integration", "uninstall", "docker", "-y"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("base.yaml");
    expect(existsSync(project.path("node_modules", "@zenlite", "orchestrator-docker"))).toBe(true);
  });

  test("uninstalling what is not there says so", async () => {
    using project = createPackedProject();
    const ended = await zenlite(project.folder, ["integration", "uninstall", "oci", "s3"]);
    expect(ended).toMatchObject({ code: 0, stdout: "Not installed: oci, s3.\n", stderr: "" });
  });

  test("Ctrl-C ends the package manager too", async () => {
    const server: Server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    using project = createPackedProject(
      `@zenlite:registry=http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`,
    );
    try {
      const command = [process.execPath, binary, "integration", "install", "docker", "-y"];
      const running = start(project.folder, command, npmEnvironment());
      const early = running.ended.then(({ stderr }) => Promise.reject(new Error(`nothing was asked for: ${stderr}`)));
      // npm has asked, and never gets an answer.
      const [request] = (await Promise.race([once(server, "request"), early])) as [
        { readonly socket: NodeJS.EventEmitter },
      ];
      const gone = once(request.socket, "close");
      running.child.kill("SIGINT");
      const ended = await running.ended;
      expect(ended).toMatchObject({ code: 130, stdout: "" });
      expect(ended.stderr).toContain("npm was interrupted. Nothing was added to .zenliterc.");
      await gone;
      expect(existsSync(project.path(".zenliterc"))).toBe(false);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("with a registry", () => {
  let packages: Packages | undefined;
  let registry: Registry | undefined;

  beforeAll(async () => {
    packages = await packPackages();
    registry = await openRegistry(packages, [
      ...zenliteFamily().filter((name) => name !== "zenlite"),
      ...dockerPackages,
    ]);
  });
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    packages?.[Symbol.dispose]();
  });

  test("docker: installed, listed, installed again, mended, uninstalled", { timeout: 180_000 }, async () => {
    using project = createPackedProject(registry?.npmrc);
    await npm(project.folder, ["install", "--silent", packages?.tarball("zenlite") ?? ""]);
    const dependencies = (): object =>
      (JSON.parse(project.read("package.json")) as { readonly dependencies: object }).dependencies;

    const installed = await project.shell("zenlite integration install docker -y");
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stderr.split("\n")[0]).toBe(`run: ${dockerCommand}`);
    expect(installed.stdout.split("\n")).toEqual([
      "Installed @zenlite/orchestrator-docker 0.1.0, @zenlite/image-builder-docker 0.1.0.",
      "Added to flavors in .zenliterc (new): @zenlite/orchestrator-docker, @zenlite/image-builder-docker.",
      "",
    ]);
    const configuration = 'flavors:\n  - "@zenlite/orchestrator-docker"\n  - "@zenlite/image-builder-docker"\n';
    expect(project.read(".zenliterc")).toBe(configuration);
    expect(dependencies()).toMatchObject(Object.fromEntries(dockerPackages.map((name) => [name, "^0.1.0"])));

    const listed = await project.shell("zenlite integration list");
    expect(listed.stdout).toMatch(/^docker +@zenlite\/orchestrator-docker +0\.1\.0 +yes$/m);
    expect(listed.stdout).toMatch(/^s3 +@zenlite\/artifact-store-s3 +- +-$/m);
    const list = JSON.parse((await project.shell("zenlite integration list --json")).stdout) as unknown[];
    expect(list).toContainEqual({
      name: "docker",
      packages: dockerPackages.map((name) => ({ name, version: "0.1.0", declared: true })),
    });

    const again = await project.shell("zenlite integration install docker");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(again.stdout.split("\n")).toEqual([
      "Installed already: @zenlite/orchestrator-docker 0.1.0, @zenlite/image-builder-docker 0.1.0.",
      "In .zenliterc already: @zenlite/orchestrator-docker, @zenlite/image-builder-docker.",
      "",
    ]);
    expect(project.read(".zenliterc")).toBe(configuration);

    // Declared and no longer installed: seen, and mended by the same command.
    rmSync(project.path("node_modules", "@zenlite", "image-builder-docker"), { recursive: true });
    const broken = await project.shell("zenlite integration list");
    expect(broken.stdout).toMatch(/^ +@zenlite\/image-builder-docker +- +yes$/m);
    const mended = await project.shell("zenlite integration install docker -y");
    expect(mended.code, mended.stderr).toBe(0);
    expect(mended.stdout).toContain("Installed @zenlite/image-builder-docker 0.1.0.\n");
    expect(project.read(".zenliterc")).toBe(configuration);

    // In use: refused, and nothing half done.
    const used = `${configuration}# mine\norchestrator:\n  containers: { flavor: docker }\n`;
    project.write(".zenliterc", used);
    const before = project.read("package.json");
    const refused = await project.shell("zenlite integration uninstall docker -y");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain('Components use flavors of docker: orchestrator "containers".');
    expect(refused.stderr).toContain("zenlite orchestrator delete containers");
    expect([project.read(".zenliterc"), project.read("package.json")]).toEqual([used, before]);

    project.write(".zenliterc", `${configuration}# mine\nartifact-store:\n  here: { flavor: local }\n`);
    const uninstalled = await project.shell("zenlite integration uninstall docker -y");
    expect(uninstalled.code, uninstalled.stderr).toBe(0);
    expect(uninstalled.stdout.split("\n")).toEqual([
      "Removed from flavors in .zenliterc: @zenlite/orchestrator-docker, @zenlite/image-builder-docker.",
      "Uninstalled @zenlite/orchestrator-docker, @zenlite/image-builder-docker.",
      "",
    ]);
    expect(project.read(".zenliterc")).toBe("# mine\nartifact-store:\n  here: { flavor: local }\n");
    expect(Object.keys(dependencies())).toEqual(["zenlite"]);
    expect(existsSync(project.path("node_modules", "@zenlite", "orchestrator-docker"))).toBe(false);
  });

  test("what the registry does not have: npm's own words, its exit code, and an unchanged configuration", async () => {
    using project = createPackedProject(registry?.npmrc);
    project.write(".zenliterc", "# nothing yet\n");
    const before = project.read("package.json");
    const ended = await zenlite(project.folder, ["integration", "install", "s3", "-y", "--json"], npmEnvironment());
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('"npm i @zenlite/artifact-store-s3@^0.1.0" ended with exit code 1:');
    expect(ended.stderr).toContain("E404");
    expect(JSON.parse(ended.stdout)).toMatchObject({ event: "error", code: "ZENLITE_PACKAGE_MANAGER" });
    expect([project.read(".zenliterc"), project.read("package.json")]).toEqual(["# nothing yet\n", before]);
  });

  // It gives a command a terminal; other systems have another command of that name.
  const terminal = "script";
  test.skipIf(process.platform !== "linux").each([
    ["n\r", 1, "Nothing was changed."],
    ["\r", 1, "Nothing was changed."],
    ["\u0003", 130, "Nothing was changed."],
    ["\u0004", 1, "Nothing was changed."],
    ["y\r", 3, "E404"],
  ])("on a terminal it asks: %j", async (answer, code, says) => {
    using project = createPackedProject(registry?.npmrc);
    const command = `'${process.execPath}' '${binary}' integration install s3`;
    const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
    const child = spawn(terminal, ["-qec", command, "/dev/null"], {
      cwd: project.folder,
      env: { ...process.env, ...npmEnvironment(), NODE_OPTIONS: "", PATH: path },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    for await (const data of child.stdout) {
      const before = shown;
      shown += String(data);
      if (shown.includes("Run it? [y/N]") && !before.includes("Run it? [y/N]")) child.stdin.write(answer);
    }
    expect(shown).toContain("run: npm i @zenlite/artifact-store-s3@^0.1.0");
    expect(shown).toContain(says);
    expect(child.exitCode ?? (await once(child, "close"))[0]).toBe(code);
    expect(existsSync(project.path(".zenliterc"))).toBe(false);
  });
});
