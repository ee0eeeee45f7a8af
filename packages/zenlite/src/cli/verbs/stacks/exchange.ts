// `zenlite stack export` and `zenlite stack import`: a stack from one project to another.
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hasCode, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";
import {
  checkStack,
  editText,
  exportStack,
  exportText,
  isModule,
  listErrors,
  readStackExport,
  readText,
  throwTogether,
  type Config,
} from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { zenliteVersion } from "../../../client/versions.ts";
import { exitCodes } from "../../exit.ts";
import { print, printJson } from "../../scope.ts";
import { planImport, type ImportPlan } from "./import-plan.ts";
import { fileText, openConfig, stackNamed, type JsonFlag } from "./shared.ts";

export interface ExportFlags extends JsonFlag {
  readonly force?: true;
}

export interface ImportFlags extends JsonFlag {
  readonly name?: string;
}

export async function exportStackVerb(name: string, file: string | undefined, flags: ExportFlags): Promise<number> {
  const config = await openConfig();
  const stack = stackNamed(config, name, (near) => `zenlite stack export ${near}`);
  const document = exportStack(config, stack, zenliteVersion());
  if (file === undefined) {
    if (flags.json === true) printJson(document);
    else process.stdout.write(await exportText(name, document));
    return exitCodes.done;
  }
  await writeExport(resolve(file), await exportText(name, document), name, flags.force === true);
  if (flags.json === true) printJson({ name, file: resolve(file) });
  else print(`Exported stack "${name}" to ${fileText(resolve(file))}.`);
  return exitCodes.done;
}

async function writeExport(file: string, text: string, stack: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? "w" : "wx" });
  } catch (cause) {
    if (hasCode(cause, "EEXIST"))
      throw new ZenliteError("ZENLITE_FILE_EXISTS", `${fileText(file)} is there already.`, {
        where: { file },
        hint: `zenlite stack export ${stack} ${fileText(file)} --force`,
      });
    throw new ZenliteError("ZENLITE_FILE_NOT_WRITTEN", `${fileText(file)} cannot be written: ${messageOf(cause)}`, {
      where: { file },
      cause,
      ...(hasCode(cause, "ENOENT") || hasCode(cause, "EISDIR") ? {} : { fault: "environment" }),
      hint: `zenlite stack export ${stack} <file>`,
    });
  }
}

export async function importStackVerb(file: string, flags: ImportFlags): Promise<number> {
  const path = resolve(file);
  const document = await readText(path, await readImport(path));
  // A file with mistakes gets nothing new: what is missing in it could not be told from what could not be read.
  await openConfig();
  let plan: ImportPlan | undefined;
  const change = await changeConfig(process.cwd(), async (config) => {
    const { exported, problems } = readStackExport(path, document, config);
    throwTogether(problems, [path]);
    if (exported === undefined) return [];
    const retry = `zenlite stack import ${file}`;
    const planned = planImport(config, exported, flags.name ?? exported.stack.name, retry);
    throwTogether(planned.conflicts, [path]);
    if (planned.edits.length > 0) await checkImport(config, planned, path, retry);
    plan = planned;
    return planned.edits;
  });
  const { name = "", added = [], kept = [] } = plan ?? {};
  if (flags.json === true) {
    printJson({ name, added, kept, file: change.file });
    return exitCodes.done;
  }
  for (const title of kept) print(`Kept ${title}: it is there already, with the same content.`);
  for (const title of added) print(`Added ${title}.`);
  print(
    change.changed
      ? `Imported stack "${name}" into ${fileText(change.file)}.`
      : `Stack "${name}" is there already; nothing was changed.`,
  );
  return exitCodes.done;
}

/** What the file would say is checked before it says it; its lines are told as the import's, as they do not stand anywhere yet. */
async function checkImport(config: Config, { edits, name }: ImportPlan, path: string, retry: string): Promise<void> {
  const file = config.file ?? join(config.projectFolder, ".zenliterc");
  if (isModule(file)) return;
  try {
    const text = config.file === undefined ? "" : await readFile(file, "utf8");
    const after = await openConfig({ file, text: await editText(file, text, edits) });
    const stack = after.stacks.find((each) => each.name === name);
    if (stack !== undefined) throwTogether((await checkStack(after, stack, { lenient: true })).problems);
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    throwTogether(
      listErrors(error).map(({ code, message, hint, where, cause, fault }) => {
        const next =
          code === "ZENLITE_FLAVOR_NOT_FOUND"
            ? `Copy the module from the project of the export, then: ${retry}`
            : `${hint ?? ""}\nthen: ${retry}`.trimStart();
        return new ZenliteError(code, message, {
          hint: next,
          where: { file: path, ...(where?.field === undefined ? {} : { field: where.field }) },
          cause,
          fault,
        });
      }),
    );
  }
}

async function readImport(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ZenliteError("ZENLITE_FILE_UNREADABLE", `${fileText(file)} cannot be read: ${messageOf(cause)}`, {
      where: { file },
      cause,
      hint: "zenlite stack export <name> <file>, in the project that has the stack",
    });
  }
}
