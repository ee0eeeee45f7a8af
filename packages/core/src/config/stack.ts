// A stack's name → its components, with flavors loaded, configs checked and requirements met.
import { ZenliteError } from "../errors.ts";
import { findStack } from "./active.ts";
import { sortErrors, throwTogether } from "./problems.ts";
import { unmetError, updateStack, type Mend } from "./remedies.ts";
import { findUnmet, missingParts, type StackMember, type Unmet } from "./requirements.ts";
import { checkComponent, findComponent, openCheck, type CheckContext, type ComponentCheck } from "./resolve.ts";
import type { ComponentDeclaration, Config, ResolvedStack, StackDeclaration, StackPart } from "./types.ts";

export interface StackCheck {
  /** Absent where there are problems, or where a component refers to a variable or secret that is not there. */
  readonly stack?: ResolvedStack;
  readonly problems: readonly ZenliteError[];
  /** Parts that a flavor of the stack requires and that the stack does not name. */
  readonly missing: readonly StackPart[];
}

export interface CheckOptions {
  /** True: variables and secrets that are not there are no problem. They are where something is to run. */
  readonly lenient: boolean;
  /** How hints change the stack; by `zenlite stack update` where not given. */
  readonly mend?: Mend;
}

/**
 * The stack named, or the active one (`chooseStack`). Imports only the flavors of this stack. Throws ZENLITE_STACK_UNKNOWN,
 * or all problems that `checkStack` finds together.
 */
export async function resolveStack(config: Config, name?: string): Promise<ResolvedStack> {
  const declaration = await findStack(config, name);
  const { stack, problems } = await checkStack(config, declaration, { lenient: false });
  throwTogether(problems);
  if (stack === undefined) throw incomplete(declaration);
  return stack;
}

/**
 * Everything that is wrong with a stack, which may be one that no file declares yet: the problems of its components, those of
 * `checkConfig` and of references, and what a flavor `requires` and does not get (ZENLITE_STACK_INVALID), each with the command
 * that mends it. Imports only the flavors of this stack, and of what could take a component's place.
 */
export async function checkStack(
  config: Config,
  declaration: StackDeclaration,
  { lenient, mend = updateStack(declaration.name) }: CheckOptions,
): Promise<StackCheck> {
  const context = openCheck(lenient);
  const check = async <Type extends StackPart>(type: Type): Promise<ComponentCheck<Type> | undefined> => {
    const named = declaration.components[type];
    const found = named === undefined ? undefined : findComponent(config, type, named);
    return found === undefined ? undefined : checkComponent(config, type, found, context);
  };
  const [orchestrator, store, registry, named] = await Promise.all([
    check("orchestrator"),
    check("artifact-store"),
    check("container-registry"),
    check("image-builder"),
  ]);
  const builder =
    declaration.components["image-builder"] === undefined && wantsBuilder(orchestrator?.member)
      ? await assumeBuilder(config, declaration.name, context)
      : named;
  const checks = [orchestrator, store, registry, builder].filter((each) => each !== undefined);
  const unmet = findUnmet(checks.map(({ member }) => member));
  const problems = sortErrors(
    [
      // A flavor that is broken is one problem, however many components use it.
      ...new Set(checks.flatMap((each) => each.problems)),
      ...(await explain(config, declaration, unmet, mend)),
    ],
    config.file === undefined ? [] : [config.file],
  );
  if (orchestrator === undefined || store === undefined)
    return { problems: problems.length > 0 ? problems : [incomplete(declaration)], missing: [] };
  const missing = missingParts(
    unmet,
    checks.map(({ member }) => member.type),
  );
  if (problems.length > 0 || orchestrator.component === undefined || store.component === undefined)
    return { problems, missing };
  if (checks.some(({ component }) => component === undefined)) return { problems, missing };
  const stack: ResolvedStack = {
    name: declaration.name,
    components: {
      orchestrator: orchestrator.component,
      "artifact-store": store.component,
      ...(builder?.component === undefined ? {} : { "image-builder": builder.component }),
      ...(registry?.component === undefined ? {} : { "container-registry": registry.component }),
    },
    notices: [],
  };
  return { stack, problems, missing };
}

function incomplete({ name, locate }: StackDeclaration): ZenliteError {
  return new ZenliteError("ZENLITE_STACK_INVALID", `Stack "${name}" needs an orchestrator and an artifact-store.`, {
    where: locate([]),
    hint: `zenlite stack update ${name} -o <orchestrator> -a <artifact-store>`,
  });
}

/** What is unmet as errors. Only for their hints the other components of a type are looked at. */
async function explain(
  config: Config,
  declaration: StackDeclaration,
  unmet: readonly Unmet[],
  mend: Mend,
): Promise<readonly ZenliteError[]> {
  const context = openCheck(true);
  return Promise.all(
    unmet.map(async (each) => {
      const others = config.components.filter(({ type }) => type === each.wanted);
      const checks = await Promise.all(others.map((other) => checkComponent(config, each.wanted, other, context)));
      const candidates = checks.filter(({ problems }) => problems.length === 0).map(({ member }) => member);
      return unmetError(each, declaration.name, { config, candidates, mend }, declaration.locate([each.at]));
    }),
  );
}

/** Where it cannot be told whether steps start from images, a builder does no harm. */
function wantsBuilder(orchestrator: StackMember | undefined): boolean {
  if (orchestrator === undefined) return false;
  if (orchestrator.flavor.requires?.some(({ type }) => type === "image-builder") === true) return true;
  return (
    orchestrator.supports !== undefined && "image" in orchestrator.supports && orchestrator.supports.image !== undefined
  );
}

/** Only some plans make an image, so a stack may leave the builder out: the one that is declared is meant. */
async function assumeBuilder(
  config: Config,
  stack: string,
  context: CheckContext,
): Promise<ComponentCheck<"image-builder"> | undefined> {
  const declared = config.components.filter(({ type }) => type === "image-builder");
  const [only, ...others] = declared.length > 0 ? declared : builderFlavors(config);
  if (only === undefined || others.length > 0) return undefined;
  const check = await checkComponent(config, "image-builder", only, context);
  if (check.component === undefined) return check;
  const assumed = `Stack "${stack}" names no image-builder; the one declared is taken: "${only.name}" (${only.flavor}).`;
  return { ...check, component: { ...check.component, assumed } };
}

/** A declared flavor is a component without any configuration. */
function builderFlavors(config: Config): readonly ComponentDeclaration[] {
  const { projectFolder, stateFolder } = config;
  return config.flavors
    .filter(({ type }) => type === "image-builder")
    .map(({ name, where }) => ({
      type: "image-builder",
      name,
      flavor: name,
      config: {},
      place: { projectFolder, stateFolder, configFolder: projectFolder },
      style: "snake",
      locate: () => where ?? {},
    }));
}
