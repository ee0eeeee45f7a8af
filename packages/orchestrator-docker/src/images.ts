/** Makes sure that a step's image is on the engine, for the right platform, pulling it where that is allowed. */
import { type Logger, ZenliteError } from "@zenlite/core";
import { architecture, type EngineFacts } from "./capacity.ts";
import { jsonLines, refusalOf, statusOf, type Engine } from "./engine.ts";
import { stringAt } from "./json.ts";
import type { DockerConfig } from "./settings.ts";

export interface WantedImage {
  readonly reference: string;
  /** The first step that starts from it. */
  readonly step: string;
  readonly settings: DockerConfig;
}

export async function ensureImage(
  engine: Engine,
  image: WantedImage,
  facts: EngineFacts,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { pullPolicy, platform: asked } = image.settings;
  const platform = asked ?? facts.platform;
  let found = await platformOf(engine, image.reference);
  const fits = (): boolean => found !== undefined && samePlatform(found, platform);
  const pulls =
    pullPolicy === "always" || (pullPolicy === "missing" && (found === undefined || (asked !== undefined && !fits())));
  if (pulls) {
    await pull(engine, image, log, signal);
    found = await platformOf(engine, image.reference);
  }
  if (found === undefined) throw notFound(image, "it is not on this engine, and pull_policy is never");
  if (!fits())
    throw new ZenliteError(
      "ZENLITE_IMAGE_PLATFORM",
      `The image ${image.reference} of step ${image.step} is for ${found}, not for ${platform}.`,
      {
        where: { field: asked === undefined ? "base_image" : "platform" },
        hint: `docker pull --platform ${platform} ${image.reference}, or set platform: ${found} to run it under emulation.`,
      },
    );
}

/** The image's platform, or `undefined` where it is not here. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageInspect */
async function platformOf(engine: Engine, reference: string): Promise<string | undefined> {
  try {
    const { Os, Architecture, Variant } = await engine.ask(engine.docker.getImage(reference).inspect());
    return `${Os}/${architecture(Architecture)}${Variant === undefined || Variant === "" ? "" : `/${Variant}`}`;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** A variant (`/v8`) only counts where both sides name one. */
function samePlatform(left: string, right: string): boolean {
  const [leftSystem, leftMachine, leftVariant] = left.split("/");
  const [rightSystem, rightMachine, rightVariant] = right.split("/");
  const sameVariant = leftVariant === undefined || rightVariant === undefined || leftVariant === rightVariant;
  return (
    leftSystem === rightSystem && architecture(leftMachine ?? "") === architecture(rightMachine ?? "") && sameVariant
  );
}

const secondsBetweenLines = 3;

/** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate */
async function pull(engine: Engine, image: WantedImage, log: Logger, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  log.info(`Pulling ${image.reference} ...`);
  try {
    const { platform } = image.settings;
    const options = { ...(platform === undefined ? {} : { platform }), abortSignal: signal };
    const stream = await engine.ask(engine.docker.pull(withTag(image.reference), options));
    const layers = new Map<string, number>();
    let lastLine = started;
    for await (const event of jsonLines(stream)) {
      const failure = stringAt(event, "error");
      if (failure !== undefined) throw new Error(failure);
      const detail = event["progressDetail"];
      const bytes = typeof detail === "object" && detail !== null && "current" in detail ? Number(detail.current) : 0;
      if (stringAt(event, "status") === "Downloading") layers.set(stringAt(event, "id") ?? "", bytes);
      if (Date.now() - lastLine < secondsBetweenLines * 1000) continue;
      lastLine = Date.now();
      const megabytes = Math.round([...layers.values()].reduce((sum, each) => sum + each, 0) / 1e6);
      log.info(`Pulling ${image.reference}: ${stringAt(event, "status") ?? ""} (${megabytes} MB so far)`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ZenliteError) throw error;
    throw notFound(image, `it is not on this engine, and pulling it failed: ${refusalOf(error)}`, error);
  }
  log.info(`Pulled ${image.reference} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  return /[:@]/u.test(reference.slice(reference.lastIndexOf("/") + 1)) ? reference : `${reference}:latest`;
}

function notFound({ reference, step }: WantedImage, why: string, cause?: unknown): ZenliteError {
  return new ZenliteError(
    "ZENLITE_IMAGE_NOT_FOUND",
    `There is no image ${reference} (base_image of step ${step}): ${why}.`,
    {
      where: { field: "base_image" },
      hint: `Check the name: docker pull ${reference}`,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
