// What listing costs as whole processes, with every flavor of this repository declared and used, against `node -e 0`.
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printRatio, sideBySide, timeProcess } from "./measure.mjs";
import { makeProject, root, zenlite } from "./project.mjs";

const node = process.execPath;
const rounds = 15;

const packages = readdirSync(join(root, "packages")).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")),
}));
const flavors = packages.flatMap(({ manifest }) =>
  (manifest.zenliteFlavors?.flavors ?? []).map((flavor) => ({ ...flavor, package: manifest.name })),
);
const types = [...new Set(flavors.map(({ type }) => type))];

/** A project whose file declares all flavors, and so many components, of every flavor in turn, and stacks of them. */
function stackProject(components, stacks) {
  const project = makeProject({});
  for (const { folder, manifest } of packages) {
    const link = join(project.folder, "node_modules", manifest.name);
    if (!existsSync(link)) symlinkSync(join(root, "packages", folder), link);
  }
  const named = Array.from({ length: components }, (_, index) => {
    const type = types[index % types.length];
    const ofType = flavors.filter((flavor) => flavor.type === type);
    return { type, name: `${type}_${index}`, flavor: ofType[Math.floor(index / types.length) % ofType.length].name };
  });
  const nth = (type, index) => {
    const all = named.filter((component) => component.type === type);
    return all[index % all.length].name;
  };
  const lines = [
    "flavors:",
    ...[...new Set(flavors.map((flavor) => flavor.package))].map((name) => `  - "${name}"`),
    ...types.flatMap((type) => [
      "",
      `# Every ${type} of the team.`,
      `${type}:`,
      ...named
        .filter((component) => component.type === type)
        .flatMap(({ name, flavor }) => [
          `  ${name}:`,
          `    flavor: ${flavor}`,
          ...(type === "orchestrator" && flavor === "docker" ? [`    base_image: "\${env:BASE:-node:24-slim}"`] : []),
        ]),
    ]),
    "",
    "stack:",
    ...Array.from({ length: stacks }, (_, index) => [
      `  stack_${index}:`,
      `    orchestrator: ${nth("orchestrator", index)}`,
      `    artifact-store: ${nth("artifact-store", index)}`,
      ...(types.includes("image-builder") ? [`    image-builder: ${nth("image-builder", index)}`] : []),
    ]).flat(),
    "",
  ];
  writeFileSync(join(project.folder, ".zenliterc"), lines.join("\n"));
  return project;
}

const small = stackProject(flavors.length, 3);
const large = stackProject(200, 50);
const list = (project, noun) => () => timeProcess(node, [zenlite, noun, "list"], { cwd: project.folder });
try {
  const samples = await sideBySide(
    {
      floor: () => timeProcess(node, ["-e", "0"]),
      stacks: list(small, "stack"),
      flavors: list(small, "flavor"),
      manyStacks: list(large, "stack"),
      manyFlavors: list(large, "flavor"),
    },
    rounds,
  );
  const used = `all ${flavors.length} flavors used`;
  printRatio(`zenlite stack list, ${used} ÷ node -e 0`, samples.stacks, samples.floor, 5);
  printRatio(`zenlite flavor list, ${used} ÷ node -e 0`, samples.flavors, samples.floor, 5);
  printRatio("zenlite stack list, 200 components, 50 stacks ÷ node -e 0", samples.manyStacks, samples.floor, 7);
  printRatio("zenlite flavor list, 200 components, 50 stacks ÷ node -e 0", samples.manyFlavors, samples.floor, 7);
} finally {
  small.remove();
  large.remove();
}
