// `zenlite schema`: writes JSON Schemas of what files may say, and says how editors find them.
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { listErrors, readConfig, type Config } from "@zenlite/core/config";
import type { ZenliteError } from "@zenlite/core";
import { builtins } from "../../../client/builtins.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { describeFlavors } from "./describe.ts";
import { buildSchema, writeSchemas, type SchemaName, type WrittenSchemas } from "./files.ts";

export async function schemaVerb(name: SchemaName | undefined, flags: { readonly json?: true }): Promise<number> {
  // What is wrong with the file is no reason to have no help with it.
  const { config, problems } = await readConfig(process.cwd(), { builtins, environment: process.env });
  if (name !== undefined) {
    const descriptions = await describeFlavors(config);
    tell([...problems, ...descriptions.problems]);
    printJson(buildSchema(name, descriptions));
    return exitCodes.done;
  }
  const written = await writeSchemas(config);
  const all = [...problems, ...written.problems];
  if (flags.json === true)
    printJson({
      files: written.files,
      flavors: written.flavors
        .filter((flavor) => flavor.config !== undefined)
        .map(({ type, name }) => ({ type, name })),
      problems: all.map(({ code, message }) => ({ code, message })),
    });
  else {
    tell(all);
    print(await adviceText(config, written));
  }
  return exitCodes.done;
}

function tell(problems: readonly ZenliteError[]): void {
  for (const { code, message } of problems.flatMap(listErrors))
    progressLog.warn(`notice: not in the schemas: ${message} (${code})`);
}

async function adviceText(config: Config, { files, flavors }: WrittenSchemas): Promise<string> {
  const known = flavors.filter((flavor) => flavor.config !== undefined).length;
  const head = Object.values(files).some(({ changed }) => changed) ? "Wrote" : "Up to date:";
  const shown = Object.values(files).map(({ file }) => here(file));
  const lines = [
    `${head} ${shown.join(" and ")}, which know ${known} ${known === 1 ? "flavor" : "flavors"}.`,
    "",
    "Editors find them by a line in the file itself:",
  ];
  lines.push(...(await configLines(config, files.config.file)));
  const runConfiguration = join(dirname(join(files.run.file, "..", "..")), "configs", "training_pipeline.yaml");
  lines.push(`  ${here(runConfiguration)}  ${modeline(runConfiguration, files.run.file)}`);
  lines.push(
    "",
    'VS Code takes .zenliterc for YAML after this setting: "files.associations": { ".zenliterc": "yaml" }',
  );
  lines.push("After a flavor was added or removed: zenlite schema");
  return lines.join("\n");
}

async function configLines(config: Config, schema: string): Promise<readonly string[]> {
  const file = config.file ?? join(dirname(join(schema, "..", "..")), ".zenliterc");
  const shown = here(file);
  const extension = extname(basename(file).replace(/^\./u, ""));
  if (/^\.[cm]?[jt]s$/u.test(extension))
    return [`  ${shown}  is typed: import { defineConfig } from "zenlite"; export default defineConfig({ … });`];
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.includes("zenliterc.json")) return [`  ${shown}  names it already`];
  if (extension === ".json") return [`  ${shown}  "$schema": ${JSON.stringify(pathFrom(file, schema, "./"))}`];
  return [`  ${shown}  ${modeline(file, schema)}`];
}

/** https://github.com/redhat-developer/yaml-language-server#using-inlined-schema */
export function modeline(file: string, schema: string): string {
  return `# yaml-language-server: $schema=${pathFrom(file, schema)}`;
}

function pathFrom(file: string, schema: string, lead = ""): string {
  const path = relative(dirname(file), schema).replaceAll("\\", "/");
  return path.startsWith(".") && !path.startsWith(".zenlite") ? path : `${lead}${path}`;
}

function here(file: string): string {
  return relative(process.cwd(), file);
}
