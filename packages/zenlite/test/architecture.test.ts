// The walls of the house: which package may lean on which. Read from dependencies, and for core from its imports too.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const packages = join(import.meta.dirname, "..", "..");

interface Manifest {
  readonly name: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
}

const manifests = readdirSync(packages).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8")) as Manifest,
}));

const ours = (name: string): boolean => name === "zenlite" || name.startsWith("@zenlite/");
const short = (name: string): string => name.replace("@zenlite/", "");

/** What each package may depend on of ours. Flavors of a kind share a line: none of them may import another flavor or the scheduler. */
const allowed: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^core$/, []],
  [/^(records|pipeline)$/, ["core"]],
  [/^runtime$/, ["core", "records", "pipeline"]],
  [/^scheduler$/, ["core", "records"]],
  [/^compiler$/, ["core", "records", "pipeline", "runtime"]],
  [/^(artifact-store|registry|image-builder|connector)-/, ["core"]],
  [/^orchestrator-docker$/, ["core"]],
  [/^orchestrator-aws-step$/, ["core", "records"]],
  [/^orchestrator-local$/, ["core", "runtime"]],
  [/^conformance$/, ["core", "records", "pipeline", "compiler", "scheduler", "runtime"]],
  [
    /^zenlite$/,
    ["core", "records", "pipeline", "runtime", "scheduler", "compiler", "orchestrator-local", "artifact-store-local"],
  ],
];

test.each(manifests)("$folder depends only on what the design allows", ({ folder, manifest }) => {
  const rule = allowed.find(([pattern]) => pattern.test(folder));
  expect(rule, `packages/${folder} has no line in the table of allowed arrows`).toBeDefined();
  const arrows = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(ours)
    .map(short);
  expect(arrows.filter((arrow) => !rule?.[1].includes(arrow))).toEqual([]);
});

test.each(manifests.filter(({ manifest }) => manifest.peerDependencies !== undefined))(
  "$folder is a flavor package: core is its peer, so that a project has one core",
  ({ manifest }) => {
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(["@zenlite/core"]);
    expect(Object.keys(manifest.dependencies ?? {})).not.toContain("@zenlite/core");
  },
);

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Statements at the start of a line, and import() of a literal anywhere: the formatter leaves no other form. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  const statements = [...text.matchAll(/^(?:import|export)\s(?:[^;"]*?\sfrom\s)?"([^"]+)";/gm)];
  const calls = [...text.matchAll(/(?:await |=> |typeof )import\("([^"]+)"\)/g)];
  return [...statements, ...calls].map((match) => match[1] ?? "");
}

test("core's main entry imports nothing at all, core/config only cosmiconfig, yaml and Node", () => {
  const root = join(packages, "core", "src");
  for (const file of sources(root)) {
    const config = file.startsWith(join(root, "config"));
    const foreign = importsOf(file).filter((name) => !name.startsWith("."));
    const wrong = foreign.filter(
      (name) => !config || !(name.startsWith("node:") || ["cosmiconfig", "yaml"].includes(name)),
    );
    expect(wrong, file).toEqual([]);
    if (!config)
      expect(
        importsOf(file).filter((name) => name.includes("/config")),
        file,
      ).toEqual([]);
  }
});

const bundledIntoZenlite = [
  "commander",
  "log-update",
  "package-manager-detector",
  "proper-lockfile",
  "write-file-atomic",
];

test.each(manifests)("$folder imports only what it declares", ({ folder, manifest }) => {
  const declared = new Set([manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]);
  // Bundled at build time (see scripts/bundle.mjs): nothing of them is installed with the package.
  const bundled = folder === "zenlite" ? bundledIntoZenlite : [];
  for (const file of sources(join(packages, folder, "src"))) {
    const undeclared = importsOf(file)
      .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !name.includes("*"))
      .map((name) =>
        name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/"),
      )
      .filter((name) => !declared.has(name) && !bundled.includes(name));
    expect(undeclared, file).toEqual([]);
  }
});

test("no flavor imports another flavor or the scheduler", () => {
  const flavors = manifests.filter(({ folder }) =>
    /^(orchestrator|artifact-store|registry|image-builder|connector)-/.test(folder),
  );
  for (const { folder } of flavors)
    for (const file of sources(join(packages, folder, "src")))
      expect(
        importsOf(file).filter((name) =>
          /^@zenlite\/(scheduler|orchestrator|artifact-store|registry|image-builder|connector)/.test(name),
        ),
        file,
      ).toEqual([]);
});
