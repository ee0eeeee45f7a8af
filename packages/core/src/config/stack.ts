// A stack's name → its components, with flavors loaded, configs checked and requirements met.
import type { ComponentType } from "../components.ts";
import { isZenliteError, ZenliteError, type Place } from "../errors.ts";
import { findStack } from "./active.ts";
import { listErrors, throwTogether } from "./problems.ts";
import { checkReach, checkRequirements } from "./requirements.ts";
import { findComponent, resolveComponent, type LoadFlavor } from "./resolve.ts";
import { flavorLoader } from "./sources.ts";
import type { ComponentDeclaration, Config, ResolvedComponent, ResolvedStack, StackPart } from "./types.ts";

/**
 * The stack named, or the active one (`chooseStack`). Imports only the flavors of this stack. Throws ZENLITE_STACK_UNKNOWN,
 * or all problems of its components together: those of `checkConfig` and of references, then ZENLITE_STACK_INVALID.
 */
export async function resolveStack(config: Config, name?: string): Promise<ResolvedStack> {
  const stack = await findStack(config, name);
  const load = flavorLoader();
  const problems = new Set<ZenliteError>();
  const attempt = async <Type extends StackPart>(type: Type): Promise<ResolvedComponent<Type> | undefined> => {
    const named = stack.components[type];
    const declaration = named === undefined ? undefined : findComponent(config, type, named);
    if (declaration === undefined) return undefined;
    try {
      return await resolveComponent(config, type, declaration, load);
    } catch (error) {
      if (!isZenliteError(error)) throw error;
      for (const problem of listErrors(error)) problems.add(problem);
      return undefined;
    }
  };
  const [orchestrator, store, registry, named] = await Promise.all([
    attempt("orchestrator"),
    attempt("artifact-store"),
    attempt("container-registry"),
    attempt("image-builder"),
  ]);
  throwTogether([...problems], config.file === undefined ? [] : [config.file]);
  if (orchestrator === undefined || store === undefined)
    throw new ZenliteError(
      "ZENLITE_STACK_INVALID",
      `Stack "${stack.name}" needs an orchestrator and an artifact-store.`,
      {
        where: stack.locate([]),
      },
    );
  const builder =
    stack.components["image-builder"] === undefined && orchestrator.supports.image !== undefined
      ? await assumeBuilder(config, stack.name, load)
      : named;
  const members = [orchestrator, store, registry, builder].filter((member) => member !== undefined);
  const locate = (type: ComponentType): Place => stack.locate([type]);
  throwTogether([
    ...checkRequirements(stack.name, members, locate),
    ...checkReach(stack.name, orchestrator, store, locate),
  ]);
  return {
    name: stack.name,
    components: {
      orchestrator,
      "artifact-store": store,
      ...(builder === undefined ? {} : { "image-builder": builder }),
      ...(registry === undefined ? {} : { "container-registry": registry }),
    },
    notices: [],
  };
}

/** Only some plans make an image, so a stack may leave the builder out: the one that is declared is meant. */
async function assumeBuilder(
  config: Config,
  stack: string,
  load: LoadFlavor,
): Promise<ResolvedComponent<"image-builder"> | undefined> {
  const declared = config.components.filter(({ type }) => type === "image-builder");
  const [only, ...others] = declared.length > 0 ? declared : builderFlavors(config);
  if (only === undefined || others.length > 0) return undefined;
  const builder = await resolveComponent(config, "image-builder", only, load);
  const assumed = `Stack "${stack}" names no image-builder; the one declared is taken: "${builder.name}" (${builder.flavor.name}).`;
  return { ...builder, assumed };
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
