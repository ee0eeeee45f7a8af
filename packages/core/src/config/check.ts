// Every declared component against its flavor's schema. Imports the flavors that components use.
import type { ZenliteError } from "../errors.ts";
import { listErrors, sortErrors } from "./problems.ts";
import { componentRemedy } from "./remedies.ts";
import { findSource, flavorLoader, titleOf } from "./sources.ts";
import type { Config } from "./types.ts";
import { checkValue } from "./values.ts";

/**
 * Every problem that shows only when flavors are imported, in the order of the text. A flavor that cannot be imported is one
 * problem and leaves the other components checked. Missing variables and secrets are no problems here: listing stacks
 * needs none of them.
 */
export async function checkConfig(config: Config): Promise<readonly ZenliteError[]> {
  return sortErrors(await checkComponents(config), config.file === undefined ? [] : [config.file]);
}

/** As `checkConfig`, in no order. */
export async function checkComponents(config: Config): Promise<readonly ZenliteError[]> {
  const load = flavorLoader();
  const found = await Promise.all(
    config.components.map(async (component) => {
      const { type, flavor, config: written, where, locate, style } = component;
      const source = findSource(config, type, flavor);
      // The components that exist without configuration have nothing to check, and importing their flavors takes time.
      if (source === undefined || where === undefined) return [];
      const loaded = await load(source);
      if ("problem" in loaded) return [loaded.problem];
      const remedy = componentRemedy(component);
      const context = { locate, style, title: titleOf(source), secrets: config.secrets, lenient: true, remedy };
      return (await checkValue(loaded.flavor.config, written, context)).problems;
    }),
  );
  return [...new Set(found.flat())].flatMap(listErrors);
}
