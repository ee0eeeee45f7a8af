// The declared flavors as schemas need them. The one place of the command line that imports every flavor.
import { isJsonObject, isZenliteError, messageOf, ZenliteError } from "@zenlite/core";
import type { JsonObject, StandardSchema } from "@zenlite/core";
import type { Config, FlavorDescription, FlavorSource } from "@zenlite/core/config";

export interface Descriptions {
  readonly flavors: readonly FlavorDescription[];
  /** Why a flavor's keys are not known: ZENLITE_FLAVOR_BROKEN, ZENLITE_FLAVOR_INVALID, ZENLITE_CONTRACT_TOO_NEW. */
  readonly problems: readonly ZenliteError[];
}

export async function describeFlavors(config: Config): Promise<Descriptions> {
  const problems: ZenliteError[] = [];
  const flavors = await Promise.all(
    config.flavors.map(async (source): Promise<FlavorDescription> => {
      const { type, name } = source;
      try {
        const { description, config: schema, settings } = await source.load();
        return {
          type,
          name,
          ...(description === undefined ? {} : { description }),
          config: jsonSchemaOf(schema, source),
          ...(settings === undefined ? {} : { settings: jsonSchemaOf(settings, source) }),
        };
      } catch (error) {
        if (!isZenliteError(error)) throw error;
        problems.push(error);
        return { type, name };
      }
    }),
  );
  return { flavors, problems };
}

/** Throws ZENLITE_FLAVOR_INVALID: JSON Schema cannot say everything that a schema library can. */
function jsonSchemaOf(schema: StandardSchema, { type, name, where }: FlavorSource): JsonObject {
  try {
    const described: unknown = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    if (isJsonObject(described)) return described;
    throw new TypeError("it is no mapping");
  } catch (cause) {
    throw new ZenliteError(
      "ZENLITE_FLAVOR_INVALID",
      `${type} flavor "${name}": its schema cannot be used: ${messageOf(cause)}`,
      { cause, ...(where === undefined ? {} : { where }) },
    );
  }
}
