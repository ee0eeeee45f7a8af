// Images that a plan needs: found, or built once, and pushed where the stack names a registry. Only native packages make one necessary.
import { ZenliteError, type ImageRecipe, type Plan, type RunEvent } from "@zenlite/core";
import { openComponent } from "@zenlite/core/config";
import { digestOfJson, hexOf } from "@zenlite/records";
import type { Session } from "./session.ts";

/** Step → the reference that a launcher starts from. Steps without an image are left out. */
export async function ensureImages(
  session: Session,
  plan: Plan,
  emit: (event: RunEvent) => void,
  runId: string,
): Promise<{ readonly [step: string]: string }> {
  const recipes = new Map<string, { readonly recipe: ImageRecipe; readonly steps: string[] }>();
  const images: Record<string, string> = {};
  for (const step of plan.steps) {
    if (step.image === undefined) continue;
    const { recipe } = step.image;
    if (recipe === undefined) {
      images[step.id] = step.image.base;
      continue;
    }
    const key = digestOfJson(recipe);
    const entry = recipes.get(key) ?? { recipe, steps: [] };
    entry.steps.push(step.id);
    recipes.set(key, entry);
  }
  if (recipes.size === 0) return images;

  const component = session.stack.components["image-builder"];
  if (component === undefined) {
    const [first] = [...recipes.values()];
    const packages = first?.recipe.packages.map(({ name }) => name).join(", ");
    throw new ZenliteError(
      "ZENLITE_IMAGE_BUILDER_MISSING",
      `Step ${first?.steps.join(", ")} needs an image with native packages (${packages}), and stack "${session.stack.name}" has no image builder.`,
      {
        hint:
          "npm install @zenlite/image-builder-docker, then add it to .zenliterc:\n" +
          'flavors: ["@zenlite/image-builder-docker"]\nimage-builder:\n  builder: { flavor: docker }',
      },
    );
  }
  if (component.assumed !== undefined)
    emit({ event: "notice", at: new Date().toISOString(), runId, message: component.assumed });
  const { signal, log } = session;
  const options = { where: "client", signal, log } as const;
  await using builder = await openComponent(component, options);
  const named = session.stack.components["container-registry"];
  await using registry = named === undefined ? undefined : await openComponent(named, options);
  for (const [digest, { recipe, steps }] of recipes) {
    // With a registry the builder asks there first: the same image for everybody.
    const there = registry === undefined ? await builder.find(recipe, { signal }) : undefined;
    const built = there ?? (await build(hexOf(digest as `sha256:${string}`).slice(0, 12), recipe));
    for (const step of steps) images[step] = built.reference;
  }
  return images;

  async function build(name: string, recipe: ImageRecipe): Promise<{ readonly reference: string }> {
    const started = performance.now();
    const head = { runId, image: name };
    const at = (): string => new Date().toISOString();
    let begun = false;
    // An image that the registry has already is nothing to tell of.
    const begin = (): void => {
      if (!begun) emit({ event: "image.building", at: at(), ...head });
      begun = true;
    };
    if (registry === undefined) begin();
    const result = await builder.build(recipe, {
      signal,
      ...(registry === undefined ? {} : { push: registry }),
      progress(line) {
        begin();
        emit({ event: "image.building", at: at(), ...head, line });
      },
    });
    if (begun) emit({ event: "image.built", at: at(), ...head, seconds: (performance.now() - started) / 1000 });
    return result;
  }
}
