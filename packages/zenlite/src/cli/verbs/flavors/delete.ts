// `zenlite orchestrator flavor delete`: takes the entry that brings a flavor out of the file.
import { ZenliteError, type ComponentType } from "@zenlite/core";
import { shown, type Config, type FlavorSource } from "@zenlite/core/config";
import { changeConfig, refuseInherited } from "../../../client/change-config.ts";
import { tell } from "../components/change.ts";
import { placeText, type JsonFlag } from "../stacks/shared.ts";
import { originText, sourceNamed } from "./shared.ts";

export async function deleteFlavorVerb(type: ComponentType, name: string, flags: JsonFlag): Promise<number> {
  const done = { origin: "", also: [] as readonly FlavorSource[] };
  const change = await changeConfig(process.cwd(), (config) => {
    const source = sourceNamed(config, type, name);
    if (source.builtin)
      throw new ZenliteError(
        "ZENLITE_BUILTIN",
        `The ${type} flavor ${shown(name)} ships with zenlite and cannot be deleted.`,
        {
          hint: `zenlite ${type} flavor list`,
        },
      );
    refuseInherited(config, `The ${type} flavor ${shown(name)}`, source.where);
    // A package is one entry, with all of its flavors.
    const gone = config.flavors.filter((other) => other === source || isSameEntry(other, source));
    refuseUsed(config, gone, `zenlite ${type} flavor delete ${name}`);
    done.origin = originText(source);
    done.also = gone.filter((other) => other !== source);
    return [{ at: ["flavors", entryOf(source)], remove: true }];
  });
  const also = done.also.map((other) => `${other.type} ${JSON.stringify(other.name)}`);
  const others = also.length === 0 ? "" : `, and with it ${also.join(", ")},`;
  const data = { type, name, also: done.also.map((other) => ({ type: other.type, name: other.name })) };
  return tell(flags, change, data, `Deleted ${type} flavor "${name}" (${done.origin})${others}`);
}

function isSameEntry(left: FlavorSource, right: FlavorSource): boolean {
  return left.where !== undefined && left.where.file === right.where?.file && left.where.field === right.where?.field;
}

/** `flavors[2]` → 2: an entry has no other name. */
function entryOf({ where }: FlavorSource): number {
  return Number(/^flavors\[(\d+)\]$/u.exec(where?.field ?? "")?.[1]);
}

function refuseUsed(config: Config, gone: readonly FlavorSource[], again: string): void {
  const users = config.components.filter((component) =>
    gone.some((source) => source.type === component.type && source.name === component.flavor),
  );
  if (users.length === 0) return;
  const [first] = gone;
  const list = users.map((user) => `${user.type} ${shown(user.name)} (${placeText(user.where)})`).join(", ");
  throw new ZenliteError("ZENLITE_FLAVOR_USED", `The flavor is used by ${list}.`, {
    ...(first?.where === undefined ? {} : { where: first.where }),
    hint: [...users.map((user) => `zenlite ${user.type} delete ${user.name}`), again].join("\n"),
  });
}
