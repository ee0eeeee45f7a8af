// A flavor module of the project, imported once to learn what it is. Whatever is wrong with it is a mistake with a place.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  checkFlavor,
  hasCode,
  isJsonObject,
  isZenliteError,
  messageOf,
  nearest,
  ZenliteError,
  type Flavor,
  type Place,
} from "@zenlite/core";
import { moduleTypeRemedy, nameMistake, shown } from "@zenlite/core/config";

export interface ModuleReading {
  /** How errors name the module: as it was typed. */
  readonly title: string;
  /** Default: 10 seconds. */
  readonly limitMilliseconds?: number;
  /**
   * Told where the process ends while the module is still imported: it called process.exit(), or waits for what never comes. It is
   * called from the process's `exit` event, so only what is done at once is done.
   */
  onEnd(error: ZenliteError): void;
}

const shape =
  "A flavor module ends in: export default defineFlavor({ type, name, config, supports, open }). See docs/flavors.md.";

/** Throws ZENLITE_FLAVOR_NOT_FOUND, ZENLITE_FLAVOR_BROKEN, ZENLITE_FLAVOR_INVALID, ZENLITE_CONTRACT_TOO_NEW. */
export async function readFlavorModule(file: string, reading: ModuleReading): Promise<Flavor> {
  refuseMissing(file, reading.title);
  const exported = await importGuarded(file, reading);
  const fail = (message: string): never => {
    throw new ZenliteError("ZENLITE_FLAVOR_INVALID", `${reading.title}: ${message}`, { where: { file }, hint: shape });
  };
  if (!("default" in exported)) {
    const names = Object.keys(exported);
    return fail(`the module has no default export${names.length === 0 ? "" : `; it exports ${names.join(", ")}`}.`);
  }
  const { default: value } = exported;
  if (!isJsonObject(value)) return fail(`the default export is no flavor object but ${kindOf(value)}.`);
  const candidate: { readonly [key: string]: unknown } = value;
  const { type, name } = candidate;
  if (type === undefined && name === undefined)
    return fail("the default export is no flavor: it has neither type nor name.");
  try {
    // The declaration is made from what the module says, so the two agree; a type that there is not is refused in here.
    const flavor = checkFlavor(value, { type: type as Flavor["type"], name: String(name) }, reading.title);
    const mistake = nameMistake(flavor.name);
    return mistake === undefined ? flavor : fail(`${shown(flavor.name)} cannot name a flavor: ${mistake}.`);
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    throw new ZenliteError(error.code, error.message, { where: { file }, hint: error.hint ?? shape });
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "function" ? "a function or class" : `a ${typeof value}`;
}

function refuseMissing(file: string, title: string): void {
  const missing = (message: string, hint: string): never => {
    throw new ZenliteError("ZENLITE_FLAVOR_NOT_FOUND", message, { where: { file }, hint });
  };
  if (existsSync(file)) {
    if (!statSync(file).isDirectory()) return;
    missing(`${title} is a folder.`, `Name a module in it: ${title.replace(/\/$/u, "")}/<flavor>.ts`);
  }
  const folder = dirname(file);
  const found = existsSync(folder) ? nearest(basename(file), readdirSync(folder)) : undefined;
  const near = found === undefined ? undefined : title.slice(0, title.length - basename(file).length) + found;
  missing(
    `There is no module ${title} (looked for ${file}).${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    existsSync(folder) ? `ls ${folder}` : `ls ${dirname(folder)}`,
  );
}

async function importGuarded(
  file: string,
  { title, limitMilliseconds = 10_000, onEnd }: ModuleReading,
): Promise<{ readonly [name: string]: unknown }> {
  const hint =
    "A flavor module only describes the flavor: what takes time or talks to anything belongs into its open().";
  const broken = (message: string): ZenliteError =>
    new ZenliteError("ZENLITE_FLAVOR_BROKEN", `${title}: ${message}`, { where: { file }, hint });
  const listener = (): void =>
    onEnd(
      broken(
        "the process ended while the module was imported: it calls process.exit(), or waits for what never comes.",
      ),
    );
  process.once("exit", listener);
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_resolve, reject) => {
      // It must not keep a process alive that has nothing else to wait for: then the `exit` event tells at once.
      timer = setTimeout(
        () => reject(broken(`its import did not end within ${limitMilliseconds / 1000} s.`)),
        limitMilliseconds,
      ).unref();
    });
    const imported: Promise<{ readonly [name: string]: unknown }> = import(pathToFileURL(file).href);
    return await Promise.race([imported, late]);
  } catch (cause) {
    if (isZenliteError(cause)) throw cause;
    throw await importError(file, title, cause);
  } finally {
    clearTimeout(timer);
    process.off("exit", listener);
  }
}

async function importError(file: string, title: string, cause: unknown): Promise<ZenliteError> {
  const missing = hasCode(cause, "ERR_MODULE_NOT_FOUND")
    ? /Cannot find package '([^']+)'/u.exec(messageOf(cause))?.[1]
    : undefined;
  if (missing !== undefined)
    return new ZenliteError("ZENLITE_FLAVOR_BROKEN", `${title}: the package ${missing} is not installed.`, {
      where: importPlace(file, missing),
      hint: `npm install ${missing}`,
      cause,
    });
  const isSyntax = cause instanceof SyntaxError;
  const place = placeOf(cause) ?? (isSyntax ? await placeByNode(file) : undefined) ?? { file };
  const said = messageOf(cause);
  // The error itself is no cause here: its message is told already.
  return new ZenliteError(
    "ZENLITE_FLAVOR_BROKEN",
    isSyntax ? `${title} cannot be read: ${said}.` : `${title} is there, but importing it failed: ${said}`,
    { where: place, hint: moduleTypeRemedy(cause) ?? `node ${title}` },
  );
}

/** The line that imports the package, where it stands in the module itself. */
function importPlace(file: string, packageName: string): Place {
  const lines = readFileSync(file, "utf8").split("\n");
  for (const [index, line] of lines.entries())
    for (const quote of ['"', "'"]) {
      const column = line.indexOf(`${quote}${packageName}`);
      if (column >= 0) return { file, line: index + 1, column: column + 1 };
    }
  return { file };
}

/**
 * The place in the head of a stack: of a syntax error the file, the line, and a caret under the column; else the first frame in a
 * file that is not Node's.
 */
function placeOf(error: unknown): Place | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  return placeInHead(error.stack) ?? placeInFrame(error.stack);
}

function placeInHead(stack: string): Place | undefined {
  const [head = "", ...lines] = stack.split("\n");
  const { path, line } = /^(?<path>file:\/\/.*|\/.*|[A-Za-z]:[\\/].*):(?<line>\d+)$/u.exec(head)?.groups ?? {};
  if (path === undefined) return undefined;
  const caret = lines.slice(0, 5).find((each) => /^\s*\^+\s*$/u.test(each));
  return { file: pathOf(path), line: Number(line), ...(caret === undefined ? {} : { column: caret.indexOf("^") + 1 }) };
}

function placeInFrame(stack: string): Place | undefined {
  const frame = /(?<path>file:\/\/[^\s()]+|(?<=[\s(])\/[^\s():]+):(?<line>\d+):(?<column>\d+)\)?$/mu.exec(
    stack,
  )?.groups;
  if (frame?.["path"] === undefined) return undefined;
  return { file: pathOf(frame["path"]), line: Number(frame["line"]), column: Number(frame["column"]) };
}

function pathOf(text: string): string {
  return text.startsWith("file:") ? fileURLToPath(text) : text;
}

/**
 * Of some mistakes Node tells the place only where the module is the program that it starts. None of it is run: a module graph
 * that cannot be parsed is not evaluated.
 */
function placeByNode(file: string): Promise<Place | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "ignore", "pipe"], timeout: 5000 });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
    child.on("error", () => resolve(undefined));
    child.on("close", () => resolve(placeInHead(told)));
  });
}
