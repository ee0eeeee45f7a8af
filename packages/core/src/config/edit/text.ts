// Edits of a configuration file's text: each is made where it stands, and what comes out is read again and compared.
import { extname } from "node:path";
import { ZenliteError } from "../../errors.ts";
import { canonicalJson, isJsonObject, type Json } from "../../json.ts";
import { fieldOf } from "../position.ts";
import { throwTogether } from "../problems.ts";
import { importYaml, readText, type FileText } from "../text.ts";
import { changeDocument } from "./document.ts";
import type { Edit } from "./edit.ts";
import { spliceStep } from "./splice.ts";
import { applyStep, stepsFor, type Step } from "./steps.ts";

/**
 * The text with the edits made, one after the other. `file` tells the format by its name, as when it is read, and stands in errors.
 *
 * Throws what `readText` finds wrong with the text; ZENLITE_CONFIG_INVALID where a path leads through something that has no keys,
 * or to a name that is taken; ZENLITE_CONFIG_NOT_EDITABLE where no text can be found that says what the edit means, as within
 * an alias.
 */
export async function editText(file: string, text: string, edits: readonly Edit[]): Promise<string> {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const source = text.slice(mark.length);
  const read = await readText(file, source);
  throwTogether(read.problems);
  if (edits.length === 0) return text;
  const editing = { file, source, read, edits };
  return mark + ((await editTogether(editing)) ?? (await editOneByOne(editing)));
}

interface Editing {
  readonly file: string;
  readonly source: string;
  readonly read: FileText;
  readonly edits: readonly Edit[];
}

/** All splices, compared once at the end: what nearly always does. */
async function editTogether({ file, source, read, edits }: Editing): Promise<string | undefined> {
  const yaml = await importYaml();
  let text = source;
  let data = read.value;
  for (const edit of edits)
    for (const step of stepsFor(data, edit, read.locate)) {
      const changed = spliceStep(yaml, text, step, isJson(file, text));
      if (changed === undefined) return undefined;
      text = changed;
      data = applyStep(data, step);
    }
  return (await says(file, text, data)) ? text : undefined;
}

/** Each step as well as it can be done: where no splice is exact the document is printed anew, and where that is not, nothing is done. */
async function editOneByOne({ file, source, read, edits }: Editing): Promise<string> {
  const yaml = await importYaml();
  let text = source;
  let data = read.value;
  for (const edit of edits)
    for (const step of stepsFor(data, edit, read.locate)) {
      data = applyStep(data, step);
      const json = isJson(file, text);
      const spliced = spliceStep(yaml, text, step, json);
      const candidates = [() => spliced, () => (json ? undefined : changeDocument(yaml, text, step))];
      const changed = await firstThatSays(file, data, candidates);
      if (changed === undefined) throw notEditable(step, read);
      text = changed;
    }
  return text;
}

async function firstThatSays(
  file: string,
  data: Json,
  candidates: readonly (() => string | undefined)[],
): Promise<string | undefined> {
  for (const candidate of candidates) {
    const text = candidate();
    if (text !== undefined && (await says(file, text, data))) return text;
  }
  return undefined;
}

function notEditable(step: Step, { locate }: FileText): ZenliteError {
  const field = step.path.length === 0 ? "This" : fieldOf(step.path);
  return new ZenliteError(
    "ZENLITE_CONFIG_NOT_EDITABLE",
    `${field} cannot be changed without changing something else.`,
    {
      where: locate(step.path),
      hint: "Change it by hand, or write out what anchors (&name) and aliases (*name) stand for.",
    },
  );
}

/** A file named otherwise may hold JSON too, and then stays JSON. `{}` is both, and YAML is shorter. */
function isJson(file: string, text: string): boolean {
  if (extname(file) === ".json") return true;
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || trimmed === "{}") return false;
  try {
    JSON.parse(trimmed);
    return true;
  } catch {
    return false;
  }
}

async function says(file: string, text: string, data: Json): Promise<boolean> {
  const { value, problems } = await readText(file, text);
  return problems.length === 0 && canonicalJson(withoutEmpty(value)) === canonicalJson(withoutEmpty(data));
}

/** An empty file says what `{}` says, and an empty `orchestrator:` what none says. */
function withoutEmpty(value: Json): Json {
  if (value === null) return {};
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}
