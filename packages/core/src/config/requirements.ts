// What the components of one stack ask of each other. Pure.
import type { ComponentType } from "../components.ts";
import { ZenliteError, type Place } from "../errors.ts";
import type { Requirement } from "../flavor.ts";
import { canonicalJson, isJsonObject } from "../json.ts";

/** What the check needs to know of a component. */
export interface StackMember {
  readonly type: ComponentType;
  readonly name: string;
  readonly flavor: { readonly name: string; readonly requires?: readonly Requirement[] };
  readonly supports: unknown;
  readonly connector?: StackMember;
}

/** Every requirement that does not hold: ZENLITE_STACK_INVALID, each with the flavor's reason. */
export function checkRequirements(
  stack: string,
  members: readonly StackMember[],
  locate: (type: ComponentType) => Place,
): readonly ZenliteError[] {
  const problem = (type: ComponentType, message: string): ZenliteError =>
    new ZenliteError("ZENLITE_STACK_INVALID", `Stack "${stack}": ${message}`, {
      where: locate(type),
      hint: "zenlite stack list",
    });
  return members.flatMap((member) =>
    (member.flavor.requires ?? []).flatMap((requirement) => {
      const other =
        requirement.type === "service-connector"
          ? member.connector
          : members.find(({ type }) => type === requirement.type);
      if (other === undefined)
        return [problem(member.type, `${titleOf(member)} needs ${article(requirement.type)}. ${requirement.why}`)];
      return Object.entries(requirement.supports ?? {}).flatMap(([key, wanted]) => {
        const given = isJsonObject(other.supports) ? other.supports[key] : undefined;
        if (covers(given, wanted)) return [];
        const got = given === undefined ? "does not say" : `has ${JSON.stringify(given)}`;
        const wish = `${article(requirement.type)} with ${key} ${JSON.stringify(wanted)}; ${titleOf(other)} ${got}`;
        return [problem(requirement.type, `${titleOf(member)} needs ${wish}. ${requirement.why}`)];
      });
    }),
  );
}

/** A step that starts elsewhere finds no folder of this machine. */
export function checkReach(
  stack: string,
  orchestrator: StackMember & { readonly supports: { readonly hostFolders: boolean } },
  store: StackMember & {
    readonly supports: { readonly local: false } | { readonly local: true; readonly folder: string };
  },
  locate: (type: ComponentType) => Place,
): readonly ZenliteError[] {
  if (orchestrator.supports.hostFolders || !store.supports.local) return [];
  const message = `Stack "${stack}": steps of ${titleOf(orchestrator)} cannot reach a folder of this machine, and ${titleOf(store)} keeps artifacts in ${store.supports.folder}.`;
  return [
    new ZenliteError("ZENLITE_STACK_INVALID", message, {
      where: locate("artifact-store"),
      hint: "Name an artifact-store in the stack that is not local.",
    }),
  ];
}

/** Lists may hold more than is wanted, mappings too; anything else is the same or not. */
function covers(given: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(given) && wanted.every((item) => given.some((other) => covers(other, item)));
  if (isJsonObject(wanted))
    return isJsonObject(given) && Object.entries(wanted).every(([key, item]) => covers(given[key], item));
  return given !== undefined && canonicalJson(given) === canonicalJson(wanted);
}

/** `orchestrator "containers" (docker)`. */
export function titleOf(member: Pick<StackMember, "type" | "name" | "flavor">): string {
  return `${member.type} "${member.name}" (${member.flavor.name})`;
}

function article(type: ComponentType): string {
  return /^[aeiou]/u.test(type) ? `an ${type}` : `a ${type}`;
}
