// Writes docs/reference.md from the built packages: every command's help, every flavor's configuration. `--check` fails where it is out of date.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { componentTypes } from "../packages/core/src/index.ts";
import { buildProgram } from "../packages/zenlite/src/cli/program.ts";
import { root } from "./setup.mjs";

const target = join(root, "docs", "reference.md");
const snake = (key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const escape = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function typeText(node) {
  if (node.enum !== undefined) return node.enum.join(", ");
  if (node.type === "array") return `list of ${typeText(node.items ?? {})}`;
  if (node.type === "object" && typeof node.additionalProperties === "object")
    return `mapping to ${typeText(node.additionalProperties)}`;
  return node.type ?? "any";
}

function rows(properties, prefix = "") {
  return Object.entries(properties).flatMap(([key, node]) => {
    const name = `${prefix}${snake(key)}`;
    const fallback = node.default === undefined ? "" : `\`${JSON.stringify(node.default)}\``;
    const own = `| \`${name}\` | ${escape(typeText(node))} | ${fallback} | ${escape(node.description ?? "")} |`;
    return node.properties === undefined ? [own] : [own, ...rows(node.properties, `${name}.`)];
  });
}

async function flavorSections() {
  const sections = [];
  for (const name of readdirSync(join(root, "packages")).toSorted()) {
    const folder = join(root, "packages", name);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const entry of manifest.zenliteFlavors?.flavors ?? []) {
      const { default: flavor } = await import(pathToFileURL(join(folder, "dist", "index.js")).href);
      const schema = flavor.config["~standard"].jsonSchema.input({ target: "draft-2020-12" });
      const table = rows(schema.properties ?? {});
      const head = `### ${entry.type} \`${entry.name}\`\n\n${flavor.description ?? ""} Package: \`${manifest.name}\`.\n`;
      sections.push(`${head}\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n${table.join("\n")}\n`);
    }
  }
  return sections;
}

/** The page of one command, as `--help` prints it in a terminal of 80 columns. */
function help(command) {
  let text = "";
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return `### \`${pathOf(command)}\`\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`;
}

function pathOf(command) {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function leaves(command) {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** Every command once: those that all component types have are shown for the orchestrator. */
function commandSections() {
  const program = buildProgram(async () => {});
  const common = new Set(
    leaves(program.commands.find((command) => command.name() === "orchestrator")).map((command) =>
      pathOf(command).split(" ").slice(2).join(" "),
    ),
  );
  const others = componentTypes.filter((type) => type !== "orchestrator");
  const repeated = (command) => {
    const [, type, ...rest] = pathOf(command).split(" ");
    return others.includes(type) && common.has(rest.join(" "));
  };
  const shown = leaves(program).filter((command) => !repeated(command) && command.name() !== "__complete");
  const note = `The commands of \`zenlite orchestrator\` exist for ${others.map((type) => `\`${type}\``).join(", ")} too.\n`;
  return [note, ...shown.map(help)];
}

const page = `# Reference

Made by \`scripts/generate-reference.mjs\` from the packages; do not edit.

## Commands

${commandSections().join("\n")}
## Flavors

Keys of a component in \`.zenliterc\`, and of \`settings\` in a run configuration.

${(await flavorSections()).join("\n")}`;

if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (readFileSync(target, "utf8") !== page) {
  process.stdout.write("docs/reference.md is out of date: npm run reference\n");
  process.exitCode = 1;
}
