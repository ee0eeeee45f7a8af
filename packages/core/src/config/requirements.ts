// What the components of one stack ask of each other. Pure.
import type { ComponentType, Supports } from "../components.ts";
import type { Requirement } from "../flavor.ts";
import { canonicalJson, isJsonObject } from "../json.ts";
import type { StackPart } from "./types.ts";

/** What the check needs to know of a component. */
export interface StackMember {
  readonly type: ComponentType;
  readonly name: string;
  readonly flavor: { readonly name: string; readonly requires?: readonly Requirement[] };
  /** Absent where it cannot be told: the component is wrong in itself, or refers to a variable that is not set. */
  readonly supports?: Supports[ComponentType];
  readonly connector?: StackMember;
}

/** Something that a component asks for and does not get. */
export interface Unmet {
  readonly message: string;
  /** The entry of the stack that is to be changed, or that asks. */
  readonly at: ComponentType;
  readonly asking: StackMember;
  /** A component of this type would mend it, where its `supports` fits. */
  readonly wanted: ComponentType;
  readonly fits: (supports: StackMember["supports"]) => boolean;
}

/** Everything that `requires` asks for and that does not hold, and whether steps reach the store. */
export function findUnmet(members: readonly StackMember[]): readonly Unmet[] {
  const withConnectors = members.flatMap((member) => [
    member,
    ...(member.connector === undefined ? [] : [member.connector]),
  ]);
  return [
    ...withConnectors.flatMap((member) =>
      (member.flavor.requires ?? []).flatMap((requirement) => checkRequirement(member, requirement, members)),
    ),
    ...checkReach(members),
  ];
}

function checkRequirement(
  member: StackMember,
  requirement: Requirement,
  members: readonly StackMember[],
): readonly Unmet[] {
  const { type, supports = {}, why } = requirement;
  const wishes = Object.entries(supports);
  const fits = (given: unknown): boolean =>
    wishes.every(([key, wanted]) => isJsonObject(given) && covers(given[key], wanted));
  const unmet = { asking: member, wanted: type, fits };
  const other = type === "service-connector" ? member.connector : members.find((each) => each.type === type);
  if (other === undefined)
    return [{ ...unmet, at: member.type, message: `${titleOf(member)} needs ${article(type)}. ${why}` }];
  const given: unknown = other.supports;
  if (given === undefined) return [];
  return wishes.flatMap(([key, wanted]) => {
    const offered = isJsonObject(given) ? given[key] : undefined;
    if (covers(offered, wanted)) return [];
    const got = offered === undefined ? "does not say" : `has ${JSON.stringify(offered)}`;
    const wish = `${article(type)} with ${key} ${JSON.stringify(wanted)}; ${titleOf(other)} ${got}`;
    return [{ ...unmet, at: type, message: `${titleOf(member)} needs ${wish}. ${why}` }];
  });
}

/** A step that starts elsewhere finds no folder of this machine. */
function checkReach(members: readonly StackMember[]): readonly Unmet[] {
  const orchestrator = members.find(({ type }) => type === "orchestrator");
  const store = members.find(({ type }) => type === "artifact-store");
  if (orchestrator?.supports === undefined || store?.supports === undefined) return [];
  const reaches = "hostFolders" in orchestrator.supports && orchestrator.supports.hostFolders;
  if (reaches || !isLocalStore(store.supports)) return [];
  return [
    {
      message: `steps of ${titleOf(orchestrator)} cannot reach a folder of this machine, and ${titleOf(store)} keeps artifacts in ${store.supports.folder}.`,
      at: "artifact-store",
      asking: orchestrator,
      wanted: "artifact-store",
      fits: (supports) => supports !== undefined && !isLocalStore(supports),
    },
  ];
}

function isLocalStore(
  supports: Supports[ComponentType],
): supports is Extract<Supports["artifact-store"], { readonly local: true }> {
  return "local" in supports && supports.local;
}

/** The parts that a flavor asks for and that the stack does not name. */
export function missingParts(unmet: readonly Unmet[], named: readonly ComponentType[]): readonly StackPart[] {
  const parts = unmet.flatMap(({ wanted }) =>
    wanted === "service-connector" || named.includes(wanted) ? [] : [wanted],
  );
  return [...new Set(parts)];
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
