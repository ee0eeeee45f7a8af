// What a step gives: named outputs, each stored under a key of the attempt.
import { messageOf, ZenliteError, type Manifest } from "@zenlite/core";
import { isArtifactFile, type AnyMaterializer, type StepDefinition } from "@zenlite/pipeline";
import { checkKeyPart, layout } from "@zenlite/records";
import { storeArtifact } from "./artifacts.ts";
import type { ExecuteOptions } from "./execute.ts";
import { mapLimited, transfers } from "./limit.ts";
import { materializerFor } from "./materializers/custom.ts";

/** An object of named outputs; any other value is one output of the name `output`; nothing is none. */
function namedOutputs(result: unknown, materializers: readonly AnyMaterializer[]): [string, unknown][] {
  if (result === undefined) return [];
  const single = (): [string, unknown][] => [["output", result]];
  if (typeof result !== "object" || result === null || Array.isArray(result) || isArtifactFile(result)) return single();
  const prototype: unknown = Object.getPrototypeOf(result);
  const plain = prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && materializerFor(result, materializers) === undefined ? Object.entries(result) : single();
}

/** Throws ZENLITE_OUTPUT_NAME, and what `storeArtifact` throws. */
export async function storeOutputs(
  result: unknown,
  definition: StepDefinition,
  options: ExecuteOptions,
): Promise<{ [output: string]: Manifest }> {
  const { word, store, signal } = options;
  const step = word.step.id;
  const named = namedOutputs(result, definition.materializers);
  for (const [output] of named) checkOutputName(step, output);
  const manifests = await mapLimited(named, transfers, async ([output, value]) => {
    const key = layout.artifact(word.run, step, word.attempt, output);
    return storeArtifact(value, {
      store,
      call: { signal },
      step,
      output,
      key,
      materializers: definition.materializers,
    });
  });
  return Object.fromEntries(named.map(([output], index) => [output, manifests[index] as Manifest]));
}

function checkOutputName(step: string, output: string): void {
  try {
    checkKeyPart(output);
    if (output !== "*" && output !== "then") return;
  } catch (cause) {
    throw new ZenliteError(
      "ZENLITE_OUTPUT_NAME",
      `Step "${step}" returns an output of the name ${JSON.stringify(output)}: ${messageOf(cause)}`,
      {
        cause,
        hint: "Outputs are named like variables: return { model, accuracy }. A mapping with free keys is a value: return { scores }.",
      },
    );
  }
  throw new ZenliteError(
    "ZENLITE_OUTPUT_NAME",
    `Step "${step}" returns an output of the name "${output}", which has a meaning of its own.`,
    {
      hint: "Choose another name.",
    },
  );
}
