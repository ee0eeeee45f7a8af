// Listing imports no flavor: a loader that fails on every flavor and vendor library shows it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binary, createProject, repository, start } from "./project.ts";

/** Fails on what only a flavor would load. */
const hook = `import { registerHooks } from "node:module";
const forbidden = /\\/@aws-sdk\\/|\\/dockerode\\/|\\/(?:orchestrator|artifact-store|registry|image-builder|connector)-[^/]+\\/(?:src|dist)\\/|\\/flavors\\//;
registerHooks({
  load(url, context, next) {
    if (forbidden.test(url)) throw new Error("imported " + url);
    return next(url, context);
  },
});
`;

/** Every flavor package of this repository with a component of each of its flavors, and a module of the project's own. */
function everything(): string {
  const flavors = readdirSync(join(repository, "packages")).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(repository, "packages", folder, "package.json"), "utf8")) as {
      readonly name: string;
      readonly zenliteFlavors?: { readonly flavors: readonly { readonly type: string; readonly name: string }[] };
    };
    return (manifest.zenliteFlavors?.flavors ?? []).map((flavor) => ({ ...flavor, package: manifest.name }));
  });
  const types = [...new Set(flavors.map(({ type }) => type))];
  return [
    `flavors: ${JSON.stringify([...new Set(flavors.map((flavor) => flavor.package)), { type: "orchestrator", name: "own", module: "./flavors/own.ts" }])}`,
    ...types.map((type) => {
      const components = flavors
        .filter((flavor) => flavor.type === type)
        .map(({ name }) => [`my-${name}`, { flavor: name }]);
      return `${type}: ${JSON.stringify(Object.fromEntries(type === "orchestrator" ? [...components, ["own", { flavor: "own" }]] : components))}`;
    }),
    "stack: { boxes: { orchestrator: my-docker, artifact-store: my-local }, own: { orchestrator: own, artifact-store: default } }",
  ].join("\n");
}

test("stack list, stack get and flavor list import no flavor", async () => {
  using project = createProject({
    "hook.mjs": hook,
    "flavors/own.ts": 'throw new Error("imported");',
    ".zenliterc": everything(),
  });
  const withHook = (...args: readonly string[]): ReturnType<typeof start>["ended"] =>
    start(project.folder, [process.execPath, "--import", project.path("hook.mjs"), binary, ...args]).ended;
  for (const args of [
    ["stack", "list"],
    ["stack", "list", "--json"],
    ["stack", "get"],
    ["flavor", "list"],
  ]) {
    const ended = await withHook(...args);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: "" });
  }
  // The hook does catch it: checking does import.
  expect(await withHook("stack", "validate", "boxes")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ZENLITE_FLAVOR_BROKEN"),
  });
});

test("listing leaves no trace", async () => {
  using project = createProject();
  expect((await start(project.folder, [process.execPath, binary, "stack", "list"]).ended).code).toBe(0);
  expect(project.exists(".zenlite")).toBe(false);
});
