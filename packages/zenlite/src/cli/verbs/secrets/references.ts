// Which secrets the configuration of this project refers to.
import type { ZenliteError } from "@zenlite/core";
import { listReferences, readConfig, type Config } from "@zenlite/core/config";
import { builtins } from "../../../client/builtins.ts";

export interface SecretReference {
  readonly name: string;
  readonly key: string;
  /** `orchestrator "containers"`. */
  readonly usedBy: string;
}

/** Problems say that not everything could be read. */
export async function readReferences(): Promise<{
  readonly references: readonly SecretReference[];
  readonly problems: readonly ZenliteError[];
}> {
  const { config, problems, complete } = await readConfig(process.cwd(), { builtins, environment: process.env });
  return { references: secretReferences(config), problems: complete ? [] : problems };
}

function secretReferences(config: Pick<Config, "components">): readonly SecretReference[] {
  return config.components.flatMap(({ type, name: component, config: written }) =>
    listReferences(written).flatMap(({ reference }) => {
      if (reference.kind !== "secret") return [];
      const [name = "", key = ""] = reference.name.split(".");
      return [{ name, key, usedBy: `${type} "${component}"` }];
    }),
  );
}
