// What a plan asks of the orchestrator and it cannot do is refused by name; what it cannot enforce is said once.
import { ZenliteError, combineErrors, type Resources, type Supports } from "@zenlite/core";
import type { Merged } from "../config/merge.ts";

/** Throws ZENLITE_UNSUPPORTED with everything that cannot be done; returns notices. */
export function refuseUnsupported(
  orchestrator: { readonly name: string; readonly flavor: string },
  whole: Merged,
  wholeSupports: Supports["orchestrator"],
  steps: ReadonlyMap<string, Merged>,
  supportsOf: (merged: Merged) => Supports["orchestrator"],
): readonly string[] {
  const title = `Orchestrator "${orchestrator.name}" (${orchestrator.flavor})`;
  const errors: ZenliteError[] = [];
  const refuse = (message: string, hint: string): void => {
    errors.push(new ZenliteError("ZENLITE_UNSUPPORTED", `${title} ${message}`, { hint }));
  };
  if (whole.mode !== undefined && !wholeSupports.modes.includes(whole.mode))
    refuse(`does not know execution_mode ${whole.mode}.`, `It knows: ${wholeSupports.modes.join(", ")}`);
  if (whole.maxParallel !== undefined && !wholeSupports.maxParallel)
    refuse(
      "cannot limit how many steps run at once.",
      "Take max_parallel out, or choose another stack: --stack <name>",
    );

  const asking = (wants: (merged: Merged) => boolean): readonly string[] =>
    [...steps].filter(([, merged]) => wants(merged)).map(([id]) => id);
  const timed = asking((merged) => merged.timeoutSeconds !== undefined && !supportsOf(merged).timeout);
  if (timed.length > 0)
    refuse(
      `cannot end a step by its timeout: ${list(timed)}.`,
      "Take timeout out, or choose another stack: --stack <name>",
    );
  const retried = asking((merged) => merged.retry.count > 0 && !supportsOf(merged).retry);
  if (retried.length > 0)
    refuse(`cannot try a step again: ${list(retried)}.`, "Take retry out, or choose another stack: --stack <name>");

  const notices: string[] = [];
  const kinds: readonly (keyof Resources)[] = ["cpuCount", "memoryBytes"];
  for (const strict of [true, false]) {
    const loose = kinds.filter(
      (kind) =>
        asking(
          (merged) =>
            (whole.strictResources || merged.strictResources) === strict &&
            merged.resources[kind] !== undefined &&
            !supportsOf(merged).resources.includes(kind),
        ).length > 0,
    );
    if (loose.length === 0) continue;
    const what = loose.map((kind) => (kind === "cpuCount" ? "cpu_count" : "memory")).join(" and ");
    if (strict) refuse(`cannot limit ${what}, and strict_resources is set.`, "Choose another stack: --stack <name>");
    else notices.push(`${title} cannot limit ${what}: steps may use more than resources says.`);
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw combineErrors([first, ...rest]);
  return notices;
}

function list(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(", ") : `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more`;
}
