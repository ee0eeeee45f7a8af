// `zenlite init`: makes the current folder a place of its own. Asks nothing, changes nothing that is there.
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { hasCode, messageOf, ZenliteError } from "@zenlite/core";
import {
  configFileIn,
  ensureStateFolder,
  findConfigFile,
  findFolders,
  loadConfig,
  type LoadOptions,
} from "@zenlite/core/config";
import { builtins } from "../../client/builtins.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson, progressLog } from "../scope.ts";
import { schemaFiles, schemasExist, writeSchemas } from "./schema/files.ts";

const options: LoadOptions = { builtins, environment: process.env };

export async function initVerb(flags: { readonly json?: true }): Promise<number> {
  const folder = process.cwd();
  const made: string[] = [];
  const there: string[] = [];
  const own = configFileIn(folder);
  // Of a file that is there: whatever is wrong with it shows now and not at the next command.
  if (own !== undefined) await loadConfig(folder, options);
  const above = own === undefined ? findConfigFile(folder) : undefined;

  const stateFolder = join(folder, ".zenlite");
  (existsSync(join(stateFolder, ".gitignore")) ? there : made).push(".zenlite/");
  await ensureStateFolder(stateFolder);
  const file = own ?? join(folder, ".zenliterc");
  (own === undefined ? made : there).push(relative(folder, file));
  if (own === undefined) await createConfig(file);

  // The file is there now, so this is the configuration that every other command in this folder reads.
  const config = await loadConfig(folder, options);
  (schemasExist(config) ? there : made).push(`${relative(folder, join(schemaFiles(config).config, ".."))}/`);
  if (!schemasExist(config))
    for (const { code, message } of (await writeSchemas(config)).problems)
      progressLog.warn(`notice: not in the schemas: ${message} (${code})`);

  const next = nextCommand(
    folder,
    config.flavors.some(({ builtin }) => !builtin),
  );
  if (flags.json === true)
    printJson({ folder, file, stateFolder, made, there, next, ...(above === undefined ? {} : { hides: above }) });
  else print(textOf({ folder, made, there, above, next }));
  return exitCodes.done;
}

interface Outcome {
  readonly folder: string;
  readonly made: readonly string[];
  readonly there: readonly string[];
  readonly above: string | undefined;
  readonly next: string;
}

function textOf({ folder, made, there, above, next }: Outcome): string {
  const lines =
    made.length === 0
      ? [`Nothing to do in ${folder}: ${listed(there)} are there.`]
      : [`Made ${listed(made)} in ${folder}.${there.length === 0 ? "" : ` Already there: ${listed(there)}.`}`];
  if (above !== undefined)
    lines.push(
      `Until now ${above} held for this folder. To build upon it, write into .zenliterc: $import: ${relative(folder, above)}`,
    );
  lines.push(`next: ${next}`);
  return lines.join("\n");
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function nextCommand(folder: string, hasFlavors: boolean): string {
  const { projectFolder } = findFolders(folder, undefined);
  if (!existsSync(join(projectFolder, "package.json"))) return "npm init -y && npm install zenlite";
  try {
    createRequire(join(folder, ".zenliterc")).resolve("zenlite/package.json");
  } catch {
    return "npm install zenlite";
  }
  return hasFlavors
    ? "zenlite stack list"
    : "zenlite run <module>, or to run elsewhere: zenlite orchestrator register --help";
}

/** Never over a file that is there. */
async function createConfig(file: string): Promise<void> {
  try {
    await writeFile(file, template, { flag: "wx" });
  } catch (cause) {
    // Another `init` was faster. A link that leads nowhere is there too, and is no file.
    if (hasCode(cause, "EEXIST") && existsSync(file)) return;
    if (hasCode(cause, "EEXIST"))
      throw new ZenliteError("ZENLITE_CONFIG_UNREADABLE", `${file} is there and cannot be read.`, {
        where: { file },
        hint: `ls -l ${basename(file)}`,
      });
    // A full disk leaves an empty file, which would say that all is well.
    if (!["EACCES", "EPERM", "EROFS"].some((code) => hasCode(cause, code))) await rm(file, { force: true });
    throw new ZenliteError("ZENLITE_CONFIG_NOT_WRITTEN", `${file} cannot be written: ${messageOf(cause)}`, {
      where: { file },
      fault: "environment",
      cause,
    });
  }
}

/** The lines of the example are a sound file once their marks are taken away. */
const template = `# yaml-language-server: $schema=.zenlite/schema/zenliterc.json
# What this project's pipelines can run on: flavors, components and stacks of them. The commands of zenlite write
# here and leave your comments alone; so may you, by hand. More: zenlite --help, and docs/configuration.md of zenlite.
#
# For example, with Docker (npm install @zenlite/orchestrator-docker):
#
# flavors: ["@zenlite/orchestrator-docker"]
#
# orchestrator:
#   containers: { flavor: docker, base_image: "node:24-slim" }
#
# stack:
#   docker: { orchestrator: containers, artifact-store: default }
`;
