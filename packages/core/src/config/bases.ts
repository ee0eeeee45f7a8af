// `$import`: the files that a configuration file builds upon, each read once and in the order in which they count.
import { dirname, resolve } from "node:path";
import { ZenliteError, type Place } from "../errors.ts";
import type { ConfigFile, FileReader } from "./file.ts";
import { readShape, type Declarations, type ProjectFolders } from "./shape.ts";

export interface Reading {
  /** Bases first: what comes later wins. */
  readonly declarations: readonly Declarations[];
  readonly problems: readonly ZenliteError[];
  /** The nearest file first: the order in which problems are told. */
  readonly files: readonly string[];
}

const pathHint = "The path starts at the folder of this file.";

/** Problems: those of each file, ZENLITE_CONFIG_UNREADABLE for a base that is missing, ZENLITE_CONFIG_CYCLE. */
export async function readWithBases(
  nearestFile: ConfigFile,
  reader: FileReader,
  folders: ProjectFolders,
): Promise<Reading> {
  const finished = new Map<string, Declarations>();
  const problems: ZenliteError[] = [];
  const files: string[] = [];
  const visit = async (file: ConfigFile, above: readonly string[]): Promise<void> => {
    files.push(file.file);
    const declarations = readShape(file, folders);
    const chain = [...above, file.file];
    for (const { base, path } of declarations.imports) {
      const baseFile = resolve(dirname(file.file), base);
      const where = file.locate(path);
      if (chain.includes(baseFile))
        problems.push(cycleError([...chain.slice(chain.indexOf(baseFile)), baseFile], where));
      else if (!finished.has(baseFile)) await visit(await readBase(baseFile, where, reader), chain);
    }
    finished.set(file.file, declarations);
    problems.push(...declarations.problems);
  };
  await visit(nearestFile, []);
  return { declarations: [...finished.values()], problems, files };
}

/** That a base cannot be read is a mistake in the line that names it. */
async function readBase(baseFile: string, where: Place, reader: FileReader): Promise<ConfigFile> {
  const read = await reader.read(baseFile);
  const problems = read.problems.map((problem) =>
    problem.code === "ZENLITE_CONFIG_UNREADABLE"
      ? new ZenliteError(problem.code, problem.message, { where, cause: problem.cause, hint: pathHint })
      : problem,
  );
  return { ...read, problems };
}

function cycleError(files: readonly string[], where: Place): ZenliteError {
  return new ZenliteError("ZENLITE_CONFIG_CYCLE", `These files import each other: ${files.join(" → ")}.`, { where });
}
