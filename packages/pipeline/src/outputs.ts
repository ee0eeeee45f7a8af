// What a pipeline's body returns, as the graph keeps it.
import { suggestion, ZenliteError, type GraphOutputs } from "@zenlite/core";
import { show } from "./options.ts";
import { isPlain, segment } from "./data.ts";
import { callOf, checkOrigin, isReference, originOf } from "./references.ts";

/**
 * The output of a leaf that stands for all outputs of its step: `return { training: trainer(…) }`. Which those are is known when
 * the step has run. `return trainer(…)` alone is such a leaf under the key of the same name.
 */
export const allOutputs = "*";

type Leaf = { readonly step: string; readonly output: string };

/** Throws ZENLITE_PIPELINE_RETURN naming the path, ZENLITE_PIPELINE_ASYNC. */
export function readOutputs(returned: unknown, pipeline: string, trace: object): GraphOutputs {
  const ancestors = new Set<object>();
  const fail = (path: string, what: string, hint = "return { model, accuracy }"): never => {
    const place = path === "" ? "" : ` at ${path.replace(/^\./, "")}`;
    throw new ZenliteError(
      "ZENLITE_PIPELINE_RETURN",
      `Pipeline "${pipeline}" returns ${what}${place}; it may return outputs of steps only.`,
      {
        hint,
      },
    );
  };

  function read(value: unknown, path: string): Leaf | GraphOutputs {
    const origin = originOf(value);
    if (origin !== undefined) {
      checkOrigin(
        origin,
        trace,
        `What pipeline "${pipeline}" returns${path === "" ? "" : ` at ${path.replace(/^\./, "")}`}`,
      );
      return { step: origin.step, output: isReference(value) ? value.output : allOutputs };
    }
    if (typeof value !== "object" || value === null || Array.isArray(value) || !isPlain(value))
      return fail(path, Array.isArray(value) ? "a list" : inWords(value));
    if (ancestors.has(value)) return fail(path, "a reference back to an object around it");
    ancestors.add(value);
    const result: Record<string, Leaf | GraphOutputs> = {};
    for (const [key, nested] of Object.entries(value))
      Object.defineProperty(result, key, { value: read(nested, path + segment(key)), enumerable: true });
    ancestors.delete(value);
    return result;
  }

  if (returned === undefined) return {};
  const call = callOf(returned);
  if (call !== undefined) return { [allOutputs]: read(returned, "") };
  if (isReference(returned)) return fail("", "a bare reference", `return { ${returned.output} }`);
  if (typeof returned === "object" && returned !== null && "then" in returned) throw asyncError(pipeline, returned);
  return read(returned, "") as GraphOutputs;
}

/** A body that returns a promise has called only the steps before its first `await`. */
export function asyncError(pipeline: string, promise?: object): ZenliteError {
  // What the promise rejects with (an awaited reference) says the same: it must not end the process as well.
  if (promise instanceof Promise) promise.catch(() => {});
  return new ZenliteError(
    "ZENLITE_PIPELINE_ASYNC",
    `The body of pipeline "${pipeline}" is async; it must be synchronous.`,
    {
      hint: "Take away async and await: a call of a step gives references at once, and the steps run later. What has to be awaited belongs into a step.",
    },
  );
}

/**
 * The same with every `*` become the outputs that the step gave, so that each leaf names one artifact. `namesOf` says which those
 * are, or nothing where the step did not complete.
 */
export function expandOutputs(
  outputs: GraphOutputs,
  namesOf: (step: string) => readonly string[] | undefined,
): GraphOutputs {
  const result: Record<string, Leaf | GraphOutputs> = {};
  const expand = (leaf: Leaf): GraphOutputs =>
    Object.fromEntries((namesOf(leaf.step) ?? []).map((output) => [output, { step: leaf.step, output }]));
  for (const [key, value] of Object.entries(outputs)) {
    if (!isLeaf(value)) result[key] = expandOutputs(value, namesOf);
    else if (value.output !== allOutputs) result[key] = value;
    else if (key === allOutputs) Object.assign(result, expand(value));
    else result[key] = expand(value);
  }
  return result;
}

/** A record that happens to have the keys `step` and `output` holds records there, not texts. */
export function isLeaf(value: Leaf | GraphOutputs): value is Leaf {
  return typeof value["step"] === "string" && typeof value["output"] === "string";
}

/** For clients that look an output up by name. */
export function missingOutput(step: string, output: string, known: readonly string[]): ZenliteError {
  const said = known.length === 0 ? "It gave none." : `It gave: ${known.join(", ")}.`;
  return new ZenliteError(
    "ZENLITE_OUTPUT_MISSING",
    `Step "${step}" gave no output "${output}".${suggestion(output, known)}`,
    {
      hint: known.length > 12 ? "zenlite runs show" : `${said} An output is a key of the object that the step returns.`,
    },
  );
}

function inWords(value: unknown): string {
  if (typeof value === "object" && value !== null) return `an instance of ${value.constructor?.name ?? "a class"}`;
  if (value === undefined || value === null) return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return `the ${typeof value} ${show(value)}`;
}
