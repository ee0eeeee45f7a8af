// The commands that mend what is wrong with a stack or a component: hints of errors.
import type { ComponentType } from "../components.ts";
import { ZenliteError } from "../errors.ts";
import { publishedFlavors, publishedPackage } from "./known.ts";
import type { FieldPath } from "./position.ts";
import type { StackMember, Unmet } from "./requirements.ts";
import type { ComponentDeclaration, Config, StackPart } from "./types.ts";

/** The short options of the commands that name a stack's components. */
export const stackOptions: { readonly [Type in StackPart]: string } = {
  orchestrator: "-o",
  "artifact-store": "-a",
  "container-registry": "-c",
  "image-builder": "-i",
};

/** The command that puts a component into the stack that is checked. */
export type Mend = (type: StackPart, name: string) => string;

export function updateStack(stack: string): Mend {
  return (type, name) => `zenlite stack update ${stack} ${stackOptions[type]} ${name}`;
}

/** For what is wrong in a component's config: paths start at its entry. */
export function componentRemedy({
  type,
  name,
  flavor,
}: Pick<ComponentDeclaration, "type" | "name" | "flavor">): (path: FieldPath, kind: "unknown" | "invalid") => string {
  return ([key, ...inside], kind) =>
    kind === "unknown" || key === undefined || inside.length > 0
      ? `zenlite ${type} explain ${flavor}`
      : `zenlite ${type} update ${name} --${key}=<value>`;
}

/** The same as an error of a stack, with the command that mends it: a component that would do, else how to get one. */
export function unmetError(
  unmet: Unmet,
  stack: string,
  {
    config,
    candidates,
    mend,
  }: { readonly config: Config; readonly candidates: readonly StackMember[]; readonly mend: Mend },
  where: ZenliteError["where"],
): ZenliteError {
  const { wanted, asking, fits } = unmet;
  const put: (name: string) => string =
    wanted === "service-connector"
      ? (name) => `zenlite ${asking.type} connect ${asking.name} --connector ${name}`
      : (name) => mend(wanted, name);
  const [first, ...others] = candidates.filter((member) => fits(member.supports)).map(({ name }) => name);
  const hint =
    first === undefined
      ? [...newComponent(wanted, config, candidates), put("<name>")].join("\n")
      : `${put(first)}${others.length === 0 ? "" : ` (or: ${others.slice(0, 5).join(", ")})`}`;
  return new ZenliteError("ZENLITE_STACK_INVALID", `Stack "${stack}": ${unmet.message}`, {
    ...(where === undefined ? {} : { where }),
    hint,
  });
}

/** From a flavor that is there, else from one to install. What did not fit once is not proposed again. */
function newComponent(type: ComponentType, config: Config, tried: readonly StackMember[]): readonly string[] {
  const isNew = (flavor: string): boolean => !tried.some((member) => member.flavor.name === flavor);
  const declared = config.flavors.filter((source) => source.type === type).map(({ name }) => name);
  const register = (flavor: string): string => `zenlite ${type} register <name> -f ${flavor}`;
  const own = declared.find(isNew);
  if (own !== undefined) return [register(own)];
  const published = publishedFlavors(type).find((flavor) => isNew(flavor) && !declared.includes(flavor));
  const packageName = published === undefined ? undefined : publishedPackage(type, published);
  if (published === undefined || packageName === undefined) return [register(declared[0] ?? "<flavor>")];
  return [`npm install ${packageName}`, `zenlite ${type} flavor register ${packageName}`, register(published)];
}
