// What a step is called with, as the graph keeps it: references, literals, and lists of either.
import { ZenliteError, type Input } from "@zenlite/core";
import { segment, toData } from "./data.ts";
import { callOf, checkOrigin, isReference, originOf } from "./references.ts";

/** Throws ZENLITE_INPUTS_INVALID, ZENLITE_PARAMETER_NOT_DATA, ZENLITE_REF_FOREIGN. */
export function readInputs(step: string, given: readonly unknown[], trace: object): { [name: string]: Input } {
  const fail = (what: string, hint: string): never => {
    throw new ZenliteError("ZENLITE_INPUTS_INVALID", `Step "${step}" is called with ${what}`, { hint });
  };
  const form = `${step}({ xTrain, yTrain })`;
  if (given.length > 1) return fail(`${given.length} arguments; a step takes one object of named inputs.`, form);
  const [inputs] = given;
  if (inputs === undefined) return {};
  const call = callOf(inputs);
  if (call !== undefined)
    return fail(
      `the whole result of step "${call.step}"; name each input.`,
      `const { model } = ${call.step}(…); ${step}({ model })`,
    );
  if (isReference(inputs)) return fail("a bare reference; name the input.", `${step}({ ${inputs.output} })`);
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs))
    return fail("something else than one object of named inputs.", form);

  const result: Record<string, Input> = {};
  for (const [name, value] of Object.entries(inputs)) {
    // As with any function: an optional input that is undefined is one that is not given.
    if (value === undefined) continue;
    // Own data property even for "__proto__".
    Object.defineProperty(result, name, { value: readInput(value, name, step, trace), enumerable: true });
  }
  return result;
}

function readInput(value: unknown, path: string, step: string, trace: object): Input {
  const owner = `Step "${step}"`;
  if (isReference(value)) {
    checkOrigin({ step: value.step, trace: originOf(value)?.trace ?? value }, trace, `${owner}, input ${path}`);
    return { step: value.step, output: value.output };
  }
  const call = callOf(value);
  if (call !== undefined)
    throw new ZenliteError(
      "ZENLITE_INPUTS_INVALID",
      `${owner}: input ${path} is the whole result of step "${call.step}".`,
      {
        hint: `Choose one of its outputs: const { model } = ${call.step}(…), or ${call.step}(…).output where it returns a single value.`,
      },
    );
  if (Array.isArray(value) && holdsReference(value))
    return {
      list: Array.from(value, (item: unknown, index) => readInput(item, `${path}${segment(index)}`, step, trace)),
    };
  return { value: toData(value, path, `${owner}, input`) };
}

/** Also in lists of lists: a fan-in may be nested. */
function holdsReference(list: readonly unknown[]): boolean {
  return list.some((item) => originOf(item) !== undefined || (Array.isArray(item) && holdsReference(item)));
}

/** The id of a call that an argument of `after()` names. */
export function readEarlier(step: string, value: unknown, index: number, trace: object): string {
  const owner = `Step "${step}", argument ${index + 1} of after(),`;
  const origin = originOf(value);
  if (origin === undefined)
    throw new ZenliteError("ZENLITE_INPUTS_INVALID", `${owner} is no result of a step.`, {
      hint: `const checked = checker(); ${step}.after(checked)({ … })`,
    });
  checkOrigin(origin, trace, owner);
  return origin.step;
}
