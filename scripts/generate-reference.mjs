// Writes docs/reference.md from the built packages: every command's help, every flavor's configuration. `--check` fails where it is out of date.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, run } from "./setup.mjs";

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

async function help(...words) {
  const { output } = await run("node", [join(root, "packages", "zenlite", "bin", "zenlite.js"), ...words, "--help"], {
    quiet: true,
  });
  return `### \`zenlite ${words.join(" ")}\`\n\n\`\`\`text\n${output.trim()}\n\`\`\`\n`;
}

const verbs = [
  ["run"],
  ...["list", "show", "logs", "explain", "cancel", "resume"].map((verb) => ["runs", verb]),
  ["artifacts", "show"],
  ["stack", "list"],
  ["clean"],
];
const commands = [];
for (const words of verbs) commands.push(await help(...words));
const page = `# Reference

Made by \`scripts/generate-reference.mjs\` from the packages; do not edit.

## Commands

${commands.join("\n")}
## Flavors

Keys of a component in \`.zenliterc\`, and of \`settings\` in a run configuration.

${(await flavorSections()).join("\n")}`;

if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (readFileSync(target, "utf8") !== page) {
  process.stdout.write("docs/reference.md is out of date: npm run reference\n");
  process.exitCode = 1;
}
