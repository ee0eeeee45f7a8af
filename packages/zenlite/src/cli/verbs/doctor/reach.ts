// Whether a component answers, as the doctor tells it.
import { hasCode, isZenliteError } from "@zenlite/core";
import type { ResolvedComponent } from "@zenlite/core/config";
import { reach } from "../../../client/reach.ts";
import { fine, problem, type Finding, type Level } from "./finding.ts";

/** `level`: how bad it is when it does not answer. Ends after a bounded time whatever the flavor does. */
export async function reachComponent(
  component: ResolvedComponent,
  level: Exclude<Level, "ok">,
  patienceSeconds?: number,
): Promise<readonly Finding[]> {
  const { type } = component;
  try {
    const answer = await reach(component, patienceSeconds);
    return [
      fine(type, `"${component.name}" (${component.flavor.name}) ${answer.text}`),
      ...answer.notices.map((message): Finding => ({ check: type, level: "warn", message })),
    ];
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    // That somebody may not use an engine is the machine's affair, whoever is to mend it.
    const fault = hasCode(error, "ZENLITE_DOCKER_DENIED") ? { fault: "environment" as const } : {};
    return [{ ...problem(type, level, error), ...fault }];
  }
}
