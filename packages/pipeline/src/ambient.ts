// While a pipeline is traced, and only then, one slot of the global object holds the tracer. The compiler and the code bundle have
// a copy of this package each; the slot's name carries the number of the contract by which the copies understand each other.
import { ZenliteError } from "@zenlite/core";
import type { StepDefinition } from "./types.ts";

export const contract = 1;
const slotName = "zenlite.trace@";
const slot = Symbol.for(`${slotName}${contract}`);

export interface Tracer {
  readonly pipeline: string;
  /** Adds a call; gives the references to its outputs. */
  call(step: object, definition: StepDefinition, inputs: readonly unknown[], earlier: readonly unknown[]): unknown;
  /** Path of the module that holds this tracer. */
  readonly place: string | undefined;
}

/** The tracer of the pipeline whose body runs now. Throws ZENLITE_COPIES where another contract's tracer is at work. */
export function currentTracer(): Tracer | undefined {
  const tracer: unknown = Reflect.get(globalThis, slot);
  if (isTracer(tracer)) return tracer;
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (symbol.description?.startsWith(slotName) !== true) continue;
    const other: unknown = Reflect.get(globalThis, symbol);
    const place = typeof other === "object" && other !== null && "place" in other ? String(other.place) : undefined;
    throw copiesError(place, symbol.description.slice(slotName.length));
  }
  return undefined;
}

/** Runs `body` with the tracer in the slot. */
export function withTracer<T>(tracer: Tracer, body: () => T): T {
  Reflect.set(globalThis, slot, tracer);
  try {
    return body();
  } finally {
    Reflect.deleteProperty(globalThis, slot);
  }
}

export function copiesError(otherPlace: string | undefined, otherContract: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_COPIES",
    `Two copies of @zenlite/pipeline that do not understand each other are at work: contract ${contract} in ${
      thisPlace() ?? "an unknown place"
    }, contract ${otherContract} in ${otherPlace ?? "an unknown place"}.`,
    { hint: "npm ls @zenlite/pipeline (then bring both to one version: npm install zenlite@latest)" },
  );
}

/** One pipeline is one graph: what two pipelines share are their steps. */
export function nestedError(inner: string, outer: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_PIPELINE_NESTED",
    `Pipeline "${inner}" is used in the body of pipeline "${outer}": pipelines do not nest.`,
    {
      hint: "Move what both need into an ordinary function that calls the steps, and call it from both bodies.",
    },
  );
}

/** Path of this module, or of the bundle that holds it. Not by import.meta: bundles take that for a package that reads its own files. */
export function thisPlace(): string | undefined {
  return /(?:file:\/\/|\()?(\/[^\s()]+?):\d+:\d+/.exec(new Error("place").stack ?? "")?.[1];
}

function isTracer(value: unknown): value is Tracer {
  return typeof value === "object" && value !== null && "call" in value && typeof value.call === "function";
}
