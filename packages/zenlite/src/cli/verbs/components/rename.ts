// `zenlite orchestrator rename` and its like: the name changes wherever the file uses it.
import { ZenliteError, type ComponentType } from "@zenlite/core";
import { shown, type Config, type Edit } from "@zenlite/core/config";
import { changeConfig, refuseInherited } from "../../../client/change-config.ts";
import type { JsonFlag } from "../stacks/shared.ts";
import { checkName, refuseForeign, set, takenError, tell } from "./change.ts";
import { componentNamed, componentsOf, usersOf } from "./declared.ts";

export async function renameVerb(type: ComponentType, old: string, name: string, flags: JsonFlag): Promise<number> {
  const done = { stacks: [] as readonly string[], components: [] as readonly string[] };
  const change = await changeConfig(process.cwd(), (config) => {
    const component = componentNamed(config, type, old);
    refuseForeign(config, component, "renamed");
    checkName(type, name);
    if (name === old)
      throw new ZenliteError("ZENLITE_ARGUMENT_INVALID", `The ${type} ${shown(old)} has this name already.`, {
        hint: `zenlite ${type} rename ${old} <new name>`,
      });
    const taken = componentsOf(config, type).find((other) => other.name === name);
    if (taken !== undefined) throw takenError(taken, `zenlite ${type} rename ${old} <another name>`);
    const { stacks, components } = usersOf(config, component);
    // The stack that exists without configuration means the component of this very name, which is then the builtin one.
    const written = stacks.filter(({ where }) => where !== undefined);
    for (const stack of written) refuseInherited(config, `The stack ${shown(stack.name)}, which uses it,`, stack.where);
    for (const user of components)
      refuseInherited(config, `The ${user.type} ${shown(user.name)}, which uses it,`, user.where);
    done.stacks = written.map((stack) => stack.name);
    done.components = components.map((user) => user.name);
    return editsOf(type, old, name, { stacks: done.stacks, components });
  });
  const users = [...done.stacks.map((stack) => `stack "${stack}"`), ...done.components.map((user) => `"${user}"`)];
  const also = users.length === 0 ? "" : `, also in ${users.join(", ")},`;
  return tell(flags, change, { type, name, before: old, ...done }, `Renamed ${type} "${old}" to "${name}"${also}`);
}

function editsOf(
  type: ComponentType,
  old: string,
  name: string,
  users: { readonly stacks: readonly string[]; readonly components: Config["components"] },
): readonly Edit[] {
  return [
    { at: [type, old], rename: name },
    ...users.stacks.map((stack): Edit => ({ at: ["stack", stack, type], set: name })),
    ...users.components.map((user) => set(user, "connector", name)),
  ];
}
