// The schema files of a project: where they lie and how they are written. They are made from the installed flavors and not committed.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, ZenliteError, type JsonObject } from "@zenlite/core";
import { runConfigurationSchema } from "@zenlite/compiler";
import { configSchema, configuredFolder, ensureStateFolder, findFolders, type Config } from "@zenlite/core/config";
import { describeFlavors, type Descriptions } from "./describe.ts";

export type SchemaName = "config" | "run";

interface SchemaFile {
  /** Absolute. */
  readonly file: string;
  /** False where the file said the same before. */
  readonly changed: boolean;
}

export interface WrittenSchemas extends Descriptions {
  readonly files: { readonly [Name in SchemaName]: SchemaFile };
}

/** In the state folder of the configuration file's own folder, so that a line in that file leads to them from wherever it is read. */
export function schemaFiles(config: Pick<Config, "file" | "stateFolder">): { readonly [Name in SchemaName]: string } {
  const { file } = config;
  const { stateFolder } = file === undefined ? config : findFolders(configuredFolder(file), file);
  const folder = join(stateFolder, "schema");
  return { config: join(folder, "zenliterc.json"), run: join(folder, "run-configuration.json") };
}

export function schemasExist(config: Pick<Config, "file" | "stateFolder">): boolean {
  return Object.values(schemaFiles(config)).every((file) => existsSync(file));
}

export function buildSchema(name: SchemaName, { flavors }: Descriptions): JsonObject {
  return name === "config" ? configSchema(flavors) : runConfigurationSchema(flavors);
}

/** Imports every declared flavor. Throws ZENLITE_STATE_FOLDER. */
export async function writeSchemas(config: Config): Promise<WrittenSchemas> {
  const descriptions = await describeFlavors(config);
  const files = schemaFiles(config);
  const write = (name: SchemaName): Promise<SchemaFile> => writeJson(files[name], buildSchema(name, descriptions));
  await ensureStateFolder(join(files.config, "..", ".."));
  return { ...descriptions, files: { config: await write("config"), run: await write("run") } };
}

/** An editor that watches the file is not woken for nothing. */
async function writeJson(file: string, value: JsonObject): Promise<SchemaFile> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === text) return { file, changed: false };
  try {
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await mkdir(join(file, ".."), { recursive: true });
    await writeFileAtomic(file, text);
  } catch (cause) {
    throw new ZenliteError("ZENLITE_STATE_FOLDER", `${file} cannot be written: ${messageOf(cause)}`, {
      cause,
      fault: "environment",
    });
  }
  return { file, changed: true };
}
