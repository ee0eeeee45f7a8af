// Which pipeline of a module is meant.
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { ZenliteError, nearest, suggestion } from "@zenlite/core";
import type { LoadedModule, PipelineSummary } from "./trace/protocol.ts";

/** The real path of a module. Throws ZENLITE_MODULE_NOT_FOUND. */
export function findModule(path: string): string {
  const file = resolve(path);
  if (existsSync(file) && statSync(file).isFile()) return realpathSync(file);
  const folder = dirname(file);
  const siblings = existsSync(folder) ? readdirSync(folder).filter((name) => /\.[cm]?[jt]sx?$/.test(name)) : [];
  const near =
    nearest(basename(file), siblings) ?? siblings.find((name) => name.replace(/\.\w+$/, "") === basename(file));
  const isFolder = existsSync(file);
  throw new ZenliteError(
    "ZENLITE_MODULE_NOT_FOUND",
    isFolder
      ? `${path} is a folder, not a module.`
      : `There is no module ${path}.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    {
      where: { file: path },
      hint: "zenlite run <module>[#export], with the module's path: zenlite run pipelines/digits.ts",
    },
  );
}

/**
 * By its export, or by the name that it was given, where only that is known. Throws ZENLITE_PIPELINE_NOT_FOUND,
 * ZENLITE_PIPELINE_AMBIGUOUS. `undefined`: the module has none.
 */
export function choosePipeline(
  loaded: LoadedModule,
  label: string,
  wanted: string | undefined,
  name?: string,
): PipelineSummary | undefined {
  const own = loaded.pipelines.filter((pipeline) => pipeline.export.startsWith(`${label}#`));
  const names = own.map((pipeline) => exportName(pipeline.export));
  if (wanted !== undefined) {
    const found = own.find((pipeline) => exportName(pipeline.export) === wanted);
    if (found !== undefined) return found;
    if (own.length === 0 && !loaded.steps.includes(`${label}#${wanted}`)) return undefined;
    const what = loaded.steps.includes(`${label}#${wanted}`)
      ? "is a step, not a pipeline"
      : "is no pipeline that it exports";
    throw new ZenliteError("ZENLITE_PIPELINE_NOT_FOUND", `${label}: "${wanted}" ${what}.${suggestion(wanted, names)}`, {
      where: { file: label },
      ...(names.length === 0 ? {} : { hint: names.map((name) => `zenlite run ${label}#${name}`).join("\n") }),
    });
  }
  const different = own.filter((pipeline) => pipeline.alias !== true && (name === undefined || pipeline.name === name));
  if (different.length <= 1) return different[0];
  const choices = different.map((pipeline) => exportName(pipeline.export));
  throw new ZenliteError("ZENLITE_PIPELINE_AMBIGUOUS", `${label} exports several pipelines: ${choices.join(", ")}.`, {
    where: { file: label },
    hint: choices.map((name) => `zenlite run ${label}#${name}`).join("\n"),
  });
}

/** For a module without pipelines. */
export function noPipeline(loaded: LoadedModule, label: string, wanted: string | undefined): ZenliteError {
  const elsewhere = loaded.pipelines.filter((pipeline) => pipeline.alias !== true).map((pipeline) => pipeline.export);
  const what = wanted === undefined ? "exports no pipeline" : `exports no pipeline "${wanted}"`;
  const others = elsewhere.length === 0 ? "" : ` It imports ${elsewhere.slice(0, 5).join(", ")}.`;
  return new ZenliteError("ZENLITE_PIPELINE_NONE", `${label} ${what}.${others}`, {
    where: { file: label },
    hint:
      elsewhere[0] === undefined
        ? 'export const digits = pipeline("digits", () => { … })'
        : `zenlite run ${elsewhere[0]}`,
  });
}

function exportName(key: string): string {
  return key.slice(key.lastIndexOf("#") + 1);
}
