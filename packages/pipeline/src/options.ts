// Names and options are checked where they are written, so that the stack of the error leads there. TypeScript finds most of
// it before; this is for JavaScript, and for values that the types cannot hold (a time of -1 s).
import { suggestion, ZenliteError } from "@zenlite/core";

type Kind = "boolean" | "number" | "text" | "mapping" | "list" | "size";
type Shape = { readonly [key: string]: Kind | readonly string[] | Shape };

const common: Shape = {
  cache: "boolean",
  retry: { count: "number", delaySeconds: "number", backoff: "number", jitter: ["none", "full"] },
  timeoutSeconds: "number",
  resources: { cpuCount: "number", memory: "size" },
  secrets: "mapping",
  environment: "mapping",
  settings: "mapping",
};
const shapes = {
  step: { ...common, materializers: "list" },
  pipeline: {
    ...common,
    mode: ["fail_fast", "stop_on_failure", "continue_on_failure"],
    maxParallel: "number",
    parameters: "mapping",
  },
} satisfies { [kind: string]: Shape };

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Throws ZENLITE_STEP_INVALID or ZENLITE_PIPELINE_INVALID. */
export function checkDefinition(kind: "step" | "pipeline", name: unknown, options: unknown, run: unknown): void {
  const fail = (message: string): never => {
    throw new ZenliteError(kind === "step" ? "ZENLITE_STEP_INVALID" : "ZENLITE_PIPELINE_INVALID", message, {
      hint:
        kind === "step"
          ? 'step("trainer", { cache: false }, async ({ xTrain }) => …)'
          : 'pipeline("digits", { maxParallel: 2 }, () => …)',
    });
  };
  if (typeof name !== "string") return fail(`The first argument of ${kind}() is its name; it is ${show(name)}.`);
  if (!namePattern.test(name))
    return fail(
      `${kind} ${JSON.stringify(name)}: a name has 1 to 64 characters A-Z a-z 0-9 _ - and starts with a letter.`,
    );
  if (typeof run !== "function")
    return fail(
      `${kind} "${name}": the last argument is the function ${kind === "step" ? "that runs" : "that calls the steps"}; it is ${show(run)}.`,
    );
  const problem = problemOf(shapes[kind], options, "");
  if (problem !== undefined) return fail(`${kind} "${name}": ${problem}`);
}

function problemOf(shape: Shape, options: unknown, path: string): string | undefined {
  if (!isMapping(options)) return `${path === "" ? "options" : path} is ${show(options)}, expected an object.`;
  for (const [key, given] of Object.entries(options)) {
    const wanted = Object.hasOwn(shape, key) ? shape[key] : undefined;
    const field = path === "" ? key : `${path}.${key}`;
    if (wanted === undefined) return `unknown option "${field}".${suggestion(key, Object.keys(shape))}`;
    if (given === undefined) continue;
    const problem = isShape(wanted) ? problemOf(wanted, given, field) : misfit(wanted, given);
    if (problem !== undefined) return isShape(wanted) ? problem : `${field} is ${show(given)}, expected ${problem}.`;
  }
  return undefined;
}

function isShape(wanted: Kind | readonly string[] | Shape): wanted is Shape {
  return typeof wanted === "object" && !Array.isArray(wanted);
}

/** What was expected, where `given` is something else. */
function misfit(wanted: Kind | readonly string[], given: unknown): string | undefined {
  switch (wanted) {
    case "boolean":
      return typeof given === "boolean" ? undefined : "true or false";
    case "number":
      return typeof given === "number" && Number.isFinite(given) && given >= 0 ? undefined : "a number, 0 or more";
    case "text":
      return typeof given === "string" ? undefined : "a text";
    case "size":
      return typeof given === "string" || typeof given === "number" ? undefined : 'a size such as "4GB", or bytes';
    case "mapping":
      return isMapping(given) ? undefined : "an object";
    case "list":
      return Array.isArray(given) ? undefined : "a list";
    default:
      return typeof given === "string" && wanted.includes(given)
        ? undefined
        : `one of ${wanted.map((choice) => `"${choice}"`).join(", ")}`;
  }
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in a sentence. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return `the function ${value.name || "(without a name)"}`;
  if (typeof value === "object") return value === null ? "null" : "an object";
  const simple = typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
  const text = typeof value === "string" ? JSON.stringify(value) : simple ? String(value) : "a symbol";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
