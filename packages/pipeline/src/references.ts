// References: what a call of a step gives while a pipeline is traced. Which outputs there are is known only when the step has
// run, so every property of a call's result is a reference; each of the usual mistakes with them is answered with an explanation.
import { ZenliteError } from "@zenlite/core";
import { callSymbol, refSymbol } from "./symbols.ts";

/** A reference as the tracer sees it. `refSymbol` holds the trace it belongs to. */
export interface Reference {
  readonly step: string;
  readonly output: string;
  readonly [refSymbol]: object;
}

export function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && refSymbol in value;
}

/** The whole result of a call, as the tracer sees it. */
export interface Call {
  readonly step: string;
  readonly trace: object;
}

/** The call whose whole result the value is. */
export function callOf(value: unknown): Call | undefined {
  if (typeof value !== "object" || value === null || !(callSymbol in value)) return undefined;
  return value[callSymbol] as Call;
}

/** The call that a reference or a whole result comes from. */
export function originOf(value: unknown): Call | undefined {
  return isReference(value) ? { step: value.step, trace: value[refSymbol] } : callOf(value);
}

/** A reference kept in a variable outside of the body belongs to an earlier trace, where its id may mean another call. */
export function checkOrigin(origin: Call, trace: object, owner: string): void {
  if (origin.trace === trace) return;
  throw new ZenliteError(
    "ZENLITE_REF_FOREIGN",
    `${owner} is a result of step "${origin.step}" from an earlier run of a pipeline's body.`,
    {
      hint: `Call ${origin.step} inside this body and use what it gives here.`,
    },
  );
}

// Shared by all references. Text or number out of a reference would silently put "[object Object]" into the plan.
const referencePrototype = {
  [Symbol.toPrimitive](this: Reference): never {
    throw new ZenliteError(
      "ZENLITE_REF_NOT_A_VALUE",
      `The output "${this.output}" of step "${this.step}" is used as a value, but a pipeline's body runs before its steps do.`,
      { hint: "Give the reference to a step, and compute there." },
    );
  },
};

function makeReference(step: string, output: string, trace: object): Reference {
  const reference: object = Object.create(referencePrototype);
  Object.defineProperty(reference, refSymbol, { value: trace });
  return Object.freeze(Object.assign(reference, { step, output })) as Reference;
}

/** What a call of a step gives. */
export function makeReferences(step: string, trace: object): object {
  const made = new Map<string, Reference>();
  const call: Call = Object.freeze({ step, trace });
  const unknownNames = (): never => {
    throw new ZenliteError(
      "ZENLITE_REF_NOT_A_VALUE",
      `The outputs of step "${step}" are listed in the pipeline's body (a spread or "...rest"), but they are known only when it has run.`,
      { hint: `Name what you need: const { model } = ${step}(…)` },
    );
  };
  // The target is what console.log shows: inspection does not pass through the traps.
  return new Proxy(
    { step, outputs: "known when the step has run" },
    {
      get(_target, key) {
        if (key === callSymbol) return call;
        if (key === "then") throw awaited(step);
        if (key === "toJSON") return () => ({ step, outputs: [...made.keys()] });
        if (key === Symbol.toPrimitive) return unknownNames;
        if (typeof key === "symbol") return undefined;
        let reference = made.get(key);
        if (reference === undefined) {
          reference = makeReference(step, key, trace);
          made.set(key, reference);
        }
        return reference;
      },
      has: (_target, key) => key === callSymbol || (typeof key === "string" && key !== "then" && key !== "toJSON"),
      ownKeys: unknownNames,
      set: () => false,
      deleteProperty: () => false,
      defineProperty: () => false,
    },
  );
}

/** `await trainer(…)` and an async body both end here: neither has anything to wait for. */
function awaited(step: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_PIPELINE_ASYNC",
    `The call of step "${step}" is awaited, but in a pipeline's body it gives references at once: the step runs later.`,
    { hint: `Write const { … } = ${step}(…) without await, in a body that is not async.` },
  );
}
