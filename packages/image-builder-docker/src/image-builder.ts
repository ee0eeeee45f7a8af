/** Builds the image of a recipe on a Docker engine, once; where there is a registry, once for everybody. */
import { type Call, type Digest, type ImageBuilder, type ImageRecipe, ZenliteError } from "@zenlite/core";
import { packContext } from "./build-context.ts";
import { failure, linesOfFailure, passing } from "./build-failure.ts";
import { buildFiles, digestOfRecipe, recipeLabel, referenceOf } from "./dockerfile.ts";
import { openEngine, refusalOf, statusOf } from "./engine.ts";
import { stringAt } from "./json.ts";
import { checkPlatform, samePlatform } from "./platform.ts";
import { follow, type Say } from "./progress.ts";
import { findRegistered, pullRegistered, pushImage, type Berth, type Registered } from "./registered.ts";

export interface ImageBuilderConfig {
  readonly network?: string;
  readonly buildArguments?: { readonly [name: string]: string };
  readonly host?: string;
}

interface Built {
  readonly reference: string;
  readonly digest: Digest;
}

interface Inspected {
  readonly id: string;
  readonly user: string;
  readonly platform: string;
  readonly recipe?: string;
}

/** npm itself tries a request again, but not a download that breaks off in the middle. */
const attempts = 3;

export async function openImageBuilder(config: ImageBuilderConfig): Promise<ImageBuilder & AsyncDisposable> {
  const engine = await openEngine(config.host);

  /** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageInspect */
  async function inspect(reference: string): Promise<Inspected | undefined> {
    try {
      const { Id, Config, Os, Architecture, Variant } = await engine.ask(engine.docker.getImage(reference).inspect());
      // An image made by `docker import` may have no configuration, and one without labels says null.
      const recipe = stringAt(Config, "Labels", recipeLabel);
      return {
        id: Id,
        user: stringAt(Config, "User") ?? "",
        platform: [Os, Architecture, ...(Variant === undefined || Variant === "" ? [] : [Variant])].join("/"),
        ...(recipe === undefined ? {} : { recipe }),
      };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async function find(recipe: ImageRecipe): Promise<Built | undefined> {
    const reference = referenceOf(recipe);
    const found = await inspect(reference);
    if (found?.recipe !== digestOfRecipe(recipe)) return undefined;
    if (recipe.platform !== undefined && !samePlatform(found.platform, recipe.platform)) return undefined;
    return { reference, digest: found.id as Digest };
  }

  let own: Promise<string> | undefined;
  /** The engine's own where the recipe names none. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemVersion */
  async function platformFor({ platform }: ImageRecipe): Promise<string> {
    if (platform !== undefined) return platform;
    own ??= engine.ask(engine.docker.version()).then(({ Os, Arch }) => `${Os}/${Arch}`);
    own.catch(() => (own = undefined));
    return own;
  }

  async function ensureBase(recipe: ImageRecipe, say: Say, signal: AbortSignal): Promise<string> {
    const { base } = recipe;
    const wanted = await platformFor(recipe);
    let found = await inspect(base);
    if (found === undefined || !samePlatform(found.platform, wanted)) {
      const there = found;
      try {
        // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate
        await follow(
          await engine.ask(engine.docker.pull(withTag(base), { platform: wanted, abortSignal: signal })),
          say,
        );
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ZenliteError) throw error;
        if (there === undefined)
          throw new ZenliteError(
            "ZENLITE_IMAGE_NOT_FOUND",
            `There is no base image ${base}: it is not on this engine, and pulling it failed: ${refusalOf(error)}.`,
            {
              where: { field: "base_image" },
              hint: `Check the name: docker pull ${base}`,
              cause: error,
            },
          );
      }
      found = await inspect(base);
    }
    if (found === undefined) return "";
    const hint = `Name a base_image that is there for ${wanted}, or set platform: ${found.platform} on the orchestrator to build and run by emulation.`;
    checkPlatform(`The base image ${base}`, found.platform, wanted, hint);
    return found.user;
  }

  /** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild */
  async function make(recipe: ImageRecipe, say: Say, signal: AbortSignal): Promise<void> {
    const buildArguments = config.buildArguments ?? {};
    const files = buildFiles(recipe, await ensureBase(recipe, say, signal), Object.keys(buildArguments));
    const stream = await engine.ask(
      engine.docker.buildImage(packContext(files), {
        t: referenceOf(recipe),
        rm: true,
        forcerm: true,
        buildargs: buildArguments,
        abortSignal: signal,
        ...(config.network === undefined ? {} : { networkmode: config.network }),
        ...(recipe.platform === undefined ? {} : { platform: recipe.platform }),
      }),
    );
    await follow(stream, say);
  }

  async function buildHere(recipe: ImageRecipe, progress: Say, signal: AbortSignal): Promise<Built> {
    const there = await find(recipe);
    if (there !== undefined) return there;
    for (let attempt = 1; ; attempt += 1) {
      const last: string[] = [];
      const say = (line: string): void => {
        if (last.push(line) > linesOfFailure) last.shift();
        progress(line);
      };
      try {
        await make(recipe, say, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ZenliteError) throw error;
        const why = passing(last, error);
        if (attempt === attempts || why === undefined) throw failure(recipe, last, error);
        progress(`${why}; trying again (${attempt + 1} of ${attempts}).`);
        continue;
      }
      const built = await find(recipe);
      if (built !== undefined) return built;
      const name = referenceOf(recipe);
      const made = await inspect(name);
      if (made !== undefined)
        checkPlatform(`The image ${name}`, made.platform, await platformFor(recipe), "Look at the base image.");
      throw failure(recipe, last, new Error(`the engine has no ${name} after the build`));
    }
  }

  /** Whoever starts from it finds it on this engine, and knows that it is the recipe's. */
  async function fetch(recipe: ImageRecipe, berth: Berth, there: Registered, say: Say, call: Call): Promise<Built> {
    const { reference } = there;
    if ((await inspect(reference)) === undefined) await pullRegistered(engine, berth, there, say, call);
    const found = await inspect(reference);
    if (found?.recipe !== digestOfRecipe(recipe))
      throw new ZenliteError(
        "ZENLITE_IMAGE_FOREIGN",
        `The image ${reference} in the registry was not made by zenlite from the packages that this pipeline needs.`,
        {
          hint: `Delete the tag ${berth.tag} of ${berth.registry.reference(berth.repository)}: zenlite pushes its own.`,
        },
      );
    const hint = `Delete the tag ${berth.tag} there and run again: the image is then built and pushed anew.`;
    checkPlatform(`The image ${reference} in the registry`, found.platform, await platformFor(recipe), hint);
    return there;
  }

  return {
    find: (recipe) => find(recipe),

    async build(recipe, { signal, push: registry, ...build }) {
      if (registry === undefined) return buildHere(recipe, build.progress, signal);
      const [repository = "", tag = ""] = referenceOf(recipe).split(":");
      // Engines of several kinds share a registry, and a recipe may leave the platform to them.
      const machine = (await platformFor(recipe)).split("/").slice(1).join("-");
      const berth: Berth = { registry, repository, tag: `${tag}-${machine}` };
      const call = { signal };
      const there =
        (await findRegistered(berth, call)) ??
        (await pushImage(
          engine,
          berth,
          (await buildHere(recipe, build.progress, signal)).reference,
          build.progress,
          call,
        ));
      return fetch(recipe, berth, there, build.progress, call);
    },

    [Symbol.asyncDispose]: async () => engine.close(),
  };
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  return /[:@]/u.test(reference.slice(reference.lastIndexOf("/") + 1)) ? reference : `${reference}:latest`;
}
