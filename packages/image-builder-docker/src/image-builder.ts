/** Builds the image of a recipe on a Docker engine, once. */
import { stripVTControlCharacters } from "node:util";
import { type Digest, type ImageBuilder, type ImageRecipe, ZenliteError } from "@zenlite/core";
import { packContext } from "./build-context.ts";
import { buildFiles, digestOfRecipe, recipeLabel, referenceOf } from "./dockerfile.ts";
import { jsonLines, openEngine, refusalOf, statusOf } from "./engine.ts";
import { stringAt } from "./json.ts";

export interface ImageBuilderConfig {
  readonly network?: string;
  readonly buildArguments?: { readonly [name: string]: string };
  readonly host?: string;
}

interface Built {
  readonly reference: string;
  readonly digest: Digest;
}

export async function openImageBuilder(config: ImageBuilderConfig): Promise<ImageBuilder & AsyncDisposable> {
  const engine = await openEngine(config.host);

  /** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageInspect */
  async function inspect(
    reference: string,
  ): Promise<{ readonly id: string; readonly user: string; readonly recipe?: string } | undefined> {
    try {
      const { Id, Config } = await engine.ask(engine.docker.getImage(reference).inspect());
      // An image made by `docker import` may have no configuration, and one without labels says null.
      const recipe = stringAt(Config, "Labels", recipeLabel);
      return { id: Id, user: stringAt(Config, "User") ?? "", ...(recipe === undefined ? {} : { recipe }) };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async function find(recipe: ImageRecipe): Promise<Built | undefined> {
    const reference = referenceOf(recipe);
    const found = await inspect(reference);
    if (found?.recipe !== digestOfRecipe(recipe)) return undefined;
    return { reference, digest: found.id as Digest };
  }

  async function ensureBase({ base, platform }: ImageRecipe, say: Say, signal: AbortSignal): Promise<string> {
    const found = await inspect(base);
    if (found !== undefined) return found.user;
    try {
      // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate
      const options = { ...(platform === undefined ? {} : { platform }), abortSignal: signal };
      await follow(await engine.ask(engine.docker.pull(withTag(base), options)), say);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ZenliteError) throw error;
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
    return (await inspect(base))?.user ?? "";
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

  return {
    find: (recipe) => find(recipe),

    async build(recipe, { signal, push, ...build }) {
      if (push !== undefined)
        throw new ZenliteError("ZENLITE_PUSH_UNSUPPORTED", 'The image-builder "docker" does not push images yet.', {
          hint: "Leave container-registry out of the stack: the Docker engine runs what it has built.",
        });
      const there = await find(recipe);
      if (there !== undefined) return there;
      for (let attempt = 1; ; attempt += 1) {
        const last: string[] = [];
        const say = (line: string): void => {
          if (last.push(line) > linesOfFailure) last.shift();
          build.progress(line);
        };
        try {
          await make(recipe, say, signal);
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof ZenliteError) throw error;
          if (attempt === attempts || !last.some((line) => interrupted.test(line))) throw failure(recipe, last, error);
          build.progress(`The connection to the npm registry was lost; trying again (${attempt + 1} of ${attempts}).`);
          continue;
        }
        const built = await find(recipe);
        if (built !== undefined) return built;
        throw failure(recipe, last, new Error(`the engine has no ${referenceOf(recipe)} after the build`));
      }
    },

    [Symbol.asyncDispose]: async () => engine.close(),
  };
}

type Say = (line: string) => void;

const linesOfFailure = 30;

/** Ends with the engine's work; throws what it reports as an error. */
async function follow(stream: NodeJS.ReadableStream, say: Say): Promise<void> {
  let rest = "";
  for await (const event of jsonLines(stream)) {
    const failed = stringAt(event, "error");
    if (failed !== undefined) throw new Error(failed);
    // npm colours its errors even where nobody sees colours.
    const lines = (rest + stripVTControlCharacters(stringAt(event, "stream") ?? "")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") say(line.trimEnd());
    const status = stringAt(event, "status");
    // A pull says for each layer how far it is, many times a second; the changes of its state are enough.
    if (status !== undefined && stringAt(event, "progress") === undefined)
      say(`${stringAt(event, "id") ?? ""} ${status}`.trim());
  }
  if (rest.trim() !== "") say(rest);
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  return /[:@]/u.test(reference.slice(reference.lastIndexOf("/") + 1)) ? reference : `${reference}:latest`;
}

/** npm itself tries a request again, but not a download that breaks off in the middle. */
const attempts = 3;
const interrupted = /ETIMEDOUT|ECONNRESET|EPIPE|network timeout|socket hang up/u;

/** npm's and the resolver's words for "no way to the registry". */
const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network (?:timeout|request)|CERT_|self-signed/u;

/** The engine's own account of its work, as against the output of what it ran. */
const bookkeeping = /^(?:Step \d+\/\d+ :| ---> |Removing intermediate container )/u;

function failure(recipe: ImageRecipe, last: readonly string[], cause: unknown): ZenliteError {
  const names = recipe.packages.map(({ name, version }) => `${name}@${version}`).join(", ");
  const output = last.filter((line) => !bookkeeping.test(line)).join("\n");
  const said = refusalOf(cause);
  const [, code] = /returned a non-zero code: (\d+)/u.exec(said) ?? [];
  const why = code === undefined ? said : `the installation ended with code ${code}`;
  const unreachable = network.test(output);
  return new ZenliteError(
    "ZENLITE_IMAGE_BUILD_FAILED",
    `The image with ${names} could not be built from ${recipe.base}: ${why}.${output === "" ? "" : `\n${output}`}`,
    {
      cause,
      fault: unreachable ? "environment" : "user",
      hint: unreachable
        ? "The installation inside the image cannot reach the npm registry: see network and build_arguments of the image-builder."
        : "Check that the packages install on that base image; one with an install script needs allowScripts in package.json.",
    },
  );
}
