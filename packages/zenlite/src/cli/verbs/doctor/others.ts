// What the stack in use does not need: a mistake there is a hint and no more.
import { checkComponent, checkStack, openCheck, type ComponentDeclaration, type Config } from "@zenlite/core/config";
import { problem, type Finding } from "./finding.ts";
import { examineComponent, membersOf, type StackExamination } from "./stack.ts";

/** Other stacks and components, and flavors that nothing uses yet: what is wrong with them stops no run now. */
export async function examineOthers(
  config: Config,
  { declaration, resolved }: StackExamination,
): Promise<readonly Finding[]> {
  const stacks = config.stacks.filter(({ name }) => name !== declaration?.name);
  const unfit = await Promise.all(stacks.map((stack) => checkStack(config, stack, { lenient: true })));
  const active = new Set(
    (resolved === undefined ? [] : membersOf(resolved)).map(({ type, name }) => `${type}/${name}`),
  );
  const partOf = Object.entries(declaration?.components ?? {}).map(([type, name]) => `${type}/${name}`);
  const left = config.components.filter(({ type, name, where }) => {
    const key = `${type}/${name}`;
    return where !== undefined && !active.has(key) && !partOf.includes(key);
  });
  const check = openCheck(false);
  const reached = await Promise.all(
    left.map(async (component) => {
      const found = await checkComponent(config, component.type, component, check);
      const problems = found.problems.map((error) => problem(component.type, "warn", error));
      return found.component === undefined
        ? problems
        : [...problems, ...(await examineComponent(config, found.component, "warn"))];
    }),
  );
  const bare = await Promise.all(
    bareFlavors(config).map(async (component) => {
      const found = await checkComponent(config, component.type, component, check);
      // Without a component nobody has said what it needs, so only what needs nothing can be asked.
      return found.component === undefined ? [] : examineComponent(config, found.component, "warn");
    }),
  );
  return [
    ...unfit.flatMap(({ problems }) => problems.map((error) => problem("stack", "warn", error))),
    ...reached.flat(),
    ...bare.flat(),
  ];
}

/** Declared flavors that no component uses, as components without any configuration. */
function bareFlavors(config: Config): readonly ComponentDeclaration[] {
  const { projectFolder, stateFolder } = config;
  return config.flavors
    .filter(
      ({ builtin, type, name }) =>
        !builtin && !config.components.some((each) => each.type === type && each.flavor === name),
    )
    .map(({ type, name, where }) => ({
      type,
      name,
      flavor: name,
      config: {},
      place: { projectFolder, stateFolder, configFolder: projectFolder },
      style: "snake",
      locate: () => where ?? {},
    }));
}
