// `zenlite orchestrator delete` and its like: refused while something uses the component.
import { ZenliteError, type ComponentType } from "@zenlite/core";
import { shown } from "@zenlite/core/config";
import { changeConfig } from "../../../client/change-config.ts";
import { placeText, type JsonFlag } from "../stacks/shared.ts";
import { refuseForeign, tell } from "./change.ts";
import { componentNamed, usersOf } from "./declared.ts";

export async function deleteVerb(type: ComponentType, name: string, flags: JsonFlag): Promise<number> {
  const change = await changeConfig(process.cwd(), (config) => {
    const component = componentNamed(config, type, name);
    refuseForeign(config, component, "deleted");
    const { stacks, components } = usersOf(config, component);
    // The stack that exists without configuration falls back on the builtin component.
    const written = stacks.filter(({ where }) => where !== undefined);
    const users = [
      ...written.map((stack) => `stack ${shown(stack.name)} (${placeText(stack.where)})`),
      ...components.map((user) => `${user.type} ${shown(user.name)} (${placeText(user.where)})`),
    ];
    if (users.length > 0)
      throw new ZenliteError("ZENLITE_COMPONENT_USED", `The ${type} ${shown(name)} is used by ${users.join(", ")}.`, {
        ...(component.where === undefined ? {} : { where: component.where }),
        hint: [
          ...written.map((stack) => `zenlite stack delete ${stack.name}`),
          ...components.map((user) => `zenlite ${user.type} disconnect ${user.name}`),
          `zenlite ${type} delete ${name}`,
        ].join("\n"),
      });
    return [{ at: [type, name], remove: true }];
  });
  return tell(flags, change, { type, name }, `Deleted ${type} "${name}"`);
}
